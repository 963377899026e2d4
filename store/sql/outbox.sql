-- name: lead
-- $1 lock number. One router at a time: so budgets, merging and "already told" see each other's work.
SELECT pg_try_advisory_xact_lock($1)

-- name: claim_notices
-- $1 limit $2 but not these $3 these alone (null: any). Pending notices, oldest first, with what is known of their parcel.
-- Held until the transaction ends.
-- `answers`: it is about something that the consumer reported. `superseded`: another exception took the place of its own.
SELECT o.notice_id, o.parcel_id, o.exception_id, o.case_id, o.template, o.data, o.at,
       p.carrier, p.waybill, p.milestone, p.expected_at,
       r.language, r.destination, r.order_ref, r.contact ->> 'email' AS email, r.shop_id,
       s.name AS shop_name, s.webhook_url IS NOT NULL AND s.webhook_disabled_at IS NULL AS has_webhook,
       m.parcel_id IS NOT NULL AS stopped,
       EXISTS (SELECT 1 FROM exception e WHERE e.exception_id = o.exception_id AND e.state = 'cleared'
                                           AND e.close_reason LIKE 'superseded by %') AS superseded,
       EXISTS (SELECT 1 FROM exception e
               WHERE (e.exception_id = o.exception_id OR e.case_id = o.case_id) AND e.evidence ? 'reports') AS answers
FROM outbox o
LEFT JOIN parcel p USING (parcel_id)
LEFT JOIN registration r USING (parcel_id)
LEFT JOIN shop s USING (shop_id)
LEFT JOIN message_stop m USING (parcel_id)
WHERE o.state = 'pending' AND NOT o.notice_id = ANY($2::text[])
  AND ($3::text[] IS NULL OR o.notice_id = ANY($3))
ORDER BY o.at, o.notice_id
LIMIT $1
FOR UPDATE OF o SKIP LOCKED

-- name: told
-- $1 parcel ids $2 now. Messages about these parcels that went out, will, or may have; newest first. One that tells of
-- several of them comes with each.
WITH about AS (
    SELECT parcel_id, delivery_id FROM delivery WHERE parcel_id = ANY($1::text[])
    UNION ALL
    SELECT parcel_id, delivery_id FROM delivery_about WHERE parcel_id = ANY($1::text[])
)
SELECT d.delivery_id, a.parcel_id, d.channel, d.state, d.notices, d.subject, d.body, d.created_at,
       d.state <> 'sent' AND d.lease_by IS NOT NULL AS doubtful,
       d.state <> 'sent' AND d.lease_by IS NOT NULL AND d.lease_until > $2 AS under_way,
       array_agg(o.template ORDER BY o.notice_id) AS templates,
       coalesce(array_agg(o.exception_id) FILTER (WHERE o.exception_id IS NOT NULL), '{}') AS exceptions
FROM about a
JOIN delivery d USING (delivery_id)
JOIN outbox o ON o.notice_id = ANY(d.notices)
WHERE d.state IN ('pending', 'sent') OR d.lease_by IS NOT NULL
GROUP BY d.delivery_id, a.parcel_id
ORDER BY d.created_at DESC, d.delivery_id

-- name: told_of_incidents
-- $1 recipient keys $2 incident ids $3 channel. What these people were or will be told of these incidents. `waits`: it is
-- about the incident alone, and others may still join it.
SELECT DISTINCT d.delivery_id, d.recipient_key, o.data ->> 'incident' AS incident, o.template,
       coalesce(d.sent_at, d.created_at) AS at, 
       d.state = 'pending' AND d.lease_by IS NULL AND d.reason = 'gathering' AS waits
FROM delivery d
JOIN outbox o ON o.notice_id = ANY(d.notices)
WHERE d.recipient_key = ANY($1::text[]) AND d.channel = $3 AND o.data ->> 'incident' = ANY($2::text[])
  AND (d.state IN ('pending', 'sent') OR d.lease_by IS NOT NULL)

-- name: told_since
-- $1 recipient keys $2 since. How many messages each person got or will get.
SELECT recipient_key, count(*) AS n
FROM delivery
WHERE recipient_key = ANY($1::text[]) AND created_at > $2 AND state IN ('pending', 'sent')
GROUP BY recipient_key

-- name: insert_delivery
INSERT INTO delivery (delivery_id, notice_id, notices, parcel_id, channel, recipient, recipient_key, language, subject,
                      body, parts, state, reason, next_at, created_at)
VALUES ($1, $2, $3, $4, $5, $6, $7, $8, $9, $10, $11, $12, $13, $14, $15)
ON CONFLICT (delivery_id) DO NOTHING
RETURNING delivery_id

-- name: insert_others
-- $1 delivery id $2 parcel ids. The other parcels that a message tells of.
INSERT INTO delivery_about (delivery_id, parcel_id)
SELECT $1, unnest($2::text[]) ON CONFLICT DO NOTHING

-- name: set_routed
-- $1 notice ids $2 now.
UPDATE outbox SET state = 'routed', routed_at = $2 WHERE notice_id = ANY($1::text[]) AND state = 'pending'

-- name: drop
-- $1 delivery ids $2 reason. Messages that must not go out any more; one that somebody is sending is left alone.
UPDATE delivery SET state = 'cancelled', reason = $2
WHERE delivery_id = ANY($1::text[]) AND state = 'pending' AND lease_by IS NULL
RETURNING delivery_id, notices

-- name: route_again
-- $1 delivery ids $2 notice ids that are over. What else a dropped message told is routed once more.
UPDATE outbox SET state = 'pending', routed_at = NULL
WHERE notice_id IN (SELECT unnest(notices) FROM delivery WHERE delivery_id = ANY($1::text[]))
  AND NOT notice_id = ANY($2::text[]) AND state = 'routed'

