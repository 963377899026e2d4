-- name: insert_beat
-- One row a batch; see the table.
INSERT INTO beat (nouns, carriers, facilities, tos, starts, counts, amounts, container_carriers, containers,
                  container_days, lefts, arriveds, lefts_s, openeds_s)
VALUES ($1, $2, $3, $4, $5, $6, $7, $8, $9, $10, $11, $12, $13, $14)

-- name: waiting
-- $1 how many at most. What batches added and nobody has moved yet, oldest first.
SELECT beat_id FROM beat ORDER BY beat_id LIMIT $1

-- name: move
-- $1 beat ids $2 now. Adds what batches counted to the counters, once, and gives the counters that changed as they are now.
WITH gone AS (
    DELETE FROM beat WHERE beat_id = ANY($1::bigint[]) RETURNING *
), packed AS (
    INSERT INTO container AS c (carrier, container, day, left_n, arrived_n, left_s, opened_s, updated_at)
    SELECT n.carrier, n.container, n.day, sum(n.left_n), sum(n.arrived_n),
           coalesce(min(nullif(n.left_s, 0)), 0), coalesce(min(nullif(n.opened_s, 0)), 0), $2
    FROM gone g, unnest(g.container_carriers, g.containers, g.container_days, g.lefts, g.arriveds, g.lefts_s,
                        g.openeds_s) AS n(carrier, container, day, left_n, arrived_n, left_s, opened_s)
    GROUP BY 1, 2, 3
    ON CONFLICT (carrier, container, day) DO UPDATE SET
        left_n = c.left_n + excluded.left_n, arrived_n = c.arrived_n + excluded.arrived_n,
        left_s = coalesce(least(nullif(c.left_s, 0), nullif(excluded.left_s, 0)), 0),
        opened_s = coalesce(least(nullif(c.opened_s, 0), nullif(excluded.opened_s, 0)), 0),
        updated_at = excluded.updated_at
)
INSERT INTO pulse AS p (at, noun, carrier, facility, "to", count, amount)
SELECT to_timestamp(n.start), n.noun, n.carrier, n.facility, n."to", sum(n.count), sum(n.amount)
FROM gone g, unnest(g.nouns, g.carriers, g.facilities, g.tos, g.starts, g.counts, g.amounts)
     AS n(noun, carrier, facility, "to", start, count, amount)
GROUP BY 1, 2, 3, 4, 5
ON CONFLICT (at, noun, carrier, facility, "to") DO UPDATE SET
    count = p.count + excluded.count, amount = p.amount + excluded.amount
RETURNING at, noun, carrier, facility, "to", count, amount

-- name: counters
-- $1 from $2 until. The counters of the buckets that began between.
SELECT at, noun, carrier, facility, "to", count, amount FROM pulse WHERE at >= $1 AND at < $2

-- name: first
SELECT min(at) FROM pulse

-- name: prune_pulse
-- $1 before when.
DELETE FROM pulse WHERE at < $1

-- name: prune_containers
-- $1 the day (since 1970) before which they left.
DELETE FROM container WHERE day < $1

-- name: containers_since
-- $1 changed at or after $2 the day from which on they left $3 how many parcels left in it at least.
SELECT carrier, container, day, left_n, arrived_n, left_s, opened_s FROM container
WHERE updated_at >= $1 AND day >= $2 AND left_n >= $3
