-- name: list_live
-- Cases that are not closed, by priority: reads the index cases_live in order and stops at the limit.
-- $1 states $2 kinds $3 severities $4 carriers $5 shop $6 assignee $7 unassigned $8 breached $9 parcel ids $10 case id
-- (each null: any), $11 priority, $12 opened_at, $13 case id of the last row seen (null: from the start), $14 limit.
SELECT b.body, page.priority, page.opened_at, page.case_id
FROM (
    SELECT c.case_id, c.priority, c.opened_at
    FROM cases c
    WHERE c.state <> 'closed'
      AND ($1::text[] IS NULL OR c.state = ANY($1))
      AND ($2::text[] IS NULL OR c.kind = ANY($2))
      AND ($3::smallint[] IS NULL OR c.severity = ANY($3))
      AND ($4::text[] IS NULL OR split_part(c.parcel_id, ':', 1) = ANY($4))
      AND ($5::text IS NULL OR EXISTS (
            SELECT 1 FROM registration r WHERE r.parcel_id = c.parcel_id AND r.shop_id = $5))
      AND ($6::uuid IS NULL OR c.assignee = $6)
      AND (NOT $7::boolean OR c.assignee IS NULL)
      AND ($8::boolean IS NULL OR $8 = EXISTS (
            SELECT 1 FROM case_clock k WHERE k.case_id = c.case_id AND k.state = 'breached'))
      AND (($9::text[] IS NULL AND $10::text IS NULL) OR c.parcel_id = ANY($9) OR c.case_id = $10)
      AND ($11::integer IS NULL OR (c.priority <= $11 AND (c.priority < $11 OR (c.opened_at, c.case_id) > ($12, $13))))
    ORDER BY c.priority DESC, c.opened_at, c.case_id
    LIMIT $14
) page
JOIN LATERAL (SELECT body FROM case_board WHERE key = page.case_id) b ON true
ORDER BY page.priority DESC, page.opened_at, page.case_id

-- name: list_all
-- The same with the closed ones: only for a caller that asks for them by state, shop or parcel.
SELECT b.body, page.priority, page.opened_at, page.case_id
FROM (
    SELECT c.case_id, c.priority, c.opened_at
    FROM cases c
    WHERE ($1::text[] IS NULL OR c.state = ANY($1))
      AND ($2::text[] IS NULL OR c.kind = ANY($2))
      AND ($3::smallint[] IS NULL OR c.severity = ANY($3))
      AND ($4::text[] IS NULL OR split_part(c.parcel_id, ':', 1) = ANY($4))
      AND ($5::text IS NULL OR EXISTS (
            SELECT 1 FROM registration r WHERE r.parcel_id = c.parcel_id AND r.shop_id = $5))
      AND ($6::uuid IS NULL OR c.assignee = $6)
      AND (NOT $7::boolean OR c.assignee IS NULL)
      AND ($8::boolean IS NULL OR $8 = EXISTS (
            SELECT 1 FROM case_clock k WHERE k.case_id = c.case_id AND k.state = 'breached'))
      AND (($9::text[] IS NULL AND $10::text IS NULL) OR c.parcel_id = ANY($9) OR c.case_id = $10)
      AND ($11::integer IS NULL OR (c.priority <= $11 AND (c.priority < $11 OR (c.opened_at, c.case_id) > ($12, $13))))
    ORDER BY c.priority DESC, c.opened_at, c.case_id
    LIMIT $14
) page
JOIN LATERAL (SELECT body FROM case_board WHERE key = page.case_id) b ON true
ORDER BY page.priority DESC, page.opened_at, page.case_id

-- name: board_row
-- $1 case id.
SELECT body, shop_id FROM case_board WHERE key = $1

-- name: of_parcel
-- $1 parcel id. The board rows of a parcel's cases, newest first.
SELECT b.body
FROM cases c JOIN LATERAL (SELECT body FROM case_board WHERE key = c.case_id) b ON true
WHERE c.parcel_id = $1
ORDER BY c.opened_at DESC, c.case_id

-- name: trail
-- $1 case id. The audit trail, oldest first, with the names of the staff who acted.
SELECT e.version, e.at, e.actor, e.type, e.reason, e.data, s.name AS actor_name
FROM case_event e
LEFT JOIN staff s ON e.actor = 'staff:' || s.staff_id::text
WHERE e.case_id = $1
ORDER BY e.case_event_id

-- name: clocks
-- $1 case id.
SELECT clock, state, started_at, due_at, remaining_s, met_at, breached_at
FROM case_clock WHERE case_id = $1 ORDER BY due_at, clock

