"""What was learned: counts of durations by group; and by when nine in ten such parcels are there."""

from alembic import op

revision = "0003"
down_revision = "0002"
branch_labels = None
depends_on = None

BOARD = """
CREATE OR REPLACE VIEW exception_board AS
SELECT e.exception_id AS key, r.shop_id,
       e.state = 'open' AS live,
       jsonb_build_object(
           'exception_id', e.exception_id, 'parcel_id', e.parcel_id, 'carrier', p.carrier, 'waybill', p.waybill,
           'shop', r.shop_id, 'kind', e.kind, 'severity', e.severity, 'state', e.state, 'since', e.since,
           'opened_at', e.opened_at, 'updated_at', e.updated_at, 'closed_at', e.closed_at, 'case_id', e.case_id,
           'milestone', p.milestone, 'place', p.place, 'last_scan_at', p.last_scan_at, 'promised_at', p.promised_at,
           'expected_at', p.expected_at, {expected_by}'service', r.service, 'evidence', e.evidence) AS body
FROM exception e
JOIN parcel p USING (parcel_id)
LEFT JOIN registration r USING (parcel_id);
"""

UP = """
ALTER TABLE parcel ADD COLUMN expected_by timestamptz;

-- `counts` by bin (core.baseline.sketch) as they weigh on `day`; the key is the group as JSON.
CREATE TABLE baseline (
    group_key  text PRIMARY KEY,
    day        date NOT NULL,
    counts     real[] NOT NULL,
    updated_at timestamptz NOT NULL
);
CREATE INDEX baseline_updated ON baseline (updated_at);

-- Adds counts bin by bin; `faded` is what the first ones still weigh.
CREATE FUNCTION waywarden_merge(ours real[], faded real, theirs real[]) RETURNS real[]
LANGUAGE sql IMMUTABLE PARALLEL SAFE
RETURN (SELECT array_agg((coalesce(a, 0) * faded + coalesce(b, 0))::real ORDER BY place)
        FROM unnest(ours, theirs) WITH ORDINALITY AS n(a, b, place));
"""

DOWN = """
DROP FUNCTION waywarden_merge;
DROP TABLE baseline;
ALTER TABLE parcel DROP COLUMN expected_by;
"""


def upgrade() -> None:
    op.execute(UP)
    op.execute(BOARD.format(expected_by="'expected_by', p.expected_by, "))


def downgrade() -> None:
    op.execute(BOARD.format(expected_by=""))
    op.execute(DOWN)
