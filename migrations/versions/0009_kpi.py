"""Statistics by which the planner knows how few groups the figures have, and reads their rows with several workers."""

from alembic import op

revision = "0009"
down_revision = "0008"
branch_labels = None
depends_on = None

UP = """
CREATE STATISTICS verdict_quarter ON (floor(lead_s::float8 / 900)::integer) FROM verdict;
CREATE STATISTICS case_clock_minutes ON ((date_part('epoch', met_at - started_at) / 60)::integer) FROM case_clock;
"""


def upgrade() -> None:
    """Add them; autovacuum fills them."""
    op.execute(UP)


def downgrade() -> None:
    """Drop them."""
    op.execute("DROP STATISTICS verdict_quarter, case_clock_minutes")
