-- name: scans
-- $1 parcel ids: every stored scan of theirs.
SELECT parcel_id, body, received_at FROM scan WHERE parcel_id = ANY($1::text[])

-- name: registrations
SELECT parcel_id, registered_at AS at, shop_id AS shop, order_ref AS "order", service, promised_at, declared_minor,
       insured_minor, currency, category, origin, destination, language, tier, link, consent
FROM registration WHERE parcel_id = ANY($1::text[])

-- name: reports
SELECT parcel_id, report_id, kind, at FROM report WHERE parcel_id = ANY($1::text[])

-- name: exceptions
-- `told`: a message about it was wanted; every later one about it follows the first.
SELECT e.parcel_id, e.exception_id, e.kind, e.severity, e.state, e.since, e.opened_at, e.closed_at,
       coalesce(e.evidence ->> 'rule', '') AS rule, coalesce(e.evidence -> 'scans', '[]') AS scans,
       coalesce(e.evidence -> 'reports', '[]') AS reports,
       EXISTS (SELECT FROM outbox o WHERE o.exception_id = e.exception_id) AS told, v.verdict
FROM exception e LEFT JOIN verdict v ON v.verdict_id = e.exception_id
WHERE e.parcel_id = ANY($1::text[])

-- name: told
-- The delivery moment that people were last told. What cases write says nothing of it.
SELECT DISTINCT ON (parcel_id) parcel_id, (data ->> 'expected_at')::timestamptz AS told_at
FROM outbox
WHERE parcel_id = ANY($1::text[]) AND case_id IS NULL AND data ->> 'expected_at' IS NOT NULL
ORDER BY parcel_id, at DESC, notice_id
