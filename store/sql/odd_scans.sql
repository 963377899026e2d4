-- name: note
-- $1 parcel ids $2 scan ids $3 sources $4 carriers $5 codes $6 what they say $7 mappings. The scans are stored already.
INSERT INTO odd_scan (parcel_id, scan_id, source, carrier, code, said, received_at, mapping_id)
SELECT n.parcel_id, n.scan_id, n.source, n.carrier, n.code, n.said, s.received_at, n.mapping_id
FROM unnest($1::text[], $2::text[], $3::text[], $4::text[], $5::text[], $6::text[], $7::bigint[])
     AS n(parcel_id, scan_id, source, carrier, code, said, mapping_id)
JOIN scan s USING (parcel_id, scan_id)
ON CONFLICT (parcel_id, scan_id) DO UPDATE SET mapping_id = excluded.mapping_id

-- name: forget
-- $1 parcel ids $2 scan ids.
DELETE FROM odd_scan o USING unnest($1::text[], $2::text[]) AS n(parcel_id, scan_id)
WHERE o.parcel_id = n.parcel_id AND o.scan_id = n.scan_id
