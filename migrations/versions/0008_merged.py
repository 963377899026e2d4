"""A message may tell of several parcels of one person: which ones, besides the leading one."""

from alembic import op

revision = "0008"
down_revision = "0007"
branch_labels = None
depends_on = None


def upgrade() -> None:
    """Add the table. A message about one parcel has no row in it."""
    op.execute("""
        CREATE TABLE delivery_about (
            parcel_id   text NOT NULL,
            delivery_id text NOT NULL REFERENCES delivery ON DELETE CASCADE,
            PRIMARY KEY (parcel_id, delivery_id)
        );
        CREATE INDEX delivery_about_delivery ON delivery_about (delivery_id);
    """)


def downgrade() -> None:
    """Drop it."""
    op.execute("DROP TABLE delivery_about")
