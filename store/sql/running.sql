-- What `waywarden up`, `demo` and `doctor` ask the database.

-- name: database_exists
SELECT EXISTS (SELECT FROM pg_database WHERE datname = 'waywarden')

-- name: create_database
CREATE DATABASE waywarden

-- name: progress
SELECT coalesce(sum(next_offset), 0)::bigint FROM progress

-- A parcel worth showing: one whose consumer was told something first, among these one with an open case.
-- name: parcel_to_show
SELECT r.parcel_id, o.parcel_id IS NOT NULL AS told
FROM registration r
LEFT JOIN (SELECT parcel_id, max(at) AS at FROM outbox WHERE state = 'routed' GROUP BY parcel_id) o USING (parcel_id)
LEFT JOIN (SELECT DISTINCT parcel_id FROM cases WHERE state NOT IN ('resolved', 'closed')) c USING (parcel_id)
WHERE r.link IS NOT NULL
ORDER BY o.parcel_id IS NULL, c.parcel_id IS NULL, o.at DESC, r.parcel_id
LIMIT 1

-- name: counts
SELECT (SELECT count(*) FROM parcel) AS parcels,
       (SELECT count(*) FROM parcel WHERE active) AS active,
       (SELECT count(*) FROM cases WHERE state NOT IN ('resolved', 'closed')) AS open_cases,
       (SELECT count(*) FROM quarantine) AS quarantined,
       (SELECT count(*) FROM inbox) AS waiting_in_inbox
