-- name: put_inbox
-- $1 keys, $2 values, in order.
INSERT INTO inbox (key, value)
SELECT key, value FROM unnest($1::text[], $2::bytea[]) WITH ORDINALITY AS e(key, value, nth) ORDER BY nth

-- name: inbox_head
-- $1 how many: the oldest.
SELECT seq, key, value FROM inbox ORDER BY seq LIMIT $1

-- name: drop_inbox
-- $1 the numbers that the log has now.
DELETE FROM inbox WHERE seq = ANY($1::bigint[])

-- name: inbox_depth
-- Exact below $1 rows, from there on by the numbers at both ends, which may be a little too many: a count of millions must
-- not cost a scan a second.
WITH counted AS (SELECT count(*) AS n FROM (SELECT FROM inbox LIMIT $1) AS few)
SELECT CASE WHEN n < $1 THEN n ELSE greatest(n, (SELECT max(seq) - min(seq) + 1 FROM inbox)) END FROM counted

-- name: lock_drain
-- $1 lock number. One process drains; the lock ends with the session.
SELECT pg_try_advisory_lock($1)

-- name: unlock_drain
-- $1 lock number.
SELECT pg_advisory_unlock($1)

-- name: hold
-- $1 now, $2 format, $3 account or null, $4 reason, $5 detail, $6 headers, $7 sealed body, $8 digest.
INSERT INTO quarantine (at, format, account, reason, detail, headers, body, digest)
VALUES ($1, $2, $3, $4, $5, $6, $7, $8)
ON CONFLICT (format, coalesce(account, ''), digest) WHERE state = 'held'
DO UPDATE SET times = quarantine.times + 1, reason = excluded.reason, detail = excluded.detail
RETURNING quarantine_id

-- name: held
-- $1 after which number, $2 how many, $3 format or null, $4 state or null. Oldest first.
SELECT quarantine_id, at, format, account, reason, detail, headers, body, times, state, replayed_at
FROM quarantine
WHERE quarantine_id > $1 AND ($3::text IS NULL OR format = $3) AND ($4::text IS NULL OR state = $4)
ORDER BY quarantine_id LIMIT $2

-- name: held_newest
-- $1 before which number, $2 how many, $3 format or null, $4 state or null. Newest first, for people.
SELECT quarantine_id, at, format, account, reason, detail, headers, body, times, state, replayed_at
FROM quarantine
WHERE quarantine_id < $1 AND ($3::text IS NULL OR format = $3) AND ($4::text IS NULL OR state = $4)
ORDER BY quarantine_id DESC LIMIT $2

-- name: held_one
-- $1 number.
SELECT quarantine_id, at, format, account, reason, detail, headers, body, times, state, replayed_at
FROM quarantine WHERE quarantine_id = $1

-- name: release
-- $1 number, $2 state, $3 now.
UPDATE quarantine SET state = $2, replayed_at = $3 WHERE quarantine_id = $1 AND state = 'held' RETURNING quarantine_id

-- name: note_still_bad
-- $1 number, $2 reason, $3 detail: what today's reader says.
UPDATE quarantine SET reason = $2, detail = $3 WHERE quarantine_id = $1 AND state = 'held'

-- name: held_count
SELECT count(*) FROM quarantine WHERE state = 'held'

-- name: answered_before
-- $1 owner, $2 key.
SELECT request, status, body FROM idempotency WHERE owner = $1 AND key = $2

-- name: remember_answer
-- $1 owner, $2 key, $3 digest of the request, $4 status, $5 sealed body, $6 now.
INSERT INTO idempotency (owner, key, request, status, body, created_at) VALUES ($1, $2, $3, $4, $5, $6)
ON CONFLICT (owner, key) DO NOTHING

-- name: sweep_answers
-- $1 kept since.
DELETE FROM idempotency WHERE created_at < $1

-- name: others_parcels
-- $1 parcel ids, $2 shop id: those that another shop has registered.
SELECT parcel_id FROM registration WHERE parcel_id = ANY($1::text[]) AND shop_id <> $2
