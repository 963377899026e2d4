-- name: exceptions
-- The open exceptions by kind and severity.
SELECT kind, severity, count(*) AS n FROM exception WHERE state = 'open' GROUP BY kind, severity

-- name: cases
-- The cases that are not closed by kind and state.
SELECT kind, state, count(*) AS n FROM cases WHERE state <> 'closed' GROUP BY kind, state

-- name: clocks
-- The clocks of cases that are being worked on, by clock and state.
SELECT k.clock, k.state, count(*) AS n
FROM cases c JOIN case_clock k USING (case_id)
WHERE c.state NOT IN ('resolved', 'closed')
GROUP BY k.clock, k.state
