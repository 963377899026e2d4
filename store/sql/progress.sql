-- name: ensure
-- $1 topic, $2 partition.
INSERT INTO progress (topic, partition, log_id) VALUES ($1, $2, $3) ON CONFLICT DO NOTHING

-- name: lock
SELECT next_offset, version, log_id, worker FROM progress WHERE topic = $1 AND partition = $2 FOR UPDATE

-- name: claim
-- $3 where to read on, $4 the log's incarnation, $5 who owns the partition from now on.
UPDATE progress SET next_offset = $3, version = version + 1, log_id = $4, worker = $5, updated_at = now()
WHERE topic = $1 AND partition = $2
RETURNING version

-- name: read
SELECT next_offset, version, log_id, worker FROM progress WHERE topic = $1 AND partition = $2

-- name: all_of_topic
SELECT partition, next_offset, version FROM progress WHERE topic = $1

-- name: advance
-- Compare and set: $4 the version this engine saw last, $5 its own mark. No row comes back when another owns the partition.
-- $6 up to when all that came in is in the tables with this (null: nobody can say).
UPDATE progress SET next_offset = $3, version = version + 1, updated_at = now(), known_at = greatest(known_at, $6)
WHERE topic = $1 AND partition = $2 AND version = $4 AND worker = $5
RETURNING version

-- name: note_known
-- $1 topic, $2 whose, $3 partitions, $4 up to when each is known. One that its engine writes to just now is left to it.
UPDATE progress p SET known_at = greatest(p.known_at, n.known_at)
FROM unnest($3::smallint[], $4::timestamptz[]) AS n(partition, known_at), (
    SELECT partition FROM progress WHERE topic = $1 AND worker = $2 AND partition = ANY($3::smallint[])
    FOR UPDATE SKIP LOCKED
) free
WHERE p.topic = $1 AND p.partition = n.partition AND free.partition = n.partition

-- name: fence_all
-- $1 topic. Whoever works on a partition of it finds at the next write that it is not theirs.
UPDATE progress SET version = version + 1, worker = '', updated_at = now() WHERE topic = $1

-- name: parcels_after
-- $1 the last parcel id seen, $2 how many.
SELECT parcel_id FROM parcel WHERE parcel_id > $1 ORDER BY parcel_id LIMIT $2

-- name: move_parcels
-- $1 parcel ids, $2 the partition of each.
UPDATE parcel p SET partition = n.partition
FROM unnest($1::text[], $2::smallint[]) AS n(parcel_id, partition)
WHERE p.parcel_id = n.parcel_id AND p.partition <> n.partition

-- name: change_partitions_meta
-- $1 the new count.
UPDATE meta SET value = $1 WHERE name = 'partitions'

-- name: partitions_meta
SELECT value FROM meta WHERE name = 'partitions'

-- name: set_partitions_meta
INSERT INTO meta (name, value) VALUES ('partitions', $1) ON CONFLICT DO NOTHING
