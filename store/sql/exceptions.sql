-- name: list_open
-- Open exceptions, worst and oldest first: reads the index exception_open in order and stops at the limit.
-- $1 kinds $2 severities $3 carriers $4 shop $5 parcel ids (each null: any), $6 severity, $7 opened_at, $8 exception id
-- of the last row seen (null: from the start), $9 limit.
SELECT b.body, page.severity, page.opened_at, page.exception_id
FROM (
    SELECT e.exception_id, e.severity, e.opened_at
    FROM exception e
    WHERE e.state = 'open'
      AND ($1::text[] IS NULL OR e.kind = ANY($1))
      AND ($2::smallint[] IS NULL OR e.severity = ANY($2))
      AND ($3::text[] IS NULL OR split_part(e.parcel_id, ':', 1) = ANY($3))
      AND ($4::text IS NULL OR EXISTS (
            SELECT 1 FROM registration r WHERE r.parcel_id = e.parcel_id AND r.shop_id = $4))
      AND ($5::text[] IS NULL OR e.parcel_id = ANY($5))
      AND ($6::smallint IS NULL
           OR (e.severity <= $6 AND (e.severity < $6 OR (e.opened_at, e.exception_id) > ($7, $8))))
    ORDER BY e.severity DESC, e.opened_at, e.exception_id
    LIMIT $9
) page
JOIN LATERAL (SELECT body FROM exception_board WHERE key = page.exception_id) b ON true
ORDER BY page.severity DESC, page.opened_at, page.exception_id

-- name: list_past
-- Exceptions in the states $10, worst and oldest first. The rest as in list_open.
SELECT b.body, page.severity, page.opened_at, page.exception_id
FROM (
    SELECT e.exception_id, e.severity, e.opened_at
    FROM exception e
    WHERE e.state = ANY($10::text[])
      AND ($1::text[] IS NULL OR e.kind = ANY($1))
      AND ($2::smallint[] IS NULL OR e.severity = ANY($2))
      AND ($3::text[] IS NULL OR split_part(e.parcel_id, ':', 1) = ANY($3))
      AND ($4::text IS NULL OR EXISTS (
            SELECT 1 FROM registration r WHERE r.parcel_id = e.parcel_id AND r.shop_id = $4))
      AND ($5::text[] IS NULL OR e.parcel_id = ANY($5))
      AND ($6::smallint IS NULL
           OR (e.severity <= $6 AND (e.severity < $6 OR (e.opened_at, e.exception_id) > ($7, $8))))
    ORDER BY e.severity DESC, e.opened_at, e.exception_id
    LIMIT $9
) page
JOIN LATERAL (SELECT body FROM exception_board WHERE key = page.exception_id) b ON true
ORDER BY page.severity DESC, page.opened_at, page.exception_id

-- name: of_parcel
-- $1 parcel id. Newest first.
SELECT b.body
FROM exception e JOIN LATERAL (SELECT body FROM exception_board WHERE key = e.exception_id) b ON true
WHERE e.parcel_id = $1
ORDER BY e.opened_at DESC, e.exception_id

-- name: summary
-- $1 shop (null: all). Counts of the open exceptions.
SELECT e.kind, e.severity, split_part(e.parcel_id, ':', 1) AS carrier, count(*) AS n
FROM exception e
WHERE e.state = 'open'
  AND ($1::text IS NULL OR EXISTS (SELECT 1 FROM registration r WHERE r.parcel_id = e.parcel_id AND r.shop_id = $1))
GROUP BY 1, 2, 3
