"""The spine: parcels and scans, exceptions, cases, the outbox, the feed, intake's safety nets, accounts."""

from alembic import op

revision = "0001"
down_revision = None
branch_labels = None
depends_on = None

UP = """
-- One row of facts about this database itself: the partition count it was set up for, the feed's epoch.
CREATE TABLE meta (
    name  text PRIMARY KEY,
    value text NOT NULL
);
INSERT INTO meta VALUES ('feed_epoch', replace(gen_random_uuid()::text, '-', ''));

-- stream ---------------------------------------------------------------------------------------------------------
-- The truth about how far each partition has been read. Every transaction of an engine compares and sets `version`.
CREATE TABLE progress (
    topic       text NOT NULL,
    partition   smallint NOT NULL,
    next_offset bigint NOT NULL DEFAULT 0,
    version     bigint NOT NULL DEFAULT 0,
    log_id      text NOT NULL DEFAULT '',
    worker      text NOT NULL DEFAULT '',
    updated_at  timestamptz NOT NULL DEFAULT now(),
    PRIMARY KEY (topic, partition)
);

-- What changes at every scan: kept narrow, indexed only by what the engines need.
CREATE TABLE parcel (
    parcel_id    text PRIMARY KEY,
    partition    smallint NOT NULL,
    carrier      text NOT NULL,
    waybill      text NOT NULL,
    milestone    text NOT NULL,
    active       boolean NOT NULL,
    due_at       timestamptz,
    promised_at  timestamptz,
    expected_at  timestamptz,
    last_scan_at timestamptz,
    place        text,
    state        bytea NOT NULL,
    updated_at   timestamptz NOT NULL
) WITH (fillfactor = 80);
CREATE INDEX parcel_due ON parcel (partition, due_at) WHERE due_at IS NOT NULL;

-- What a shop told us: written seldom, read by pages and the notifier. Contact fields are sealed one by one.
CREATE TABLE registration (
    parcel_id      text PRIMARY KEY,
    shop_id        text NOT NULL,
    order_ref      text,
    service        text,
    promised_at    timestamptz,
    declared_minor bigint,
    insured_minor  bigint,
    currency       text NOT NULL,
    category       text,
    origin         text,
    destination    text,
    language       text NOT NULL,
    tier           text NOT NULL,
    contact        jsonb NOT NULL DEFAULT '{}',
    link           text UNIQUE,
    registered_at  timestamptz NOT NULL
);
CREATE INDEX registration_shop ON registration (shop_id, registered_at DESC, parcel_id);
CREATE INDEX registration_order ON registration (order_ref) WHERE order_ref IS NOT NULL;

-- `body` is the canonical scan as JSON; the columns are those that SQL asks for.
CREATE TABLE scan (
    parcel_id   text NOT NULL,
    scan_id     text NOT NULL,
    happened_at timestamptz NOT NULL,
    received_at timestamptz NOT NULL,
    milestone   text NOT NULL,
    body        bytea NOT NULL,
    PRIMARY KEY (parcel_id, scan_id)
);
CREATE INDEX scan_unknown ON scan (received_at) WHERE milestone = 'unknown';

CREATE TABLE report (
    report_id text PRIMARY KEY,
    parcel_id text NOT NULL,
    kind      text NOT NULL,
    note      text,
    at        timestamptz NOT NULL
);
CREATE INDEX report_parcel ON report (parcel_id);

CREATE TABLE exception (
    exception_id text PRIMARY KEY,
    parcel_id    text NOT NULL,
    kind         text NOT NULL,
    severity     smallint NOT NULL,
    state        text NOT NULL CHECK (state IN ('open', 'cleared', 'retracted')),
    since        timestamptz NOT NULL,
    opened_at    timestamptz NOT NULL,
    updated_at   timestamptz NOT NULL,
    closed_at    timestamptz,
    close_reason text,
    case_id      text,
    evidence     jsonb NOT NULL
);
CREATE INDEX exception_parcel ON exception (parcel_id);
CREATE INDEX exception_open ON exception (severity DESC, opened_at, exception_id) WHERE state = 'open';
CREATE INDEX exception_case ON exception (case_id) WHERE case_id IS NOT NULL;

-- Events that could not be understood on the topic: kept, counted, never in the way of the next one.
CREATE TABLE dead_event (
    topic     text NOT NULL,
    partition smallint NOT NULL,
    log_id    text NOT NULL,
    "offset"  bigint NOT NULL,
    at        timestamptz NOT NULL DEFAULT now(),
    reason    text NOT NULL,
    key       bytea,
    value     bytea,
    PRIMARY KEY (topic, partition, log_id, "offset")
);

-- cases ----------------------------------------------------------------------------------------------------------
CREATE TABLE cases (
    case_id     text PRIMARY KEY,
    parcel_id   text NOT NULL,
    kind        text NOT NULL,
    state       text NOT NULL,
    severity    smallint NOT NULL,
    priority    integer NOT NULL,
    opened_by   text NOT NULL,
    opened_at   timestamptz NOT NULL,
    assignee    uuid,
    waiting_on  text,
    reason      text NOT NULL,
    resolution  text,
    escalation  smallint NOT NULL DEFAULT 0,
    resolved_at timestamptz,
    closed_at   timestamptz,
    updated_at  timestamptz NOT NULL,
    version     integer NOT NULL DEFAULT 1
);
CREATE UNIQUE INDEX cases_one_open ON cases (parcel_id, kind) WHERE state NOT IN ('resolved', 'closed');
CREATE INDEX cases_parcel ON cases (parcel_id);
CREATE INDEX cases_resolved ON cases (resolved_at, case_id) WHERE state = 'resolved';
CREATE INDEX cases_live ON cases (priority DESC, opened_at, case_id) WHERE state <> 'closed';

-- The audit trail. `version` is the case's version after the event.
CREATE TABLE case_event (
    case_event_id bigint GENERATED ALWAYS AS IDENTITY PRIMARY KEY,
    case_id       text NOT NULL REFERENCES cases,
    version       integer NOT NULL,
    at            timestamptz NOT NULL,
    actor         text NOT NULL,
    type          text NOT NULL,
    reason        text,
    data          jsonb NOT NULL DEFAULT '{}'
);
CREATE INDEX case_event_case ON case_event (case_id, case_event_id);

CREATE TABLE case_clock (
    case_id     text NOT NULL REFERENCES cases,
    clock       text NOT NULL,
    state       text NOT NULL CHECK (state IN ('running', 'paused', 'met', 'breached', 'cancelled')),
    started_at  timestamptz NOT NULL,
    due_at      timestamptz NOT NULL,
    remaining_s integer,
    met_at      timestamptz,
    breached_at timestamptz,
    PRIMARY KEY (case_id, clock)
);
CREATE INDEX case_clock_due ON case_clock (due_at) WHERE state = 'running';

-- messages -------------------------------------------------------------------------------------------------------
-- A notice is what should be told; a delivery is one message to one recipient by one channel.
CREATE TABLE outbox (
    notice_id    text PRIMARY KEY,
    parcel_id    text NOT NULL,
    exception_id text,
    case_id      text,
    template     text NOT NULL,
    data         jsonb NOT NULL,
    at           timestamptz NOT NULL,
    state        text NOT NULL DEFAULT 'pending' CHECK (state IN ('pending', 'routed', 'cancelled')),
    routed_at    timestamptz
);
CREATE INDEX outbox_pending ON outbox (at, notice_id) WHERE state = 'pending';
CREATE INDEX outbox_parcel ON outbox (parcel_id, at);
CREATE INDEX outbox_exception ON outbox (exception_id) WHERE exception_id IS NOT NULL;

CREATE TABLE delivery (
    delivery_id text PRIMARY KEY,
    notice_id   text NOT NULL REFERENCES outbox,
    parcel_id   text NOT NULL,
    channel     text NOT NULL,
    recipient   text NOT NULL,
    language    text NOT NULL,
    subject     text,
    body        text,
    notices     text[] NOT NULL DEFAULT '{}',  -- every notice it tells of; notice_id is the leading one
    recipient_key text NOT NULL DEFAULT '',  -- keyed digest: the same for the same person, for budgets
    parts       jsonb,            -- what the HTML form of the message is made of
    state       text NOT NULL CHECK (state IN ('pending', 'sent', 'parked', 'suppressed', 'cancelled')),
    reason      text,
    attempts    smallint NOT NULL DEFAULT 0,
    next_at     timestamptz NOT NULL,
    lease_until timestamptz,
    lease_by    text,
    provider_id text,
    last_error  text,
    created_at  timestamptz NOT NULL,
    sent_at     timestamptz
);
CREATE INDEX delivery_due ON delivery (channel, next_at, delivery_id) WHERE state = 'pending';
CREATE INDEX delivery_recipient ON delivery (recipient_key, created_at);
CREATE INDEX delivery_parked ON delivery (created_at DESC, delivery_id) WHERE state = 'parked';
CREATE INDEX delivery_parcel ON delivery (parcel_id, created_at);
CREATE INDEX delivery_notice ON delivery (notice_id);

-- The consumer of a parcel wants no messages about it.
CREATE TABLE message_stop (
    parcel_id text PRIMARY KEY,
    at        timestamptz NOT NULL
);

-- the feed -------------------------------------------------------------------------------------------------------
-- Append-only. Read below pg_snapshot_xmin(pg_current_snapshot()), in the order (xid, seq).
CREATE TABLE feed (
    seq     bigint GENERATED ALWAYS AS IDENTITY PRIMARY KEY,
    xid     xid8 NOT NULL DEFAULT pg_current_xact_id(),
    at      timestamptz NOT NULL DEFAULT clock_timestamp(),
    noun    text NOT NULL,
    key     text NOT NULL,
    shop_id text,
    body    jsonb NOT NULL
);
CREATE INDEX feed_tail ON feed (xid, seq);
CREATE INDEX feed_at ON feed (at);

-- intake ---------------------------------------------------------------------------------------------------------
-- Events accepted while the broker was away; drained in order of `seq` when it is back.
CREATE TABLE inbox (
    seq bigint GENERATED ALWAYS AS IDENTITY PRIMARY KEY,
    at  timestamptz NOT NULL DEFAULT now(),
    key text NOT NULL,
    value bytea NOT NULL
);

CREATE TABLE quarantine (
    quarantine_id bigint GENERATED ALWAYS AS IDENTITY PRIMARY KEY,
    at          timestamptz NOT NULL DEFAULT now(),
    format      text NOT NULL,
    account     text,
    reason      text NOT NULL,
    detail      text,
    headers     jsonb NOT NULL DEFAULT '{}',
    body        bytea NOT NULL,  -- sealed: it may hold personal data
    digest      bytea NOT NULL,  -- of the clear body: a sender that retries adds to `times`, not a row
    times       integer NOT NULL DEFAULT 1,
    state       text NOT NULL DEFAULT 'held' CHECK (state IN ('held', 'replayed', 'dropped')),
    replayed_at timestamptz
);
CREATE UNIQUE INDEX quarantine_once ON quarantine (format, coalesce(account, ''), digest) WHERE state = 'held';
CREATE INDEX quarantine_held ON quarantine (quarantine_id) WHERE state = 'held';

-- Secrets by which a sender's pushes are verified: several at once, for rotation. Sealed.
CREATE TABLE intake_secret (
    intake_secret_id bigint GENERATED ALWAYS AS IDENTITY PRIMARY KEY,
    format     text NOT NULL,
    account    text NOT NULL DEFAULT '',
    secret     text NOT NULL,
    created_at timestamptz NOT NULL DEFAULT now(),
    retired_at timestamptz
);

CREATE TABLE idempotency (
    owner      text NOT NULL,
    key        text NOT NULL,
    request    bytea NOT NULL,
    status     smallint NOT NULL,
    body       bytea NOT NULL,
    created_at timestamptz NOT NULL DEFAULT now(),
    PRIMARY KEY (owner, key)
);
CREATE INDEX idempotency_age ON idempotency (created_at);

-- accounts -------------------------------------------------------------------------------------------------------
CREATE TABLE shop (
    shop_id        text PRIMARY KEY,
    name           text NOT NULL,
    webhook_url    text,
    webhook_secret text,
    webhook_disabled_at timestamptz,
    created_at     timestamptz NOT NULL DEFAULT now()
);

CREATE TABLE api_key (
    key_id      text PRIMARY KEY,
    kind        text NOT NULL CHECK (kind IN ('merchant', 'carrier', 'admin')),
    owner       text NOT NULL,
    secret_hash bytea NOT NULL,
    created_at  timestamptz NOT NULL DEFAULT now(),
    used_at     timestamptz,
    revoked_at  timestamptz
);

CREATE TABLE staff (
    staff_id      uuid PRIMARY KEY DEFAULT gen_random_uuid(),
    email         text NOT NULL,
    name          text NOT NULL,
    role          text NOT NULL CHECK (role IN ('agent', 'supervisor', 'admin')),
    language      text NOT NULL DEFAULT '', -- empty: the board follows the browser
    password_hash text NOT NULL,
    disabled_at   timestamptz,
    created_at    timestamptz NOT NULL DEFAULT now()
);
CREATE UNIQUE INDEX staff_email ON staff (lower(email));

CREATE TABLE session (
    token_hash bytea PRIMARY KEY,
    staff_id   uuid NOT NULL REFERENCES staff,
    csrf       text NOT NULL,
    created_at timestamptz NOT NULL DEFAULT now(),
    seen_at    timestamptz NOT NULL DEFAULT now(),
    expires_at timestamptz NOT NULL
);
CREATE INDEX session_staff ON session (staff_id);

CREATE TABLE login_attempt (
    subject  text NOT NULL,
    at       timestamptz NOT NULL DEFAULT now()
);
CREATE INDEX login_attempt_subject ON login_attempt (subject, at);

-- Single-use, short-lived: got over the authenticated session, spent on the websocket.
CREATE TABLE live_ticket (
    ticket_hash bytea PRIMARY KEY,
    staff_id    uuid NOT NULL REFERENCES staff,
    expires_at  timestamptz NOT NULL,
    token_hash  bytea REFERENCES session ON DELETE CASCADE
);

-- Who looked at personal data in clear, and why.
CREATE TABLE reveal (
    reveal_id bigint GENERATED ALWAYS AS IDENTITY PRIMARY KEY,
    at        timestamptz NOT NULL DEFAULT now(),
    staff_id  uuid NOT NULL REFERENCES staff,
    parcel_id text NOT NULL,
    field     text NOT NULL,
    reason    text NOT NULL
);

-- the board ------------------------------------------------------------------------------------------------------
-- What a board row is, for the snapshot and for the deltas alike.
CREATE VIEW exception_board AS
SELECT e.exception_id AS key, r.shop_id,
       e.state = 'open' AS live,
       jsonb_build_object(
           'exception_id', e.exception_id, 'parcel_id', e.parcel_id, 'carrier', p.carrier, 'waybill', p.waybill,
           'shop', r.shop_id, 'kind', e.kind, 'severity', e.severity, 'state', e.state, 'since', e.since,
           'opened_at', e.opened_at, 'updated_at', e.updated_at, 'closed_at', e.closed_at, 'case_id', e.case_id,
           'milestone', p.milestone, 'place', p.place, 'last_scan_at', p.last_scan_at, 'promised_at', p.promised_at,
           'expected_at', p.expected_at, 'service', r.service, 'evidence', e.evidence) AS body
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
           'exceptions', (SELECT coalesce(jsonb_agg(e.exception_id ORDER BY e.opened_at, e.exception_id), '[]')
                          FROM exception e WHERE e.case_id = c.case_id)) AS body
FROM cases c
LEFT JOIN parcel p USING (parcel_id)
LEFT JOIN registration r USING (parcel_id)
LEFT JOIN staff s ON s.staff_id = c.assignee;
"""

DOWN = """
DROP VIEW case_board, exception_board;
DROP TABLE reveal, live_ticket, login_attempt, session, staff, api_key, shop, idempotency, intake_secret, quarantine,
    inbox, feed, message_stop, delivery, outbox, case_clock, case_event, cases, dead_event, exception, report, scan,
    registration, parcel, progress, meta;
"""


def upgrade() -> None:
    op.execute(UP)


def downgrade() -> None:
    op.execute(DOWN)
