-- name: insert_cases
-- One row a wanted case; nothing where the parcel has an open case of that kind (index cases_one_open) or the case is
-- already there. The opening is version 1; the system's own acceptance, where there is one, version 2.
WITH wanted AS (
    SELECT * FROM unnest($1::text[], $2::text[], $3::text[], $4::smallint[], $5::integer[], $6::text[],
                         $7::timestamptz[], $8::text[], $9::text[], $10::timestamptz[])
        AS w(case_id, parcel_id, kind, severity, priority, opened_by, opened_at, reason, exception_id, accepted_at)
), made AS (
    INSERT INTO cases (case_id, parcel_id, kind, state, severity, priority, opened_by, opened_at, reason, updated_at,
                       version)
    SELECT case_id, parcel_id, kind, 'open', severity, priority, opened_by, opened_at, reason, opened_at,
           CASE WHEN accepted_at IS NULL THEN 1 ELSE 2 END
    FROM wanted ORDER BY case_id
    ON CONFLICT DO NOTHING
    RETURNING case_id
), told AS (
    INSERT INTO case_event (case_id, version, at, actor, type, reason, data)
    SELECT case_id, e.version, e.at, e.actor, e.type, e.reason, e.data
    FROM made JOIN wanted USING (case_id)
    CROSS JOIN LATERAL (
        VALUES (1, opened_at, opened_by, 'CaseOpened', wanted.reason,
                jsonb_build_object('exceptions', jsonb_build_array(exception_id))),
               (2, accepted_at, 'system', 'CaseAccepted', NULL, '{}')
    ) AS e(version, at, actor, type, reason, data)
    WHERE e.at IS NOT NULL
    ORDER BY case_id, e.version
)
SELECT case_id FROM made

-- name: insert_clocks
INSERT INTO case_clock (case_id, clock, state, started_at, due_at, met_at)
SELECT n.case_id, n.clock, CASE WHEN n.met_at IS NULL THEN 'running' ELSE 'met' END, n.started_at, n.due_at, n.met_at
FROM unnest($1::text[], $2::text[], $3::timestamptz[], $4::timestamptz[], $5::timestamptz[])
     AS n(case_id, clock, started_at, due_at, met_at)
ON CONFLICT DO NOTHING

-- name: lock_open
-- The open case of each wanted parcel and kind, locked in a fixed order, as it is now and not as it was a moment ago.
SELECT w.exception_id, c.case_id
FROM unnest($1::text[], $2::text[], $3::text[]) AS w(parcel_id, kind, exception_id)
JOIN cases c ON c.parcel_id = w.parcel_id AND c.kind = w.kind AND c.state NOT IN ('resolved', 'closed')
ORDER BY c.case_id
FOR UPDATE OF c

-- name: attach
UPDATE exception e SET case_id = n.case_id
FROM unnest($1::text[], $2::text[]) AS n(exception_id, case_id)
WHERE e.exception_id = n.exception_id

-- name: raise_cases
-- Further findings on an open case: it gets no less severe and no less urgent.
WITH n AS (
    SELECT * FROM unnest($1::text[], $2::smallint[], $3::integer[], $4::timestamptz[], $5::text[], $6::text[])
        AS n(case_id, severity, priority, at, reason, data)
), changed AS (
    UPDATE cases c
    SET version = c.version + 1, severity = greatest(c.severity, n.severity),
        priority = greatest(c.priority, n.priority), updated_at = n.at
    FROM n WHERE c.case_id = n.case_id
    RETURNING c.case_id, c.version, n.at, n.reason, n.data
)
INSERT INTO case_event (case_id, version, at, actor, type, reason, data)
SELECT case_id, version, at, 'system', 'ExceptionAttached', reason, data::jsonb FROM changed ORDER BY case_id

