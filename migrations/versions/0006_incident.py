"""Incidents: the counters by which they are found, the incidents, what is under them, and containers under way."""

from alembic import op

revision = "0006"
down_revision = "0005"
branch_labels = None
depends_on = None

UP = """
-- Up to when everything that came in is in the tables; up to which change of an incident its parcels were looked at.
ALTER TABLE progress ADD COLUMN known_at timestamptz;
ALTER TABLE progress ADD COLUMN incidents_at timestamptz;

-- Where a parcel that is under way lies or left, and the hub in which it lies or to which it goes.
ALTER TABLE parcel ADD COLUMN facility text;
ALTER TABLE parcel ADD COLUMN ahead text;
CREATE INDEX parcel_ahead ON parcel (ahead) WHERE ahead IS NOT NULL;

-- What a batch adds to the counters: one row a transaction, the same place in all arrays is one counter. The leader
-- moves them into `pulse` and `container`. `starts`: of the buckets, seconds since 1970.
CREATE TABLE beat (
    beat_id    bigint GENERATED ALWAYS AS IDENTITY PRIMARY KEY,
    nouns      text[] NOT NULL,
    carriers   text[] NOT NULL,
    facilities text[] NOT NULL,
    tos        text[] NOT NULL,
    starts     bigint[] NOT NULL,
    counts     integer[] NOT NULL,
    amounts    float8[] NOT NULL,
    container_carriers text[] NOT NULL,
    containers         text[] NOT NULL,
    container_days     integer[] NOT NULL,
    lefts              integer[] NOT NULL,
    arriveds           integer[] NOT NULL,
    lefts_s            bigint[] NOT NULL,
    openeds_s          bigint[] NOT NULL
);

-- The counters: how often a feed, hub or lane was heard in a bucket, and the sum of the measures.
CREATE TABLE pulse (
    at       timestamptz NOT NULL,
    noun     text NOT NULL,
    carrier  text NOT NULL,
    facility text NOT NULL,
    "to"     text NOT NULL,
    count    integer NOT NULL,
    amount   float8 NOT NULL,
    PRIMARY KEY (at, noun, carrier, facility, "to")
);

-- Parcels scanned into a bag, cage or lorry, and those of them that were seen at the next hub. `day`: since 1970.
CREATE TABLE container (
    carrier    text NOT NULL,
    container  text NOT NULL,
    day        integer NOT NULL,
    left_n     integer NOT NULL,
    arrived_n  integer NOT NULL,
    left_s     bigint NOT NULL,
    opened_s   bigint NOT NULL,
    updated_at timestamptz NOT NULL,
    PRIMARY KEY (carrier, container, day)
);
CREATE INDEX container_news ON container (updated_at);
CREATE INDEX container_day ON container (day);

-- `facility` and `facility_to` are empty where there is none: a feed has neither, only a lane has both. `news_at`: when
-- it was opened, was closed or got another date, so that its parcels must be looked at.
CREATE TABLE incident (
    incident_id   text PRIMARY KEY,
    kind          text NOT NULL,
    carrier       text NOT NULL,
    facility      text NOT NULL,
    facility_to   text NOT NULL,
    severity      smallint NOT NULL,
    since         timestamptz NOT NULL,
    until         timestamptz,
    expected_at   timestamptz,
    found_at      timestamptz NOT NULL,
    measured      jsonb,
    why           text NOT NULL,
    close_reason  text,
    parcels       integer NOT NULL DEFAULT 0,
    parcels_total integer NOT NULL DEFAULT 0,
    news_at       timestamptz NOT NULL,
    updated_at    timestamptz NOT NULL
);
CREATE UNIQUE INDEX incident_one_open ON incident (carrier, facility, facility_to) WHERE until IS NULL;
CREATE INDEX incident_found ON incident (found_at DESC, incident_id);
CREATE INDEX incident_until ON incident (until);

-- Which incident an exception is part of, as its evidence says.
ALTER TABLE exception ADD COLUMN incident_id text GENERATED ALWAYS AS (evidence ->> 'incident') STORED;
CREATE INDEX exception_incident ON exception (incident_id, state) WHERE incident_id IS NOT NULL;

CREATE VIEW incident_board AS
SELECT incident_id AS key, NULL::text AS shop_id,
       until IS NULL AS live,
       jsonb_build_object(
           'incident_id', incident_id, 'kind', kind, 'state', CASE WHEN until IS NULL THEN 'open' ELSE 'closed' END,
           'carrier', carrier, 'facility', nullif(facility, ''), 'facility_to', nullif(facility_to, ''),
           'severity', severity, 'since', since, 'until', until, 'expected_at', expected_at, 'opened_at', found_at,
           'measured', measured, 'why', why, 'close_reason', close_reason, 'parcels', parcels,
           'parcels_total', parcels_total, 'updated_at', updated_at) AS body
FROM incident;
"""

