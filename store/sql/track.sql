-- name: by_link
-- $1 digest of the token. The parcel row may be missing for a moment when the shop was faster than the carrier.
SELECT r.parcel_id, r.shop_id, s.name AS shop_name, r.order_ref, r.language, r.service,
       r.promised_at AS shop_promised_at,
       coalesce(p.carrier, split_part(r.parcel_id, ':', 1)) AS carrier,
       coalesce(p.waybill, split_part(r.parcel_id, ':', 2)) AS waybill,
       coalesce(p.milestone, 'pending') AS milestone, p.promised_at, p.expected_at, p.last_scan_at, p.place,
       r.contact ->> 'email' IS NOT NULL AS mailed, m.at AS stopped_at, i.kind AS feed, i.since AS feed_since
FROM registration r
LEFT JOIN parcel p USING (parcel_id)
LEFT JOIN shop s USING (shop_id)
LEFT JOIN message_stop m USING (parcel_id)
-- Nothing, or only old news, is heard of its carrier.
LEFT JOIN incident i ON i.carrier = coalesce(p.carrier, split_part(r.parcel_id, ':', 1))
                    AND i.facility = '' AND i.facility_to = '' AND i.until IS NULL
WHERE r.link = $1

-- name: exceptions
-- $1 parcel id. What holds now, worst first.
SELECT kind, severity, since, evidence, case_id FROM exception
WHERE parcel_id = $1 AND state = 'open'
ORDER BY severity DESC, since, exception_id

-- name: cases
-- $1 parcel id. Newest first, with the promised times.
SELECT c.case_id, c.kind, c.state, c.opened_at, c.waiting_on, c.resolved_at, c.closed_at,
       c.opened_by = 'system' AND NOT EXISTS (
           SELECT 1 FROM exception e WHERE e.case_id = c.case_id AND e.evidence ? 'reports') AS noticed,
       -- Only what a person wrote for the consumer; the system's own reasons are words for staff.
       CASE WHEN c.waiting_on = 'consumer' THEN (
           SELECT e.data ->> 'ask' FROM case_event e WHERE e.case_id = c.case_id AND e.type = 'CaseWaited'
           ORDER BY e.case_event_id DESC LIMIT 1) END AS ask,
       CASE WHEN EXISTS (SELECT 1 FROM case_event e WHERE e.case_id = c.case_id AND e.type = 'CaseResolved'
                         AND e.actor LIKE 'staff:%') THEN c.resolution END AS resolution,
       (SELECT coalesce(jsonb_agg(jsonb_build_object('clock', k.clock, 'state', k.state, 'due_at', k.due_at,
                            'met_at', k.met_at) ORDER BY k.due_at), '[]')
        FROM case_clock k WHERE k.case_id = c.case_id) AS clocks
FROM cases c WHERE c.parcel_id = $1
ORDER BY c.opened_at DESC, c.case_id LIMIT 20

-- name: messages
-- $1 parcel id $2 channels. What was sent to the consumer, newest first.
SELECT channel, language, subject, body, sent_at FROM delivery
WHERE delivery_id IN (
    SELECT delivery_id FROM delivery WHERE parcel_id = $1
    UNION ALL SELECT delivery_id FROM delivery_about WHERE parcel_id = $1)
  AND state = 'sent' AND channel = ANY($2::text[])
ORDER BY sent_at DESC, delivery_id LIMIT 20

-- name: reports
-- $1 parcel id $2 owner of the accepted reports. Reports that the stream has handled, and those accepted a moment ago
-- that it has not: the page knows them by what intake remembered.
SELECT kind, at, true AS handled FROM report WHERE parcel_id = $1
UNION ALL
SELECT convert_from(i.body, 'UTF8'), i.created_at, false FROM idempotency i
WHERE i.owner = $2 AND NOT EXISTS (SELECT 1 FROM report r WHERE r.report_id = i.key)
ORDER BY 2 DESC LIMIT 20

-- name: remember_report
-- $1 owner $2 report id $3 kind $4 at. Said again (a reload, a double click) it changes nothing.
INSERT INTO idempotency (owner, key, request, status, body, created_at)
VALUES ($1, $2, '', 303, convert_to($3, 'UTF8'), $4)
ON CONFLICT (owner, key) DO NOTHING
RETURNING key

-- name: stop_messages
-- $1 parcel id $2 at. Said again it changes nothing.
INSERT INTO message_stop (parcel_id, at) VALUES ($1, $2) ON CONFLICT (parcel_id) DO NOTHING

-- name: resume_messages
DELETE FROM message_stop WHERE parcel_id = $1
