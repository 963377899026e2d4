"""What the product measures of itself: whether exceptions were right, whether promises were kept."""

from alembic import op

revision = "0007"
down_revision = "0006"
branch_labels = None
depends_on = None

UP = """
-- One row an exception that was judged, and one a trouble that was missed (opened_at is null). The id is the
-- exception's, or a digest of what was missed. `at`: when the verdict first became known; `lead_s`: how long before
-- the moment it tells of.
CREATE TABLE verdict (
    verdict_id text PRIMARY KEY,
    parcel_id  text NOT NULL,
    carrier    text NOT NULL,
    kind       text NOT NULL,
    verdict    text NOT NULL CHECK (verdict IN ('right', 'wrong', 'unknown', 'missed')),
    why        text NOT NULL,
    at         timestamptz NOT NULL,
    opened_at  timestamptz,
    lead_s     integer,
    found      boolean NOT NULL
);
-- Everything that a page of figures needs, so that a month is read from the index alone.
CREATE INDEX verdict_at ON verdict (at) INCLUDE (kind, carrier, verdict, why, found, lead_s);
CREATE INDEX verdict_examples ON verdict (kind, at DESC, verdict_id) WHERE verdict IN ('wrong', 'missed');
CREATE INDEX exception_opened ON exception (opened_at) INCLUDE (kind, parcel_id);

-- Counts by day (UTC), carrier and partition: each row has one writer, so that no partition waits for another.
-- `told`, `came_late`, `percents` by tenth of the chance to come late: how many were told, how many of these came late,
-- the sum of what was told, in percent.
CREATE TABLE tally (
    day       date NOT NULL,
    carrier   text NOT NULL,
    partition smallint NOT NULL,
    arrived   integer NOT NULL,
    kept      integer NOT NULL,
    missed    integer NOT NULL,
    told      integer[] NOT NULL,
    came_late integer[] NOT NULL,
    percents  integer[] NOT NULL,
    PRIMARY KEY (day, carrier, partition)
) WITH (fillfactor = 70);

CREATE FUNCTION waywarden_add(ours integer[], theirs integer[]) RETURNS integer[]
LANGUAGE sql IMMUTABLE PARALLEL SAFE
RETURN (SELECT array_agg(coalesce(a, 0) + coalesce(b, 0) ORDER BY place)
        FROM unnest(ours, theirs) WITH ORDINALITY AS n(a, b, place));

-- The room's own figures of a period.
CREATE INDEX case_clock_started ON case_clock (started_at);
CREATE INDEX cases_opened ON cases (opened_at) INCLUDE (kind, parcel_id);
CREATE INDEX cases_ended ON cases (resolved_at) WHERE resolved_at IS NOT NULL;
CREATE INDEX case_event_reopened ON case_event (at) WHERE type = 'CaseReopened';
"""

DOWN = """
DROP INDEX case_event_reopened, cases_ended, cases_opened, case_clock_started, exception_opened;
DROP FUNCTION waywarden_add;
DROP TABLE tally, verdict;
"""


def upgrade() -> None:
    """Add them."""
    op.execute(UP)


def downgrade() -> None:
    """Drop them."""
    op.execute(DOWN)