BOARDS = """
DROP VIEW exception_board, case_board;
CREATE VIEW exception_board AS
SELECT e.exception_id AS key, r.shop_id,
       e.state = 'open' AS live, {column}
       jsonb_build_object(
           'exception_id', e.exception_id, 'parcel_id', e.parcel_id, 'carrier', p.carrier, 'waybill', p.waybill,
           'shop', r.shop_id, 'kind', e.kind, 'severity', e.severity, 'state', e.state, 'since', e.since,
           'opened_at', e.opened_at, 'updated_at', e.updated_at, 'closed_at', e.closed_at, 'case_id', e.case_id,
           'milestone', p.milestone, 'place', p.place, 'last_scan_at', p.last_scan_at, 'promised_at', p.promised_at,
           'expected_at', p.expected_at, 'expected_by', p.expected_by, {of_exception}'service', r.service,
           'evidence', e.evidence) AS body
FROM exception e
JOIN parcel p USING (parcel_id)
LEFT JOIN registration r USING (parcel_id);

CREATE VIEW case_board AS
SELECT c.case_id AS key, r.shop_id,
       c.state NOT IN ('resolved', 'closed') AS live,
       jsonb_build_object(
           'case_id', c.case_id, 'parcel_id', c.parcel_id, 'carrier', p.carrier, 'waybill', p.waybill,
           'shop', r.shop_id, 'kind', c.kind, 'state', c.state, 'severity', c.severity, 'priority', c.priority,
           'opened_by', c.opened_by, 'opened_at', c.opened_at, 'updated_at', c.updated_at, 'assignee', c.assignee,
           'assignee_name', s.name, 'waiting_on', c.waiting_on, 'reason', c.reason,
           'resolution', c.resolution, 'escalation', c.escalation,
           'resolved_at', c.resolved_at, 'closed_at', c.closed_at, 'version', c.version,
           'milestone', p.milestone, 'place', p.place,
           'clocks', (SELECT coalesce(jsonb_agg(jsonb_build_object('clock', k.clock, 'state', k.state,
                                'due_at', k.due_at, 'remaining_s', k.remaining_s, 'met_at', k.met_at)
                                ORDER BY k.due_at), '[]')
                      FROM case_clock k WHERE k.case_id = c.case_id),
           {of_case}'exceptions', (SELECT coalesce(jsonb_agg(e.exception_id ORDER BY e.opened_at, e.exception_id), '[]')
                          FROM exception e WHERE e.case_id = c.case_id)) AS body
FROM cases c
LEFT JOIN parcel p USING (parcel_id)
LEFT JOIN registration r USING (parcel_id)
LEFT JOIN staff s ON s.staff_id = c.assignee;
"""

CASE_INCIDENT = """
-- The incident that a case is part of: the newest that its parcel was in while the case was worked on.
CREATE VIEW case_incident AS
SELECT c.case_id, e.incident_id, e.state = 'open' AS live
FROM cases c
JOIN LATERAL (
    SELECT incident_id, state FROM exception e
    WHERE e.parcel_id = c.parcel_id AND e.incident_id IS NOT NULL AND e.state <> 'retracted'
      AND e.opened_at <= coalesce(c.resolved_at, 'infinity') AND coalesce(e.closed_at, 'infinity') >= c.opened_at
    ORDER BY e.opened_at DESC, e.exception_id LIMIT 1
) e ON true;
"""

DOWN = """
DROP VIEW incident_board, case_incident;
ALTER TABLE exception DROP COLUMN incident_id;
DROP TABLE incident, container, pulse, beat;
ALTER TABLE parcel DROP COLUMN ahead;
ALTER TABLE parcel DROP COLUMN facility;
ALTER TABLE progress DROP COLUMN incidents_at;
ALTER TABLE progress DROP COLUMN known_at;
"""


def upgrade() -> None:
    op.execute(UP)
    op.execute(CASE_INCIDENT)
    op.execute(
        BOARDS.format(
            column="e.incident_id,",
            of_exception="'incident_id', e.incident_id, ",
            of_case="'incident_id', (SELECT i.incident_id FROM case_incident i WHERE i.case_id = c.case_id), ",
        )
    )


def downgrade() -> None:
    op.execute(BOARDS.format(column="", of_exception="", of_case=""))
    op.execute(DOWN)
