-- A business's bots and numbers, as an owner changes them in chat. $1 is the tenant.

-- name: lock
SELECT pg_advisory_xact_lock(hashtextextended('account:' || $1 || ':' || $2, 0));

-- name: by_id
SELECT account_id, channel, role, external_id, name, handle, status, trouble, managed_by, delivery, secrets
  FROM channel_accounts
 WHERE tenant_id = $1 AND account_id = $2;

-- name: by_external_id
SELECT account_id, channel, role, external_id, name, handle, status, trouble, managed_by, delivery, secrets
  FROM channel_accounts
 WHERE tenant_id = $1 AND channel = $2 AND external_id = $3;

-- name: pause
-- The version grows with it, so that running processes see the change whatever else was paused meanwhile.
UPDATE channel_accounts
   SET status = CASE WHEN $3 THEN 'paused' ELSE 'active' END, trouble = '', trouble_code = '', version = version + 1
 WHERE tenant_id = $1 AND account_id = $2 AND role = 'customer'
RETURNING true;
