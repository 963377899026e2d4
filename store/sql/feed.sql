-- name: publish_exceptions
-- $1 exception ids. The row as it is now, inside the caller's transaction. What is part of an incident is not on the board:
-- the incident stands there for all of them.
INSERT INTO feed (noun, key, shop_id, body)
SELECT 'exception', key, shop_id, body FROM exception_board
WHERE key = ANY($1::text[]) AND incident_id IS NULL ORDER BY key

-- name: publish_incidents
-- $1 incident ids.
INSERT INTO feed (noun, key, shop_id, body)
SELECT 'incident', key, shop_id, body FROM incident_board WHERE key = ANY($1::text[]) ORDER BY key

-- name: publish_cases
-- $1 case ids.
INSERT INTO feed (noun, key, shop_id, body)
SELECT 'case', key, shop_id, body FROM case_board WHERE key = ANY($1::text[]) ORDER BY key

-- name: wake
-- Only wakes the tails; the table is the truth.
SELECT pg_notify('feed', '')

-- name: epoch
-- Which life of which database this is: offsets mean nothing in another one. The timeline changes at a failover or a
-- point-in-time restore, the system identifier when a dump is loaded elsewhere.
SELECT (SELECT value FROM meta WHERE name = 'feed_epoch')
       || '-' || to_hex((SELECT system_identifier FROM pg_control_system()))
       || '-' || (SELECT timeline_id FROM pg_control_checkpoint()) AS epoch

-- name: position
-- Everything below the horizon is committed and seen by this snapshot; `pruned_*` is the newest row ever pruned.
SELECT pg_snapshot_xmin(pg_current_snapshot())::text::bigint AS xid,
       coalesce((SELECT split_part(value, '-', 1)::bigint FROM meta WHERE name = 'feed_pruned'), 0) AS pruned_xid,
       coalesce((SELECT split_part(value, '-', 2)::bigint FROM meta WHERE name = 'feed_pruned'), 0) AS pruned_seq

-- name: seen_above
-- $1 xid of the horizon. Rows that this snapshot sees although they stand above the horizon: they will be read again.
SELECT noun, key, max(seq) AS seq FROM feed WHERE xid >= $1::bigint::text::xid8 GROUP BY noun, key

-- name: board_exceptions
-- $1 how many at most, worst first.
SELECT b.key, b.shop_id, b.body::text AS body
FROM (
    SELECT exception_id, severity, opened_at FROM exception
    WHERE state = 'open' AND incident_id IS NULL ORDER BY severity DESC, opened_at, exception_id LIMIT $1
) page
JOIN LATERAL (SELECT key, shop_id, body FROM exception_board WHERE key = page.exception_id) b ON true
ORDER BY page.severity DESC, page.opened_at, b.key

-- name: board_incidents
-- $1 how many at most, worst first. One that is over stays while its backlog is worked off.
SELECT b.key, b.shop_id, b.body::text AS body
FROM incident i JOIN incident_board b ON b.key = i.incident_id
WHERE i.until IS NULL OR (i.parcels > 0 AND i.facility <> '') ORDER BY i.severity DESC, i.found_at, i.incident_id LIMIT $1

-- name: board_cases
-- $1 how many at most, most urgent first.
SELECT b.key, b.shop_id, b.body::text AS body
FROM (
    SELECT case_id, priority, opened_at FROM cases
    WHERE state NOT IN ('resolved', 'closed') ORDER BY priority DESC, opened_at, case_id LIMIT $1
) page
JOIN LATERAL (SELECT key, shop_id, body FROM case_board WHERE key = page.case_id) b ON true
ORDER BY page.priority DESC, page.opened_at, b.key

-- name: read_after
-- $1 xid, $2 seq of the last row read, $3 how many at most. Never shows a row before all rows below it are there:
-- what stands below the oldest running transaction cannot get company any more.
SELECT xid::text::bigint AS xid, seq, at, noun, key, shop_id, body::text AS body
FROM feed
WHERE (xid, seq) > ($1::bigint::text::xid8, $2::bigint) AND xid < pg_snapshot_xmin(pg_current_snapshot())
ORDER BY feed.xid, feed.seq  -- a bare `xid` would be the output column, which no index orders
LIMIT $3

-- name: touched_between
-- $1 xid, $2 seq exclusive; $3 xid, $4 seq inclusive; $5 how many at most. Only for positions already read once.
SELECT DISTINCT noun, key FROM feed
WHERE (xid, seq) > ($1::bigint::text::xid8, $2::bigint) AND (xid, seq) <= ($3::bigint::text::xid8, $4::bigint)
LIMIT $5

-- name: prune
-- $1 rows older than this go, $2 how many at most in one go. Remembers the newest position that went, so that a reader
-- who stood before it knows that it missed something. One pruner at a time; the others do nothing.
WITH alone AS MATERIALIZED (
    SELECT pg_try_advisory_xact_lock(hashtext('waywarden.feed.prune')) AS got
), old AS MATERIALIZED (
    SELECT f.seq, f.xid FROM feed f, alone
    WHERE alone.got AND f.at < $1 AND f.xid < pg_snapshot_xmin(pg_current_snapshot())
    ORDER BY f.at LIMIT $2
), gone AS (
    DELETE FROM feed USING old WHERE feed.seq = old.seq RETURNING feed.xid, feed.seq
), newest AS (
    SELECT xid::text::bigint AS xid, seq FROM gone ORDER BY xid DESC, seq DESC LIMIT 1
), mark AS (
    INSERT INTO meta AS m (name, value) SELECT 'feed_pruned', xid || '-' || seq FROM newest
    ON CONFLICT (name) DO UPDATE SET value = excluded.value
    WHERE (split_part(m.value, '-', 1)::bigint, split_part(m.value, '-', 2)::bigint)
        < (split_part(excluded.value, '-', 1)::bigint, split_part(excluded.value, '-', 2)::bigint)
)
SELECT count(*) AS pruned FROM gone

-- name: listen
LISTEN feed
