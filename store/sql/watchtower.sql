-- name: lead
-- $1 lock number. Held by the connection until it ends.
SELECT pg_try_advisory_lock($1)

-- name: keep_alive
-- A leader whose machine is gone is missed within a minute; without effect on a socket of this machine.
SELECT set_config('tcp_keepalives_idle', '15', false), set_config('tcp_keepalives_interval', '5', false),
       set_config('tcp_keepalives_count', '4', false)

-- name: known_to
-- $1 topic. Up to when everything that came in is counted: the partition that is furthest behind, and what waits for the
-- broker to come back. Nothing while a partition is not known yet.
SELECT least(min(p.known_at), (SELECT i.at FROM inbox i ORDER BY i.seq LIMIT 1)) AS known_to
FROM progress p, (SELECT value::integer AS partitions FROM meta WHERE name = 'partitions') m
WHERE p.topic = $1 AND p.partition < m.partitions
GROUP BY m.partitions
HAVING count(p.known_at) = m.partitions

-- name: judged_to
SELECT value::timestamptz FROM meta WHERE name = 'incidents_judged_to'

-- name: set_judged_to
INSERT INTO meta (name, value) VALUES ('incidents_judged_to', $1::timestamptz::text)
ON CONFLICT (name) DO UPDATE SET value = excluded.value

-- name: close
-- First, because of what is silent and late only one is open at a time.
UPDATE incident i
SET until = n.until, expected_at = NULL, measured = n.measured::jsonb, close_reason = n.reason, news_at = $5,
    updated_at = $5
FROM unnest($1::text[], $2::timestamptz[], $3::text[], $4::text[]) AS n(incident_id, until, measured, reason)
WHERE i.incident_id = n.incident_id AND i.until IS NULL
RETURNING i.incident_id

-- name: put
-- Opened or grown, or opened and closed at once. What is over is not opened again.
INSERT INTO incident AS i (incident_id, kind, carrier, facility, facility_to, severity, since, until, expected_at, found_at,
                           measured, why, close_reason, news_at, updated_at)
SELECT n.incident_id, n.kind, n.carrier, n.facility, n.facility_to, n.severity, n.since, n.until, n.expected_at,
       n.found_at, n.measured::jsonb, n.why, n.close_reason, $14, $14
FROM unnest($1::text[], $2::text[], $3::text[], $4::text[], $5::text[], $6::smallint[], $7::timestamptz[],
            $8::timestamptz[], $9::timestamptz[], $10::timestamptz[], $11::text[], $12::text[], $13::text[])
     AS n(incident_id, kind, carrier, facility, facility_to, severity, since, until, expected_at, found_at, measured, why,
          close_reason)
ON CONFLICT (incident_id) DO UPDATE SET
    expected_at = excluded.expected_at, measured = excluded.measured, updated_at = excluded.updated_at,
    news_at = CASE WHEN i.expected_at IS DISTINCT FROM excluded.expected_at THEN excluded.news_at ELSE i.news_at END
WHERE i.until IS NULL
RETURNING incident_id

-- name: newest
SELECT max(news_at) FROM incident

-- name: open_ones
SELECT kind, carrier FROM incident WHERE until IS NULL

-- name: since
-- $1 moment. The incidents that are open or ended after it.
SELECT incident_id, kind, carrier, facility, facility_to, since, until, expected_at, found_at, measured::text AS measured,
       news_at
FROM incident WHERE until IS NULL OR until > $1

-- name: count_parcels
-- The parcels under the open incidents: those that have its finding. Gives the incidents whose numbers changed.
UPDATE incident i SET parcels = n.now, parcels_total = n.ever, updated_at = $1
FROM (
    SELECT o.incident_id, count(e.parcel_id) FILTER (WHERE e.state = 'open') AS now,
           count(DISTINCT e.parcel_id) FILTER (WHERE e.state <> 'retracted') AS ever
    FROM incident o LEFT JOIN exception e USING (incident_id)
    WHERE o.kind IN ('hub_jam', 'lane_degraded') AND (o.until IS NULL OR o.parcels > 0)
    GROUP BY o.incident_id
) n
WHERE i.incident_id = n.incident_id AND (i.parcels, i.parcels_total) <> (n.now, n.ever)
RETURNING i.incident_id

-- name: count_feed
-- $1 incidents of feeds $2 now. All that is under way with the carrier.
UPDATE incident i SET parcels = n.n, parcels_total = greatest(i.parcels_total, n.n), updated_at = $2
FROM (
    SELECT o.incident_id, CASE WHEN o.until IS NULL THEN count(p.parcel_id) ELSE 0 END AS n
    FROM incident o LEFT JOIN parcel p ON p.carrier = o.carrier AND p.active
    WHERE o.incident_id = ANY($1::text[])
    GROUP BY o.incident_id
) n
WHERE i.incident_id = n.incident_id

-- name: recalled_to
-- $1 topic $2 partition.
SELECT incidents_at FROM progress WHERE topic = $1 AND partition = $2

-- name: recall
-- $1 partition $2 carriers $3 facilities $4 tos ('' for a hub) $5 now $6 over how many seconds. Looks at the parcels that lie in
-- a hub or are on their way to it, or are on a lane; each at a moment of its own.
UPDATE parcel p
SET due_at = $5::timestamptz + (abs(hashtext(p.parcel_id)::bigint) % $6::integer) * interval '1 second'
FROM unnest($2::text[], $3::text[], $4::text[]) AS n(carrier, facility, "to")
WHERE p.partition = $1 AND p.carrier = n.carrier
  AND p.ahead = CASE WHEN n."to" = '' THEN n.facility ELSE n."to" END
  AND (n."to" = '' OR (p.facility = n.facility AND p.facility <> p.ahead))
  AND (p.due_at IS NULL OR p.due_at > $5::timestamptz + (abs(hashtext(p.parcel_id)::bigint) % $6::integer) * interval '1 second')

-- name: set_recalled_to
-- $1 topic $2 partition $3 worker $4 up to which change.
UPDATE progress SET incidents_at = $4 WHERE topic = $1 AND partition = $2 AND worker = $3
