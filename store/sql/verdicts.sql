-- name: give
-- A verdict that was given before keeps its moment; it changes only when it was another.
INSERT INTO verdict (verdict_id, parcel_id, carrier, kind, verdict, why, at, opened_at, lead_s, found)
SELECT * FROM unnest($1::text[], $2::text[], $3::text[], $4::text[], $5::text[], $6::text[], $7::timestamptz[],
                     $8::timestamptz[], $9::integer[], $10::boolean[])
ON CONFLICT (verdict_id) DO UPDATE SET
    verdict = excluded.verdict, why = excluded.why, lead_s = excluded.lead_s, found = excluded.found
WHERE verdict.verdict <> excluded.verdict

-- name: withdraw
-- $1 ids of troubles that were called missed, and were none.
DELETE FROM verdict WHERE verdict_id = ANY($1::text[]) AND verdict = 'missed'

-- name: count
-- $1 day $2 partition, then by carrier: $3 carriers $4 arrived $5 kept $6 missed, and ten counts each, one after the other:
-- $7 told $8 came late $9 percents.
INSERT INTO tally (day, carrier, partition, arrived, kept, missed, told, came_late, percents)
SELECT $1, n.carrier, $2, n.arrived, n.kept, n.missed, ($7::integer[])[(nth - 1) * 10 + 1 : nth * 10],
       ($8::integer[])[(nth - 1) * 10 + 1 : nth * 10], ($9::integer[])[(nth - 1) * 10 + 1 : nth * 10]
FROM unnest($3::text[], $4::integer[], $5::integer[], $6::integer[]) WITH ORDINALITY
     AS n(carrier, arrived, kept, missed, nth)
ON CONFLICT (day, carrier, partition) DO UPDATE SET
    arrived = tally.arrived + excluded.arrived, kept = tally.kept + excluded.kept,
    missed = tally.missed + excluded.missed, told = waywarden_add(tally.told, excluded.told),
    came_late = waywarden_add(tally.came_late, excluded.came_late),
    percents = waywarden_add(tally.percents, excluded.percents)
