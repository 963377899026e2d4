-- name: spend_ticket
-- $1 ticket hash, $2 now. One statement, so two sockets cannot both spend it; a disabled account gets nothing.
WITH spent AS (
    DELETE FROM live_ticket WHERE ticket_hash = $1 RETURNING staff_id, expires_at, token_hash
)
SELECT spent.staff_id, spent.token_hash
FROM spent JOIN staff t USING (staff_id)
LEFT JOIN session s ON s.token_hash = spent.token_hash
WHERE spent.expires_at > $2 AND t.disabled_at IS NULL
  AND (spent.token_hash IS NULL OR s.expires_at > $2)

-- name: still_welcome
-- $1 staff ids, $2 session token hashes (null: the ticket named no session), $3 now. The ordinals of pairs that may stay.
SELECT asked.ordinal
FROM unnest($1::uuid[], $2::bytea[]) WITH ORDINALITY AS asked (staff_id, token_hash, ordinal)
JOIN staff t USING (staff_id)
WHERE t.disabled_at IS NULL
  AND (asked.token_hash IS NULL
       OR EXISTS (SELECT FROM session s WHERE s.token_hash = asked.token_hash AND s.expires_at > $3))
