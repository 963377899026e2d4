"""What the consignee agreed to: who or what may take the parcel in their place."""

from alembic import op

revision = "0005"
down_revision = "0004"
branch_labels = None
depends_on = None


def upgrade() -> None:
    """Add the column. NULL: nobody asked."""
    op.execute("ALTER TABLE registration ADD COLUMN consent jsonb")


def downgrade() -> None:
    """Drop it."""
    op.execute("ALTER TABLE registration DROP COLUMN consent")
