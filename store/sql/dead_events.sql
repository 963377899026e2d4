-- name: after
-- $1-$4 the key behind which $5 died before $6 died since (null: ever) $7 how many.
SELECT topic, partition, log_id, "offset", reason, value FROM dead_event
WHERE replayed_at IS NULL AND (topic, partition, log_id, "offset") > ($1, $2::smallint, $3, $4)
  AND at <= $5 AND ($6::timestamptz IS NULL OR at >= $6)
ORDER BY topic, partition, log_id, "offset" LIMIT $7

-- name: mark_replayed
-- $1-$4 keys $5 now.
UPDATE dead_event d SET replayed_at = $5
FROM unnest($1::text[], $2::smallint[], $3::text[], $4::bigint[]) AS n(topic, partition, log_id, "offset")
WHERE (d.topic, d.partition, d.log_id, d."offset") = (n.topic, n.partition, n.log_id, n."offset")
