-- name: one
-- $1 parcel id.
SELECT p.parcel_id, p.carrier, p.waybill, p.milestone, p.active, p.due_at, p.promised_at, p.expected_at,
       p.last_scan_at, p.place, p.updated_at,
       r.shop_id, r.order_ref, r.service, r.promised_at AS shop_promised_at, r.declared_minor, r.insured_minor,
       r.currency, r.category, r.origin, r.destination, r.language, r.tier, r.consent, r.contact, r.registered_at,
       m.at AS messages_stopped_at
FROM parcel p LEFT JOIN registration r USING (parcel_id) LEFT JOIN message_stop m USING (parcel_id)
WHERE p.parcel_id = $1

-- name: scans
-- $1 parcel id $2 limit. Newest first.
SELECT body, received_at FROM scan WHERE parcel_id = $1 ORDER BY happened_at DESC, scan_id LIMIT $2

-- name: reports
-- $1 parcel id.
SELECT report_id, kind, note, at FROM report WHERE parcel_id = $1 ORDER BY at DESC, report_id LIMIT 50

-- name: deliveries
-- $1 parcel id. Newest first. A webhook's body is JSON for a machine: nothing that people read.
-- A message may tell of several parcels.
SELECT d.delivery_id, d.parcel_id, d.notice_id, d.channel, d.recipient, d.language, d.subject,
       CASE WHEN d.channel <> 'webhook' THEN d.body END AS body, d.state, d.reason, d.attempts,
       d.next_at, d.created_at, d.sent_at, o.template, o.case_id, o.exception_id
FROM delivery d JOIN outbox o USING (notice_id)
WHERE d.delivery_id IN (
    SELECT delivery_id FROM delivery WHERE parcel_id = $1
    UNION ALL SELECT delivery_id FROM delivery_about WHERE parcel_id = $1)
ORDER BY d.created_at DESC, d.delivery_id
LIMIT 100

-- name: brief
-- $1 parcel ids $2 shop (null: all). For lists of search results.
SELECT p.parcel_id, p.carrier, p.waybill, p.milestone, p.active, p.promised_at, p.expected_at, p.last_scan_at, p.place,
       r.shop_id, r.order_ref, r.service
FROM parcel p LEFT JOIN registration r USING (parcel_id)
WHERE p.parcel_id = ANY($1::text[]) AND ($2::text IS NULL OR r.shop_id = $2)
ORDER BY p.last_scan_at DESC NULLS LAST, p.parcel_id

-- name: ids_of_order
-- $1 order reference $2 shop (null: all) $3 limit.
SELECT parcel_id FROM registration
WHERE order_ref = $1 AND ($2::text IS NULL OR shop_id = $2)
ORDER BY registered_at DESC, parcel_id LIMIT $3

-- name: contact
-- $1 parcel id. The sealed contact, and whether a case of the parcel is being worked on.
SELECT r.contact, r.shop_id, EXISTS (
           SELECT 1 FROM cases c WHERE c.parcel_id = r.parcel_id AND c.state <> 'closed') AS has_case
FROM registration r WHERE r.parcel_id = $1

-- name: log_reveal
INSERT INTO reveal (at, staff_id, parcel_id, field, reason) VALUES ($1, $2, $3, $4, $5)