-- name: notices_over
-- $1 delivery ids $2 exception id. Those notices of the messages that are about the exception.
SELECT notice_id FROM outbox
WHERE exception_id = $2
  AND notice_id IN (SELECT unnest(notices) FROM delivery WHERE delivery_id = ANY($1::text[]))

-- name: lease
-- $1 channel $2 now $3 lease until $4 by whom $5 limit $6 recipients that have enough under way.
-- A lease that ran out is due again: `next_at` is moved to the lease's end. `over`: everything that a message held back
-- tells of has ended meanwhile. `stopped`: the consumer has stopped messages about a parcel in it since it was made, and
-- nothing in it answers a report of theirs.
WITH due AS (
    SELECT delivery_id
    FROM delivery
    WHERE state = 'pending' AND channel = $1 AND next_at <= $2 AND NOT recipient_key = ANY($6::text[])
    ORDER BY next_at, delivery_id
    LIMIT $5
    FOR UPDATE SKIP LOCKED
), taken AS (
    UPDATE delivery d
    SET lease_until = $3, next_at = $3, lease_by = $4, attempts = attempts + 1
    FROM due
    WHERE d.delivery_id = due.delivery_id
    RETURNING d.*
)
SELECT t.delivery_id, t.parcel_id, cardinality(t.notices) > 1 AS several, t.recipient, t.recipient_key, t.language, t.subject, t.body, t.parts, t.attempts,
       t.created_at, t.next_at, o.at, s.webhook_url, s.webhook_secret, s.webhook_disabled_at,
       EXISTS (SELECT 1 FROM outbox c WHERE c.notice_id = ANY(t.notices) AND c.state = 'cancelled') AS retracted,
       t.reason IN ('quiet_hours', 'gathering') AND t.attempts = 1 AND NOT EXISTS (
           SELECT 1 FROM outbox c LEFT JOIN exception e USING (exception_id)
           WHERE c.notice_id = ANY(t.notices) AND (e.exception_id IS NULL OR e.state = 'open')) AS over,
       t.channel <> 'webhook' AND EXISTS (
           SELECT 1 FROM message_stop m JOIN outbox c USING (parcel_id) WHERE c.notice_id = ANY(t.notices))
       AND NOT EXISTS (
           SELECT 1 FROM outbox c
           JOIN exception e ON e.exception_id = c.exception_id OR e.case_id = c.case_id
           WHERE c.notice_id = ANY(t.notices) AND e.evidence ? 'reports') AS stopped
FROM taken t
JOIN outbox o USING (notice_id)
LEFT JOIN shop s ON t.channel = 'webhook' AND s.shop_id = t.recipient
ORDER BY o.at, t.delivery_id

-- name: sent
-- $1 delivery id $2 now $3 provider id. True even when it was cancelled meanwhile: the message is out.
UPDATE delivery
SET state = 'sent', sent_at = $2, provider_id = $3, lease_by = NULL, lease_until = NULL, last_error = NULL
WHERE delivery_id = $1 AND state IN ('pending', 'cancelled')

-- name: failed
-- $1 delivery id $2 by whom $3 error $4 when to try again.
UPDATE delivery SET last_error = $3, next_at = $4, lease_by = NULL, lease_until = NULL
WHERE delivery_id = $1 AND lease_by = $2 AND state IN ('pending', 'cancelled')

-- name: park
-- $1 delivery id $2 by whom $3 reason $4 error.
UPDATE delivery SET state = 'parked', reason = $3, last_error = $4, lease_by = NULL, lease_until = NULL
WHERE delivery_id = $1 AND lease_by = $2 AND state = 'pending'

-- name: drop_leased
-- $1 delivery id $2 by whom $3 reason. It was claimed, seen to be retracted, over or not wanted, and never sent.
UPDATE delivery SET state = 'cancelled', reason = $3, lease_by = NULL, lease_until = NULL, attempts = attempts - 1
WHERE delivery_id = $1 AND lease_by = $2 AND state = 'pending'

-- name: disable_webhook
-- $1 shop id $2 now. The shop's server said 410 Gone.
UPDATE shop SET webhook_disabled_at = $2 WHERE shop_id = $1 AND webhook_disabled_at IS NULL

-- name: depth
-- $1 now. What waits, how old the oldest is, and what is parked.
SELECT (SELECT count(*) FROM outbox WHERE state = 'pending') AS notices,
       (SELECT min(at) FROM outbox WHERE state = 'pending') AS oldest_notice,
       (SELECT count(*) FROM delivery WHERE state = 'pending') AS waiting,
       (SELECT count(*) FROM delivery WHERE state = 'pending' AND next_at <= $1) AS due,
       (SELECT min(next_at) FROM delivery WHERE state = 'pending' AND next_at <= $1) AS oldest_due,
       (SELECT count(*) FROM delivery WHERE state = 'parked') AS parked

-- name: parked
-- $1 channel (null: any) $2 created_at $3 delivery id of the last row seen (null: from the start) $4 limit. Newest first.
SELECT delivery_id, parcel_id, channel, subject, reason, last_error, attempts, created_at
FROM delivery
WHERE state = 'parked' AND ($1::text IS NULL OR channel = $1)
  AND ($2::timestamptz IS NULL OR created_at < $2 OR (created_at = $2 AND delivery_id > $3))
ORDER BY created_at DESC, delivery_id
LIMIT $4

-- name: unpark
-- $1 delivery id $2 now. Tried again from the start of the schedule.
UPDATE delivery SET state = 'pending', reason = NULL, attempts = 0, next_at = $2
WHERE delivery_id = $1 AND state = 'parked' AND body IS NOT NULL
RETURNING delivery_id
