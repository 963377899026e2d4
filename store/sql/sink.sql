-- name: insert_scans
INSERT INTO scan (parcel_id, scan_id, happened_at, received_at, milestone, body)
SELECT * FROM unnest($1::text[], $2::text[], $3::timestamptz[], $4::timestamptz[], $5::text[], $6::bytea[])
ON CONFLICT DO NOTHING

-- name: update_scans
-- Scans that were read anew: what they mean, never what they are.
UPDATE scan s SET milestone = n.milestone, body = n.body
FROM unnest($1::text[], $2::text[], $3::text[], $4::bytea[]) AS n(parcel_id, scan_id, milestone, body)
WHERE s.parcel_id = n.parcel_id AND s.scan_id = n.scan_id

-- name: upsert_parcels
INSERT INTO parcel (parcel_id, partition, carrier, waybill, milestone, active, due_at, promised_at, expected_at,
                    expected_by, last_scan_at, place, facility, ahead, state, updated_at)
SELECT n.parcel_id, $15, n.carrier, n.waybill, n.milestone, n.active, n.due_at, n.promised_at, n.expected_at,
       n.expected_by, n.last_scan_at, n.place, n.facility, n.ahead, n.state, $16
FROM unnest($1::text[], $2::text[], $3::text[], $4::text[], $5::boolean[], $6::timestamptz[], $7::timestamptz[],
            $8::timestamptz[], $9::timestamptz[], $10::timestamptz[], $11::text[], $12::text[], $13::text[],
            $14::bytea[])
     AS n(parcel_id, carrier, waybill, milestone, active, due_at, promised_at, expected_at, expected_by, last_scan_at,
          place, facility, ahead, state)
ON CONFLICT (parcel_id) DO UPDATE SET
    partition = excluded.partition, milestone = excluded.milestone, active = excluded.active,
    due_at = excluded.due_at, promised_at = excluded.promised_at, expected_at = excluded.expected_at,
    expected_by = excluded.expected_by, last_scan_at = excluded.last_scan_at, place = excluded.place,
    facility = excluded.facility, ahead = excluded.ahead, state = excluded.state, updated_at = excluded.updated_at

-- name: upsert_registrations
-- The later registration wins; of two of one moment the one that the core chose, which is what comes here.
INSERT INTO registration (parcel_id, shop_id, order_ref, service, promised_at, declared_minor, insured_minor, currency,
                          category, origin, destination, language, tier, contact, link, registered_at, consent)
SELECT parcel_id, shop_id, order_ref, service, promised_at, declared_minor, insured_minor, currency,
       category, origin, destination, language, tier, contact::jsonb, link, registered_at, consent::jsonb
FROM unnest($1::text[], $2::text[], $3::text[], $4::text[], $5::timestamptz[], $6::bigint[], $7::bigint[], $8::text[],
            $9::text[], $10::text[], $11::text[], $12::text[], $13::text[], $14::text[], $15::text[],
            $16::timestamptz[], $17::text[])
     AS n(parcel_id, shop_id, order_ref, service, promised_at, declared_minor, insured_minor, currency,
          category, origin, destination, language, tier, contact, link, registered_at, consent)
ON CONFLICT (parcel_id) DO UPDATE SET
    shop_id = excluded.shop_id, order_ref = excluded.order_ref, service = excluded.service,
    promised_at = excluded.promised_at, declared_minor = excluded.declared_minor,
    insured_minor = excluded.insured_minor, currency = excluded.currency, category = excluded.category,
    origin = excluded.origin, destination = excluded.destination, language = excluded.language, tier = excluded.tier,
    contact = excluded.contact, link = excluded.link, registered_at = excluded.registered_at,
    consent = excluded.consent
WHERE registration.registered_at <= excluded.registered_at

-- name: insert_reports
INSERT INTO report (report_id, parcel_id, kind, note, at)
SELECT * FROM unnest($1::text[], $2::text[], $3::text[], $4::text[], $5::timestamptz[])
ON CONFLICT DO NOTHING

-- name: insert_dead_events
-- A log that was replaced without a new log id may bring another event at the same offset: the newer one is kept.
INSERT INTO dead_event (topic, partition, log_id, "offset", at, reason, key, value)
SELECT $1, $2, $3, n."offset", $4, n.reason, n.key, n.value
FROM unnest($5::bigint[], $6::text[], $7::bytea[], $8::bytea[]) AS n("offset", reason, key, value)
ON CONFLICT (topic, partition, log_id, "offset") DO UPDATE SET
    at = excluded.at, reason = excluded.reason, key = excluded.key, value = excluded.value

-- name: open_exceptions
INSERT INTO exception (exception_id, parcel_id, kind, severity, state, since, opened_at, updated_at, evidence)
SELECT n.exception_id, n.parcel_id, n.kind, n.severity, 'open', n.since, n.opened_at, n.opened_at, n.evidence::jsonb
FROM unnest($1::text[], $2::text[], $3::text[], $4::smallint[], $5::timestamptz[], $6::timestamptz[], $7::text[])
     AS n(exception_id, parcel_id, kind, severity, since, opened_at, evidence)
ON CONFLICT DO NOTHING

-- name: update_exceptions
UPDATE exception e
SET severity = n.severity, since = n.since, evidence = n.evidence::jsonb, updated_at = n.at
FROM unnest($1::text[], $2::smallint[], $3::timestamptz[], $4::text[], $5::timestamptz[])
     AS n(exception_id, severity, since, evidence, at)
WHERE e.exception_id = n.exception_id

-- name: close_exceptions
UPDATE exception e
SET state = n.state, closed_at = n.closed_at, close_reason = n.reason, updated_at = n.at
FROM unnest($1::text[], $2::text[], $3::timestamptz[], $4::text[], $5::timestamptz[])
     AS n(exception_id, state, closed_at, reason, at)
WHERE e.exception_id = n.exception_id

-- name: cancel_notices
-- $1 retracted exceptions: what was not told yet is not told. A message that tells of several things (or one that is being
-- routed right now) is left to the notifier: it looks at the state of every notice before it sends.
WITH told AS (
    UPDATE outbox SET state = 'cancelled'
    WHERE exception_id = ANY($1::text[]) AND state <> 'cancelled'
)
UPDATE delivery d SET state = 'cancelled', reason = 'retracted'
FROM outbox o
WHERE o.exception_id = ANY($1::text[]) AND d.notice_id = o.notice_id AND d.state = 'pending'
  AND cardinality(d.notices) < 2

-- name: insert_notices
INSERT INTO outbox (notice_id, parcel_id, exception_id, template, data, at)
SELECT n.notice_id, n.parcel_id, n.exception_id, n.template, n.data::jsonb, n.at
FROM unnest($1::text[], $2::text[], $3::text[], $4::text[], $5::text[], $6::timestamptz[])
     AS n(notice_id, parcel_id, exception_id, template, data, at)
ON CONFLICT DO NOTHING

-- name: cases_on_the_board
-- The open cases of parcels that moved ($1), and the cases that exceptions ($2) hang on: locked, because their board rows
-- are about to be published. Without the lock a change by staff that is not committed yet would be overtaken by the row
-- as it was before, and the board would show that until the next change.
SELECT c.case_id FROM cases c
WHERE c.case_id IN (
    SELECT m.case_id FROM cases m WHERE m.parcel_id = ANY($1::text[]) AND m.state NOT IN ('resolved', 'closed')
    UNION
    SELECT e.case_id FROM exception e WHERE e.exception_id = ANY($2::text[]) AND e.case_id IS NOT NULL
)
ORDER BY c.case_id
FOR NO KEY UPDATE OF c
