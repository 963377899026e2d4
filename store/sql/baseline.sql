-- name: merge
-- $1 groups $2 their counts, all of BINS bins, one after the other $3 how many bins $4 today $5 the half-life in days $6 now.
-- In the order of the keys, so that two workers never wait for each other in a circle.
INSERT INTO baseline (group_key, day, counts, updated_at)
SELECT n.group_key, $4, ($2::real[])[(n.nth - 1) * $3 + 1 : n.nth * $3], $6
FROM unnest($1::text[]) WITH ORDINALITY AS n(group_key, nth)
ORDER BY n.group_key
ON CONFLICT (group_key) DO UPDATE SET
    counts = waywarden_merge(baseline.counts, power(0.5, greatest(0, $4 - baseline.day) / $5::float8)::real,
                             excluded.counts),
    day = greatest(baseline.day, excluded.day), updated_at = excluded.updated_at

-- name: since
-- $1 from when on a row counts as changed.
SELECT group_key, day, counts FROM baseline WHERE updated_at >= $1

-- name: forget
-- $1 the day before which a group was seen last.
DELETE FROM baseline WHERE day < $1
