"""The latest mistakes by an index in their own order; the one by kind served nobody."""

from alembic import op

revision = "0010"
down_revision = "0009"
branch_labels = None
depends_on = None

_MISTAKES = "WHERE verdict IN ('wrong', 'missed')"


def upgrade() -> None:
    """Put the new one in place of the old."""
    op.execute(f"CREATE INDEX verdict_mistakes ON verdict (at DESC, verdict_id) {_MISTAKES}")
    op.execute("DROP INDEX verdict_examples")


def downgrade() -> None:
    """Bring the old one back."""
    op.execute(f"CREATE INDEX verdict_examples ON verdict (kind, at DESC, verdict_id) {_MISTAKES}")
    op.execute("DROP INDEX verdict_mistakes")