-- name: weigh_cases
-- $1 exceptions $2 the priority that each wants $3 now. A case that is over is left alone, and so is a priority that a
-- person set.
WITH n AS (
    SELECT e.case_id, max(w.priority) AS priority
    FROM unnest($1::text[], $2::integer[]) AS w(exception_id, priority) JOIN exception e USING (exception_id)
    WHERE e.case_id IS NOT NULL
    GROUP BY e.case_id
), fit AS (
    SELECT c.case_id, c.priority AS was, n.priority
    FROM n JOIN cases c USING (case_id)
    WHERE c.state NOT IN ('resolved', 'closed') AND c.priority < n.priority
      AND NOT EXISTS (SELECT FROM case_event e WHERE e.case_id = c.case_id AND e.type = 'CasePrioritised'
                      AND e.actor <> 'system')
), changed AS (
    UPDATE cases c
    SET version = c.version + 1, priority = fit.priority, updated_at = greatest(c.updated_at, $3)
    FROM fit WHERE c.case_id = fit.case_id
    RETURNING c.case_id, c.version, fit.was, c.priority
)
INSERT INTO case_event (case_id, version, at, actor, type, reason, data)
SELECT case_id, version, $3, 'system', 'CasePrioritised', 'registered', jsonb_build_object('from', was, 'to', priority)
FROM changed ORDER BY case_id
RETURNING case_id

-- name: lock_of_exceptions
SELECT c.case_id FROM cases c
WHERE c.case_id IN (SELECT e.case_id FROM exception e WHERE e.exception_id = ANY($1::text[]) AND e.case_id IS NOT NULL)
ORDER BY c.case_id
FOR UPDATE

-- name: follow_up
-- $1 exceptions that were just cleared or retracted, $2 now. A case of the system's own, none of whose exceptions ever
-- was true, is closed as mistaken; one whose exceptions are all over and that nobody took is resolved; every other case
-- only hears of it.
WITH hit AS (
    SELECT e.case_id, bool_and(e.state = 'retracted') AS all_retracted,
           string_agg(DISTINCT e.close_reason, '; ') AS reason, jsonb_agg(e.exception_id ORDER BY e.exception_id) AS ids
    FROM exception e
    WHERE e.exception_id = ANY($1::text[]) AND e.case_id IS NOT NULL
    GROUP BY e.case_id
), fact AS (
    SELECT h.*,
           EXISTS (SELECT FROM exception o WHERE o.case_id = h.case_id AND o.state = 'open') AS still_open,
           EXISTS (SELECT FROM exception o WHERE o.case_id = h.case_id AND o.state <> 'retracted') AS ever_true
    FROM hit h
), verdict AS (
    SELECT f.*, c.state AS was,
           CASE WHEN f.still_open OR c.opened_by <> 'system' THEN c.state
                WHEN NOT f.ever_true THEN 'closed'
                WHEN c.assignee IS NULL AND c.state <> 'closed' THEN 'resolved'
                ELSE c.state END AS becomes
    FROM fact f JOIN cases c USING (case_id)
), changed AS (
    UPDATE cases c
    SET version = c.version + 1, state = v.becomes, updated_at = $2,
        resolution = CASE WHEN v.becomes = v.was THEN c.resolution
                          WHEN v.becomes = 'closed' THEN 'mistaken: ' || v.reason ELSE v.reason END,
        waiting_on = CASE WHEN v.becomes = v.was THEN c.waiting_on END,
        resolved_at = CASE WHEN v.becomes <> v.was THEN coalesce(c.resolved_at, $2) ELSE c.resolved_at END,
        closed_at = CASE WHEN v.becomes = 'closed' AND v.was <> 'closed' THEN $2 ELSE c.closed_at END
    FROM verdict v
    WHERE c.case_id = v.case_id
    RETURNING c.case_id, c.version, v.was, v.becomes, v.all_retracted, v.reason, v.ids
), ticked AS (
    UPDATE case_clock k
    SET state = CASE WHEN k.state = 'breached' THEN k.state
                     WHEN x.becomes = 'resolved' AND k.clock = 'resolve' THEN 'met' ELSE 'cancelled' END,
        remaining_s = NULL,
        met_at = CASE WHEN x.becomes = 'resolved' AND k.clock = 'resolve' THEN $2 ELSE k.met_at END
    FROM changed x
    WHERE k.case_id = x.case_id AND x.becomes <> x.was AND k.state IN ('running', 'paused', 'breached')
)
INSERT INTO case_event (case_id, version, at, actor, type, reason, data)
SELECT case_id, version, $2, 'system',
       CASE WHEN becomes = was AND all_retracted THEN 'ExceptionRetracted' WHEN becomes = was THEN 'ExceptionCleared'
            WHEN becomes = 'closed' THEN 'CaseClosed' ELSE 'CaseResolved' END,
       reason, jsonb_build_object('from', was, 'to', becomes, 'exceptions', ids)
FROM changed ORDER BY case_id
RETURNING case_id
