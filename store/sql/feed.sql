-- name: publish_exceptions
-- $1 exception ids. The row as it is now, inside the caller's transaction.
INSERT INTO feed (noun, key, shop_id, body)
SELECT 'exception', key, shop_id, body FROM exception_board WHERE key = ANY($1::text[]) ORDER BY key

-- name: publish_cases
-- $1 case ids.
INSERT INTO feed (noun, key, shop_id, body)
SELECT 'case', key, shop_id, body FROM case_board WHERE key = ANY($1::text[]) ORDER BY key

-- name: wake
-- Only wakes the tails; the table is the truth.
SELECT pg_notify('feed', '')