-- name: lock
-- $1 case id. Held until the transaction ends, so that two changes of one case queue up and the second sees the first.
SELECT c.case_id, c.parcel_id, c.kind, c.state, c.severity, c.priority, c.opened_at, c.assignee, c.waiting_on,
       c.reason, c.resolution, c.resolved_at, c.closed_at, c.version, r.shop_id
FROM cases c LEFT JOIN registration r USING (parcel_id)
WHERE c.case_id = $1
FOR UPDATE OF c

-- name: open_of_kind
-- $1 parcel id $2 kind. The case that stands in the way of another of its kind.
SELECT case_id FROM cases WHERE parcel_id = $1 AND kind = $2 AND state NOT IN ('resolved', 'closed')

-- name: insert
INSERT INTO cases (case_id, parcel_id, kind, state, severity, priority, opened_by, opened_at, assignee, reason, updated_at)
VALUES ($1, $2, $3, $4, $5, $6, $7, $8, $9, $10, $8)
ON CONFLICT (parcel_id, kind) WHERE state NOT IN ('resolved', 'closed') DO NOTHING
RETURNING version

-- name: update
-- $1 case id $2 version it was read at; the rest as it becomes. No row: somebody was faster.
UPDATE cases
SET state = $3, waiting_on = $4, assignee = $5, priority = $6, resolution = $7, resolved_at = $8, closed_at = $9,
    updated_at = greatest(updated_at, $10), version = version + 1
WHERE case_id = $1 AND version = $2
RETURNING version

-- name: close_resolved
-- $1 resolved before $2 now $3 how many at most. A case that somebody has locked right now is left for the next round;
-- one that was reopened meanwhile no longer fits when its lock is free.
WITH due AS (
    SELECT case_id FROM cases
    WHERE state = 'resolved' AND resolved_at <= $1
    ORDER BY resolved_at, case_id
    LIMIT $3
    FOR UPDATE SKIP LOCKED
), changed AS (
    UPDATE cases c
    SET state = 'closed', closed_at = $2, updated_at = greatest(c.updated_at, $2), version = c.version + 1
    FROM due WHERE c.case_id = due.case_id
    RETURNING c.case_id, c.version
)
INSERT INTO case_event (case_id, version, at, actor, type, reason, data)
SELECT case_id, version, $2, 'system', 'CaseClosed', 'resolved and not reopened',
       jsonb_build_object('from', 'resolved', 'to', 'closed')
FROM changed ORDER BY case_id
RETURNING case_id

-- name: insert_event
INSERT INTO case_event (case_id, version, at, actor, type, reason, data) VALUES ($1, $2, $3, $4, $5, $6, $7)

-- name: put_clock
INSERT INTO case_clock (case_id, clock, state, started_at, due_at, remaining_s, met_at, breached_at)
VALUES ($1, $2, $3, $4, $5, $6, $7, $8)
ON CONFLICT (case_id, clock) DO UPDATE
SET state = excluded.state, started_at = excluded.started_at, due_at = excluded.due_at,
    remaining_s = excluded.remaining_s, met_at = excluded.met_at, breached_at = excluded.breached_at

-- name: insert_notice
-- The notice of one version of one case: written twice it is there once.
INSERT INTO outbox (notice_id, parcel_id, case_id, template, data, at)
VALUES ($1, $2, $3, $4, $5, $6)
ON CONFLICT (notice_id) DO NOTHING

-- name: staff_exists
SELECT EXISTS (SELECT 1 FROM staff WHERE staff_id = $1 AND disabled_at IS NULL)

-- name: parcel_of
-- $1 parcel id. What opening a case needs to know of its parcel.
SELECT p.parcel_id, r.shop_id, r.declared_minor, r.currency, r.tier
FROM parcel p LEFT JOIN registration r USING (parcel_id) WHERE p.parcel_id = $1

-- name: summary
-- $1 shop (null: all). Counts of the live cases.
SELECT c.kind, c.state, c.severity, split_part(c.parcel_id, ':', 1) AS carrier, count(*) AS n,
       count(*) FILTER (WHERE EXISTS (
           SELECT 1 FROM case_clock k WHERE k.case_id = c.case_id AND k.state = 'breached')) AS breached,
       count(*) FILTER (WHERE c.assignee IS NULL) AS unassigned
FROM cases c
WHERE c.state NOT IN ('resolved', 'closed')
  AND ($1::text IS NULL OR EXISTS (SELECT 1 FROM registration r WHERE r.parcel_id = c.parcel_id AND r.shop_id = $1))
GROUP BY 1, 2, 3, 4

-- name: colleagues
SELECT staff_id, name, role FROM staff WHERE disabled_at IS NULL ORDER BY name, staff_id
