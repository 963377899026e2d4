-- name: enrol
-- $1 registered since (null: all), $2 now, $3 carriers (one that ends in `.` stands for all that begin so), $4 their
-- providers. Active registered parcels get their row; one whose carrier is asked elsewhere now changes over.
INSERT INTO pull_state (parcel_id, provider, look_at)
SELECT p.parcel_id, m.provider, $2
FROM registration r
JOIN parcel p USING (parcel_id)
JOIN unnest($3::text[], $4::text[]) AS m(carrier, provider)
  ON m.carrier = p.carrier OR m.carrier = split_part(p.carrier, '.', 1) || '.'
WHERE p.active AND ($1::timestamptz IS NULL OR r.registered_at >= $1)
  AND NOT EXISTS (SELECT FROM pull_state s WHERE s.parcel_id = p.parcel_id AND s.provider = m.provider)
ORDER BY p.parcel_id
ON CONFLICT (parcel_id) DO UPDATE SET provider = excluded.provider

-- name: enrol_these
-- $1 parcel ids, $2 now, $3 carriers, $4 providers. Any parcel that we know, registered or not, over or not; the ids are given.
INSERT INTO pull_state (parcel_id, provider, look_at)
SELECT p.parcel_id, m.provider, $2
FROM parcel p
JOIN unnest($3::text[], $4::text[]) AS m(carrier, provider)
  ON m.carrier = p.carrier OR m.carrier = split_part(p.carrier, '.', 1) || '.'
WHERE p.parcel_id = ANY($1::text[])
ON CONFLICT (parcel_id) DO UPDATE SET provider = excluded.provider
RETURNING parcel_id, provider

-- name: lease
-- $1 provider, $2 now, $3 lease until, $4 by whom, $5 how many. A lease that ran out is a turn like any other.
UPDATE pull_state s SET look_at = $3, lease_by = $4
FROM (SELECT parcel_id, look_at FROM pull_state WHERE provider = $1 AND look_at <= $2
      ORDER BY look_at, parcel_id LIMIT $5 FOR UPDATE SKIP LOCKED) AS due
WHERE s.parcel_id = due.parcel_id
RETURNING s.parcel_id, due.look_at

-- name: lease_these
-- $1 provider, $2 now, $3 lease until, $4 by whom, $5 how many, $6 parcel ids: those that nobody else has taken.
UPDATE pull_state s SET look_at = $3, lease_by = $4
FROM (SELECT parcel_id, look_at FROM pull_state
      WHERE provider = $1 AND parcel_id = ANY($6::text[]) AND (lease_by IS NULL OR look_at <= $2)
      ORDER BY parcel_id LIMIT $5 FOR UPDATE SKIP LOCKED) AS due
WHERE s.parcel_id = due.parcel_id
RETURNING s.parcel_id, due.look_at

-- name: facts
-- $1 parcel ids: what decides about their turn, and what a question needs.
SELECT s.parcel_id, s.asked_at, s.answered_at, s.unknown, s.failures, s.retry_at, s.digest,
       p.carrier, p.waybill, p.milestone, p.active, p.due_at, p.promised_at, p.last_scan_at, p.updated_at,
       r.registered_at, r.contact ->> 'phone' AS phone,
       (SELECT max(c.received_at) FROM scan c WHERE c.parcel_id = s.parcel_id) AS heard_at
FROM pull_state s
LEFT JOIN parcel p USING (parcel_id)
LEFT JOIN registration r USING (parcel_id)
WHERE s.parcel_id = ANY($1::text[])
ORDER BY s.parcel_id

-- name: asking
-- $1 parcel ids, $2 by whom, $3 now. Written before the question leaves: a process that is killed has asked all the same.
UPDATE pull_state SET asked_at = $3 WHERE parcel_id = ANY($1::text[]) AND lease_by = $2

