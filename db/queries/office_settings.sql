-- The business as its owner has set it up. $1 is the tenant.

-- name: business
SELECT tenant_id, slug, name, language, time_zone, currency, persona, agents, settings, version,
       suspended_at IS NOT NULL AS suspended, spend_ceiling_micros
  FROM tenants
 WHERE tenant_id = $1;

-- name: accounts
SELECT account_id, channel, role, external_id, name, handle, status, trouble, trouble_code,
       manages_bots, managed_by
  FROM channel_accounts
 WHERE tenant_id = $1
 ORDER BY account_id;
