-- name: plan_anew
-- For this transaction: a filter that is not asked for must not be in the plan, as it would be in one for all filters.
SET LOCAL plan_cache_mode = force_custom_plan

-- name: verdicts
-- $1, $2 from, until $3 carrier $4 kinds (null: any).
SELECT kind, carrier,
       count(*) FILTER (WHERE verdict = 'right') AS "right",
       count(*) FILTER (WHERE verdict = 'wrong') AS wrong,
       count(*) FILTER (WHERE verdict = 'unknown') AS unknown,
       count(*) FILTER (WHERE verdict = 'missed') AS missed,
       count(*) FILTER (WHERE found) AS found,
       count(*) FILTER (WHERE why = 'retracted') AS retracted
FROM verdict
WHERE at >= $1 AND at < $2 AND ($3::text IS NULL OR carrier = $3) AND ($4::text[] IS NULL OR kind = ANY($4))
GROUP BY kind, carrier

-- name: leads
-- $1, $2 from, until $3 carrier (null: any) $4 kinds. How many troubles were found how many quarters of an hour ahead.
SELECT kind, carrier, floor(lead_s::float8 / 900)::integer AS quarter, count(*) AS n
FROM verdict
WHERE found AND at >= $1 AND at < $2 AND ($3::text IS NULL OR carrier = $3) AND kind = ANY($4::text[])
GROUP BY 1, 2, 3

-- name: alerts
-- $1, $2 from, until $3 carrier $4 kinds (null: any). What was opened.
SELECT kind, split_part(parcel_id, ':', 1) AS carrier, count(*) AS n
FROM exception
WHERE opened_at >= $1 AND opened_at < $2 AND ($3::text IS NULL OR split_part(parcel_id, ':', 1) = $3)
  AND ($4::text[] IS NULL OR kind = ANY($4))
GROUP BY 1, 2

-- name: tallies
-- $1, $2 first and last day $3 carrier (null: any). By tenth of the chance that was told (0 to 9); the parcels' counts stand in
-- every row.
SELECT tenth - 1 AS tenth, coalesce(sum(told[tenth]), 0)::bigint AS told,
       coalesce(sum(came_late[tenth]), 0)::bigint AS came_late, coalesce(sum(percents[tenth]), 0)::bigint AS percents,
       coalesce(sum(arrived), 0)::bigint AS arrived, coalesce(sum(kept), 0)::bigint AS kept,
       coalesce(sum(missed), 0)::bigint AS missed
FROM generate_series(1, 10) AS tenth
LEFT JOIN tally ON day >= $1 AND day <= $2 AND ($3::text IS NULL OR carrier = $3)
GROUP BY tenth ORDER BY tenth

-- name: clocks
-- $1, $2 from, until $3 carrier (null: any). The clocks that began then; `minutes` until they were met, null while they are not.
SELECT clock, state, coalesce(state = 'breached' OR met_at > due_at, false) AS breached,
       (date_part('epoch', met_at - started_at) / 60)::integer AS minutes, count(*) AS n
FROM case_clock
WHERE started_at >= $1 AND started_at < $2
  AND ($3::text IS NULL OR case_id IN (
        SELECT c.case_id FROM cases c WHERE c.opened_at < $2 AND split_part(c.parcel_id, ':', 1) = $3))
GROUP BY 1, 2, 3, 4

-- name: cases
-- $1, $2 from, until $3 carrier (null: any). `at_first_go`: resolved then and never taken up again.
WITH fresh AS (
    SELECT count(*) AS opened, count(*) FILTER (WHERE kind = 'complaint') AS complaints
    FROM cases
    WHERE opened_at >= $1 AND opened_at < $2 AND ($3::text IS NULL OR split_part(parcel_id, ':', 1) = $3)
)
SELECT (SELECT opened FROM fresh) AS opened, (SELECT complaints FROM fresh) AS complaints,
       count(*) AS resolved,
       count(*) FILTER (WHERE coalesce(c.resolution, '') LIKE 'mistaken: %') AS mistaken,
       count(*) FILTER (WHERE c.case_id NOT IN (SELECT e.case_id FROM case_event e WHERE e.type = 'CaseReopened')
                        AND coalesce(c.resolution, '') NOT LIKE 'mistaken: %') AS at_first_go,
       (SELECT count(*) FROM case_event e JOIN cases c USING (case_id)
        WHERE e.type = 'CaseReopened' AND e.at >= $1 AND e.at < $2
          AND ($3::text IS NULL OR split_part(c.parcel_id, ':', 1) = $3)) AS reopened
FROM cases c
WHERE c.resolved_at >= $1 AND c.resolved_at < $2 AND ($3::text IS NULL OR split_part(c.parcel_id, ':', 1) = $3)

-- name: examples
-- $1, $2 from, until $3 carrier $4 kinds (null: any) $5 how many. The latest that were wrong or missed.
SELECT v.verdict_id, v.parcel_id, v.carrier, v.kind, v.verdict, v.why, v.at, v.opened_at,
       coalesce(p.waybill, split_part(v.parcel_id, ':', 2)) AS waybill
FROM verdict v LEFT JOIN parcel p USING (parcel_id)
WHERE v.verdict IN ('wrong', 'missed') AND v.at >= $1 AND v.at < $2 AND ($3::text IS NULL OR v.carrier = $3)
  AND ($4::text[] IS NULL OR v.kind = ANY($4))
ORDER BY v.at DESC, v.verdict_id LIMIT $5
