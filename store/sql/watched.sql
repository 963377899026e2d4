-- name: states
-- $1 parcel ids.
SELECT parcel_id, state FROM parcel WHERE parcel_id = ANY($1::text[])

-- name: histories
-- $1 parcel ids: every stored scan of theirs.
SELECT parcel_id, body FROM scan WHERE parcel_id = ANY($1::text[])

-- name: due
-- The parcels of a partition whose answer may have changed by now, longest overdue first.
SELECT parcel_id, state FROM parcel
WHERE partition = $1 AND due_at <= $2
ORDER BY due_at LIMIT $3

-- name: next_due
SELECT min(due_at) FROM parcel WHERE partition = $1 AND due_at IS NOT NULL

-- name: postpone
-- $1 parcel ids, $2 when to look again at each (null: never).
UPDATE parcel p SET due_at = n.due_at
FROM unnest($1::text[], $2::timestamptz[]) AS n(parcel_id, due_at)
WHERE p.parcel_id = n.parcel_id
