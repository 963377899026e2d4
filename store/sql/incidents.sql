-- name: list_incidents
-- Newest first: reads the index incident_found and stops at the limit. $1 kinds $2 carriers $3 open (null: both),
-- $4 found_at, $5 incident id of the last row seen (null: from the start), $6 limit.
SELECT b.body, i.found_at, i.incident_id
FROM incident i JOIN incident_board b ON b.key = i.incident_id
WHERE ($1::text[] IS NULL OR i.kind = ANY($1))
  AND ($2::text[] IS NULL OR i.carrier = ANY($2))
  AND ($3::boolean IS NULL OR (i.until IS NULL) = $3)
  AND ($4::timestamptz IS NULL OR i.found_at < $4 OR (i.found_at = $4 AND i.incident_id > $5))
ORDER BY i.found_at DESC, i.incident_id
LIMIT $6

-- name: one
SELECT body FROM incident_board WHERE key = $1

-- name: children
-- The exceptions that are part of an incident, in the order in which they got into it. $1 incident id $2 open ones only
-- $3 opened_at, $4 exception id of the last row seen (null: from the start), $5 limit.
SELECT b.body, page.opened_at, page.exception_id
FROM (
    SELECT exception_id, opened_at FROM exception
    WHERE incident_id = $1 AND state <> 'retracted' AND (NOT $2::boolean OR state = 'open')
      AND ($3::timestamptz IS NULL OR (opened_at, exception_id) > ($3, $4))
    ORDER BY opened_at, exception_id
    LIMIT $5
) page
JOIN LATERAL (SELECT body FROM exception_board WHERE key = page.exception_id) b ON true
ORDER BY page.opened_at, page.exception_id

-- name: cases
-- $1 incident id $2 limit. The cases of its parcels that are being worked on, most urgent first, with how many there are.
SELECT b.body, page.total
FROM (
    SELECT c.case_id, c.priority, c.opened_at, count(*) OVER () AS total
    FROM exception e
    JOIN cases c USING (parcel_id)
    JOIN case_incident i ON i.case_id = c.case_id AND i.incident_id = e.incident_id
    WHERE e.incident_id = $1 AND e.state <> 'retracted' AND c.state NOT IN ('resolved', 'closed')
    GROUP BY c.case_id
    ORDER BY c.priority DESC, c.opened_at, c.case_id
    LIMIT $2
) page
JOIN LATERAL (SELECT body FROM case_board WHERE key = page.case_id) b ON true
ORDER BY page.priority DESC, page.opened_at, page.case_id

-- name: of_parcel
-- $1 parcel id. The incidents that it is in: that of its open exceptions, and its carrier's feed while it is under way.
SELECT body FROM incident_board
WHERE key IN (
    SELECT incident_id FROM exception WHERE parcel_id = $1 AND state = 'open' AND incident_id IS NOT NULL
    UNION ALL
    SELECT i.incident_id FROM parcel p JOIN incident i USING (carrier)
    WHERE p.parcel_id = $1 AND p.active AND i.until IS NULL AND i.facility = ''
)
ORDER BY key
