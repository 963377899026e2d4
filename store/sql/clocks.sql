-- name: breach_due
-- $1 now, $2 how many at most. A case that somebody else has locked right now is left for the next round. A clock still
-- running on a case that is over is cancelled. Every breach is a version of its case, so two clocks of one case are two.
WITH due AS (
    SELECT k.case_id, k.clock, k.due_at, c.state IN ('resolved', 'closed') AS over
    FROM case_clock k JOIN cases c USING (case_id)
    WHERE k.state = 'running' AND k.due_at <= $1
    ORDER BY k.due_at
    LIMIT $2
    FOR UPDATE OF c, k SKIP LOCKED
), ticked AS (
    UPDATE case_clock k
    SET state = CASE WHEN d.over THEN 'cancelled' ELSE 'breached' END,
        breached_at = CASE WHEN d.over THEN NULL ELSE $1::timestamptz END
    FROM due d WHERE k.case_id = d.case_id AND k.clock = d.clock
), numbered AS (
    SELECT case_id, clock, due_at, row_number() OVER (PARTITION BY case_id ORDER BY due_at, clock) AS nth,
           count(*) OVER (PARTITION BY case_id) AS of
    FROM due WHERE NOT over
), changed AS (
    UPDATE cases c
    SET version = c.version + n.of, escalation = c.escalation + n.of, updated_at = $1
    FROM numbered n WHERE c.case_id = n.case_id AND n.nth = 1
    RETURNING c.case_id, c.version - n.of AS version
), told AS (
    INSERT INTO case_event (case_id, version, at, actor, type, reason, data)
    SELECT n.case_id, x.version + n.nth, $1, 'system', 'ClockBreached', NULL,
           jsonb_build_object('clock', n.clock, 'due_at', n.due_at)
    FROM numbered n JOIN changed x USING (case_id)
    ORDER BY n.case_id, n.nth
)
SELECT case_id, clock, over FROM due

-- name: next_due
SELECT min(due_at) FROM case_clock WHERE state = 'running'
