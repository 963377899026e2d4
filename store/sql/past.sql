-- name: scans
-- $1, $2: received from, until. In the order of reception; those of one push follow each other.
SELECT parcel_id, received_at, body FROM scan
WHERE received_at >= $1 AND received_at < $2
ORDER BY received_at, parcel_id, scan_id

-- name: registrations
SELECT parcel_id, registered_at AS at, shop_id AS shop, order_ref AS "order", service, promised_at, declared_minor,
       insured_minor, currency, category, origin, destination, language, tier
FROM registration
WHERE registered_at >= $1 AND registered_at < $2
ORDER BY registered_at, parcel_id

-- name: reports
SELECT parcel_id, report_id, kind, at FROM report
WHERE at >= $1 AND at < $2
ORDER BY at, report_id
