-- name: add_staff
-- $1 email, $2 name, $3 role, $4 language, $5 password hash, $6 now. No row when the e-mail is taken.
INSERT INTO staff (email, name, role, language, password_hash, created_at)
VALUES ($1, $2, $3, $4, $5, $6)
ON CONFLICT (lower(email)) DO NOTHING
RETURNING staff_id

-- name: set_password
-- $1 email, $2 password hash.
UPDATE staff SET password_hash = $2 WHERE lower(email) = lower($1) RETURNING staff_id

-- name: rehash_password
-- $1 staff id, $2 old hash, $3 new hash: only if nobody changed it meanwhile.
UPDATE staff SET password_hash = $3 WHERE staff_id = $1 AND password_hash = $2

-- name: disable_staff
-- $1 email, $2 now.
UPDATE staff SET disabled_at = coalesce(disabled_at, $2) WHERE lower(email) = lower($1) RETURNING staff_id

-- name: disable_staff_by_id
-- $1 staff id, $2 now.
UPDATE staff SET disabled_at = coalesce(disabled_at, $2) WHERE staff_id = $1 RETURNING staff_id

-- name: end_sessions_of
-- $1 staff id.
DELETE FROM session WHERE staff_id = $1

-- name: end_tickets_of
-- $1 staff id.
DELETE FROM live_ticket WHERE staff_id = $1

-- name: list_staff
SELECT staff_id, email, name, role, language, disabled_at, created_at FROM staff ORDER BY lower(email)

-- name: find_staff
-- $1 email.
SELECT staff_id, email, name, role, language, password_hash, disabled_at FROM staff WHERE lower(email) = lower($1)

-- name: recent_attempts
-- $1 subjects, $2 since. The count of failed sign-ins by subject.
SELECT subject, count(*) AS attempts FROM login_attempt WHERE subject = ANY($1::text[]) AND at > $2 GROUP BY subject

-- name: note_attempts
-- $1 subjects, $2 now.
INSERT INTO login_attempt (subject, at) SELECT subject, $2 FROM unnest($1::text[]) AS subject

-- name: forget_attempts
-- $1 account, $2 address, $3 the moment noted: a sign-in that went well clears the account's count and takes its own
-- attempt off the address's, so that a shift behind one address can sign in.
DELETE FROM login_attempt WHERE subject = $1 OR (subject = $2 AND at = $3)

-- name: open_session
-- $1 token hash, $2 staff id, $3 csrf, $4 now, $5 absolute end.
INSERT INTO session (token_hash, staff_id, csrf, created_at, seen_at, expires_at) VALUES ($1, $2, $3, $4, $4, $5)

-- name: session_of
-- $1 token hash, $2 now, $3 seen since (the inactivity limit).
SELECT s.csrf, s.seen_at, t.staff_id, t.email, t.name, t.role, t.language
FROM session s JOIN staff t USING (staff_id)
WHERE s.token_hash = $1 AND s.expires_at > $2 AND s.seen_at > $3 AND t.disabled_at IS NULL

-- name: touch_session
-- $1 token hash, $2 now.
UPDATE session SET seen_at = $2 WHERE token_hash = $1 AND seen_at < $2

-- name: close_session
-- $1 token hash.
DELETE FROM session WHERE token_hash = $1

-- name: sweep_sessions
-- $1 now, $2 seen since, $3 attempts kept since.
WITH gone AS (DELETE FROM session WHERE expires_at <= $1 OR seen_at <= $2),
     spent AS (DELETE FROM live_ticket WHERE expires_at <= $1)
DELETE FROM login_attempt WHERE at < $3

-- name: open_ticket
-- $1 ticket hash, $2 staff id, $3 end, $4 hash of the session's token: the socket ends with the session.
INSERT INTO live_ticket (ticket_hash, staff_id, expires_at, token_hash) VALUES ($1, $2, $3, $4)

-- name: add_shop
-- $1 shop id, $2 name, $3 webhook url, $4 sealed webhook secret, $5 now.
INSERT INTO shop (shop_id, name, webhook_url, webhook_secret, created_at) VALUES ($1, $2, $3, $4, $5)
ON CONFLICT (shop_id) DO UPDATE SET name = excluded.name,
    webhook_url = coalesce(excluded.webhook_url, shop.webhook_url),
    webhook_disabled_at = CASE WHEN excluded.webhook_url IS NULL THEN shop.webhook_disabled_at END,
    webhook_secret = coalesce(excluded.webhook_secret, shop.webhook_secret)

-- name: shop_exists
-- $1 shop id.
SELECT EXISTS (SELECT FROM shop WHERE shop_id = $1)

-- name: add_api_key
-- $1 key id, $2 kind, $3 owner, $4 secret hash, $5 now.
INSERT INTO api_key (key_id, kind, owner, secret_hash, created_at) VALUES ($1, $2, $3, $4, $5)

-- name: ensure_api_key
-- $1 key id, $2 kind, $3 owner, $4 secret hash, $5 now. One that is there, revoked or not, stays as it is.
INSERT INTO api_key (key_id, kind, owner, secret_hash, created_at) VALUES ($1, $2, $3, $4, $5)
ON CONFLICT (key_id) DO NOTHING

-- name: find_api_key
-- $1 key id.
SELECT key_id, kind, owner, secret_hash, used_at FROM api_key WHERE key_id = $1 AND revoked_at IS NULL

-- name: touch_api_key
-- $1 key id, $2 now.
UPDATE api_key SET used_at = $2 WHERE key_id = $1

-- name: revoke_api_key
-- $1 key id, $2 now.
UPDATE api_key SET revoked_at = coalesce(revoked_at, $2) WHERE key_id = $1 RETURNING key_id

-- name: list_api_keys
SELECT key_id, kind, owner, created_at, used_at, revoked_at FROM api_key ORDER BY created_at, key_id

-- name: add_intake_secret
-- $1 format, $2 account, $3 sealed secret, $4 now.
INSERT INTO intake_secret (format, account, secret, created_at) VALUES ($1, $2, $3, $4) RETURNING intake_secret_id

-- name: retire_intake_secret
-- $1 id, $2 now.
UPDATE intake_secret SET retired_at = coalesce(retired_at, $2) WHERE intake_secret_id = $1 RETURNING intake_secret_id

-- name: live_intake_secrets
-- All that are not retired, newest first.
SELECT format, account, secret FROM intake_secret WHERE retired_at IS NULL ORDER BY intake_secret_id DESC

-- name: list_intake_secrets
-- Without the secrets.
SELECT intake_secret_id, format, account, created_at, retired_at FROM intake_secret ORDER BY intake_secret_id