-- name: settle
-- $1 by whom, then arrays: $2 parcel ids, $3 next turn, $4 answered at, $5 unknown, $6 failures, $7 not before, $8 outcome,
-- $9 detail, $10 digest (null: as it was).
UPDATE pull_state s
SET look_at = n.look_at, answered_at = n.answered_at, unknown = n.unknown, failures = n.failures, retry_at = n.retry_at,
    outcome = n.outcome, detail = n.detail, digest = coalesce(n.digest, s.digest), lease_by = NULL
FROM unnest($2::text[], $3::timestamptz[], $4::timestamptz[], $5::integer[], $6::integer[], $7::timestamptz[], $8::text[],
            $9::text[], $10::bytea[])
     AS n(parcel_id, look_at, answered_at, unknown, failures, retry_at, outcome, detail, digest)
WHERE s.parcel_id = n.parcel_id AND s.lease_by = $1

-- name: postpone
-- $1 by whom, $2 parcel ids, $3 their turns, $4 when they were asked for. Looked at and not asked for, or asked in vain.
UPDATE pull_state s SET look_at = n.look_at, asked_at = n.asked_at, lease_by = NULL
FROM unnest($2::text[], $3::timestamptz[], $4::timestamptz[]) AS n(parcel_id, look_at, asked_at)
WHERE s.parcel_id = n.parcel_id AND s.lease_by = $1

-- name: forget
-- $1 by whom, $2 parcel ids that are over. One that moves again is enrolled again.
DELETE FROM pull_state WHERE parcel_id = ANY($2::text[]) AND lease_by = $1

-- name: waiting
-- $1 now. By provider: how many parcels, how many whose turn is past, since when the longest.
SELECT provider, count(*) AS parcels, count(*) FILTER (WHERE look_at <= $1) AS due, min(look_at) AS oldest
FROM pull_state GROUP BY provider

-- name: of_carrier
-- $1 carrier, $2 how many. Active registered parcels of a carrier, those longest not asked for first.
SELECT p.parcel_id FROM registration r JOIN parcel p USING (parcel_id) LEFT JOIN pull_state s USING (parcel_id)
WHERE p.carrier = $1 AND p.active ORDER BY s.asked_at NULLS FIRST, p.parcel_id LIMIT $2

-- name: ensure_account
-- $1 account, $2 provider, $3 now.
INSERT INTO pull_account (account, provider, since, seen_at) VALUES ($1, $2, $3, $3)
ON CONFLICT (account) DO UPDATE SET seen_at = excluded.seen_at

-- name: account
-- $1 account.
SELECT account, provider, state, reason, times, since, paused_until, day, asked FROM pull_account WHERE account = $1

-- name: accounts
SELECT account, provider, state, reason, times, since, paused_until, day, asked FROM pull_account ORDER BY account

-- name: take_slot
-- $1 account, $2 seconds between two requests, $3 requests a UTC day (0: no limit). The seconds until this caller's slot; no row
-- when the account is paused or the day's share is used up. The database's clock counts: processes may disagree about theirs.
UPDATE pull_account
SET next_slot_at = greatest(next_slot_at, clock_timestamp()) + make_interval(secs => $2),
    asked = CASE WHEN day = (clock_timestamp() AT TIME ZONE 'UTC')::date THEN asked + 1 ELSE 1 END,
    day = (clock_timestamp() AT TIME ZONE 'UTC')::date
WHERE account = $1
  AND (paused_until IS NULL OR paused_until <= clock_timestamp())
  AND ($3 = 0 OR day < (clock_timestamp() AT TIME ZONE 'UTC')::date OR asked < $3)
RETURNING greatest(0, extract(epoch FROM next_slot_at - clock_timestamp()) - $2)::float8

-- name: set_account
-- $1 account, $2 state, $3 reason, $4 times in a row, $5 now, $6 paused until or null. `since` stays while the state does.
UPDATE pull_account
SET since = CASE WHEN state = $2 THEN since ELSE $5 END, state = $2, reason = $3, times = $4, paused_until = $6, seen_at = $5
WHERE account = $1

-- name: unpause
-- $1 account. A person says: try again.
UPDATE pull_account SET paused_until = NULL WHERE account = $1
