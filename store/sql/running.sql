-- What `waywarden up`, `demo` and `doctor` ask the database.

-- name: database_exists
SELECT EXISTS (SELECT FROM pg_database WHERE datname = 'waywarden')

-- name: create_database
CREATE DATABASE waywarden

-- name: progress
SELECT coalesce(sum(next_offset), 0)::bigint FROM progress

-- A parcel worth showing: one with an open case first, then one with an exception, then any.
-- name: parcel_to_show
SELECT r.parcel_id
FROM registration r
JOIN parcel p USING (parcel_id)
LEFT JOIN LATERAL (
    SELECT true AS has FROM cases c WHERE c.parcel_id = r.parcel_id AND c.state <> 'closed' LIMIT 1
) c ON true
LEFT JOIN LATERAL (SELECT true AS has FROM outbox o WHERE o.parcel_id = r.parcel_id LIMIT 1) o ON true
WHERE r.link IS NOT NULL
ORDER BY c.has NULLS LAST, o.has NULLS LAST, r.registered_at DESC
LIMIT 1

-- name: counts
SELECT (SELECT count(*) FROM parcel) AS parcels,
       (SELECT count(*) FROM parcel WHERE active) AS active,
       (SELECT count(*) FROM cases WHERE state NOT IN ('resolved', 'closed')) AS open_cases,
       (SELECT count(*) FROM quarantine) AS quarantined,
       (SELECT count(*) FROM inbox) AS waiting_in_inbox
