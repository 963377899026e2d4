-- name: in_force
SELECT mapping_id, source, carrier, code, text, milestone, detail, culprit FROM mapping
WHERE retired_at IS NULL ORDER BY mapping_id

-- name: page
-- $1 before which number $2 how many $3 source (null: all) $4 also those that were taken back.
SELECT m.mapping_id, m.source, m.carrier, m.code, m.text, m.milestone, m.detail, m.culprit, m.note, m.added_at, m.added_by,
       m.retired_at, m.retired_by, s.name AS added_name,
       (SELECT count(*) FROM odd_scan o WHERE o.mapping_id = m.mapping_id) AS scans
FROM mapping m LEFT JOIN staff s ON m.added_by = 'staff:' || s.staff_id
WHERE m.mapping_id < $1 AND ($3::text IS NULL OR m.source = $3) AND ($4 OR m.retired_at IS NULL)
ORDER BY m.mapping_id DESC LIMIT $2

-- name: one
SELECT m.mapping_id, m.source, m.carrier, m.code, m.text, m.milestone, m.detail, m.culprit, m.note, m.added_at, m.added_by,
       m.retired_at, m.retired_by, s.name AS added_name,
       (SELECT count(*) FROM odd_scan o WHERE o.mapping_id = m.mapping_id) AS scans
FROM mapping m LEFT JOIN staff s ON m.added_by = 'staff:' || s.staff_id
WHERE m.mapping_id = $1

-- name: lock
LOCK TABLE mapping IN SHARE ROW EXCLUSIVE MODE

-- name: retire_key
-- $1 source $2 carrier $3 code $4 text $5 now $6 by whom.
UPDATE mapping SET retired_at = $5, retired_by = $6
WHERE source = $1 AND coalesce(carrier, '') = coalesce($2, '') AND lower(coalesce(code, '')) = lower(coalesce($3, ''))
  AND coalesce(text, '') = coalesce($4, '') AND retired_at IS NULL

-- name: add
INSERT INTO mapping (source, carrier, code, text, milestone, detail, culprit, note, added_at, added_by)
VALUES ($1, $2, $3, $4, $5, $6, $7, $8, $9, $10) RETURNING mapping_id

-- name: retire
UPDATE mapping SET retired_at = $2, retired_by = $3 WHERE mapping_id = $1 AND retired_at IS NULL RETURNING mapping_id

-- name: unread
-- $1-$5 the last group of the page before (null: the first page) $6 how many $7 source $8 carrier $9 a part of code or text
-- (null: all). A group is a code, or where there is none a text. The latest scan is its example.
WITH grouped AS (
    SELECT source, carrier, code, CASE WHEN code IS NULL THEN said END AS said, count(*) AS scans,
           count(DISTINCT said) AS texts, count(DISTINCT parcel_id) AS parcels,
           min(received_at) AS first_at, max(received_at) AS last_at,
           max(ARRAY[to_char(received_at AT TIME ZONE 'UTC', 'YYYYMMDDHH24MISSUS'), parcel_id, scan_id]) AS latest
    FROM odd_scan
    WHERE mapping_id IS NULL AND ($7::text IS NULL OR source = $7) AND ($8::text IS NULL OR carrier = $8)
      AND ($9::text IS NULL OR strpos(lower(coalesce(code, '')), lower($9)) > 0
           OR strpos(lower(coalesce(said, '')), lower($9)) > 0)
    GROUP BY 1, 2, 3, 4
), shown AS (
    SELECT * FROM grouped
    WHERE $1::bigint IS NULL
       OR (-scans, source, carrier, coalesce(code, ''), coalesce(said, ''))
          > (-$1::bigint, $2::text, $3::text, coalesce($4::text, ''), coalesce($5::text, ''))
    ORDER BY scans DESC, source, carrier, coalesce(code, ''), coalesce(said, '') LIMIT $6
)
SELECT g.source, g.carrier, g.code, g.said, g.scans, g.texts, g.parcels, g.first_at, g.last_at, s.parcel_id, s.body
FROM shown g LEFT JOIN scan s ON s.parcel_id = g.latest[2] AND s.scan_id = g.latest[3]
ORDER BY g.scans DESC, g.source, g.carrier, coalesce(g.code, ''), coalesce(g.said, '')

-- name: unread_count
SELECT source, count(*) AS n FROM odd_scan WHERE mapping_id IS NULL GROUP BY source ORDER BY source

-- name: texts
-- $1 source $2 carrier (null: all) $3 code, or null for scans without one $4 text (null: all) $5 how many.
WITH grouped AS (
    SELECT said, count(*) AS scans, max(received_at) AS last_at,
           max(ARRAY[to_char(received_at AT TIME ZONE 'UTC', 'YYYYMMDDHH24MISSUS'), parcel_id, scan_id]) AS latest
    FROM odd_scan
    WHERE mapping_id IS NULL AND source = $1 AND ($2::text IS NULL OR carrier = $2) AND code IS NOT DISTINCT FROM $3
      AND ($4::text IS NULL OR said = $4)
    GROUP BY said ORDER BY count(*) DESC, said LIMIT $5
)
SELECT g.said, g.scans, g.last_at, s.parcel_id, s.body
FROM grouped g LEFT JOIN scan s ON s.parcel_id = g.latest[2] AND s.scan_id = g.latest[3]
ORDER BY g.scans DESC, g.said

-- name: odd_after
-- $1 parcel and $2 scan behind which $3 source $4 carrier $5 code $6 text $7 received since $8 mapping (null: any)
-- $9 how many.
SELECT o.parcel_id, o.received_at, s.body
FROM odd_scan o JOIN scan s USING (parcel_id, scan_id)
WHERE (o.parcel_id, o.scan_id) > ($1, $2) AND ($3::text IS NULL OR o.source = $3)
  AND ($4::text IS NULL OR o.carrier = $4) AND ($5::text IS NULL OR lower(o.code) = lower($5))
  AND ($6::text IS NULL OR o.said = $6) AND ($7::timestamptz IS NULL OR o.received_at >= $7)
  AND ($8::bigint IS NULL OR o.mapping_id = $8)
ORDER BY o.parcel_id, o.scan_id LIMIT $9

-- name: all_after
-- $1 parcel and $2 scan behind which $3 the parcel id at which to end (null: none) $4 how many. By the primary key.
SELECT parcel_id, received_at, body FROM scan
WHERE (parcel_id, scan_id) > ($1, $2) AND ($3::text IS NULL OR parcel_id < $3)
ORDER BY parcel_id, scan_id LIMIT $4
