-- What spans tenants: which accounts run, whose desk a chat is.

-- name: desk_tenant
-- A chat whose business was deleted has no binding any more; it speaks for another one in which it has a seat.
SELECT coalesce(
    (SELECT tenant_id FROM invites
      WHERE code_hash = $3 AND used_at IS NULL AND expires_at > clock_timestamp()),
    (SELECT tenant_id FROM desk_bindings WHERE account_id = $1 AND chat = $2),
    (SELECT min(tenant_id) FROM members WHERE account_id = $1 AND chat = $2));

-- name: bind_desk
INSERT INTO desk_bindings (account_id, chat, tenant_id) VALUES ($1, $2, $3)
ON CONFLICT (account_id, chat) DO UPDATE SET tenant_id = excluded.tenant_id;

-- name: switch_desk
-- Only to a tenant whose member the chat is. Whether it spoke for another one before.
WITH before AS (
    SELECT tenant_id FROM desk_bindings WHERE account_id = $1 AND chat = $2
)
INSERT INTO desk_bindings (account_id, chat, tenant_id)
SELECT account_id, chat, tenant_id FROM members WHERE tenant_id = $3 AND account_id = $1 AND chat = $2
ON CONFLICT (account_id, chat) DO UPDATE SET tenant_id = $3
RETURNING coalesce((SELECT tenant_id FROM before) <> $3, false);

-- name: seats
SELECT m.tenant_id, t.name, m.role
  FROM members m JOIN tenants t USING (tenant_id)
 WHERE m.account_id = $1 AND m.chat = $2
 ORDER BY m.tenant_id;

-- name: desks
SELECT desk, account_id, chat FROM members WHERE tenant_id = $1;

-- name: accounts
SELECT tenant_id, account_id, channel, role, external_id, name, path_id, delivery, secrets, version, status
  FROM channel_accounts a
 WHERE status = 'active'
   AND NOT EXISTS (SELECT FROM tenants t WHERE t.tenant_id = a.tenant_id AND t.suspended_at IS NOT NULL)
 ORDER BY account_id;

-- name: tenants
SELECT tenant_id, slug, name, language, time_zone, currency, persona, templates, window_messages, models,
       agents, settings, knowledge_version, version, suspended_at
  FROM tenants
 ORDER BY tenant_id;

-- name: tenant
SELECT tenant_id, slug, name, language, time_zone, currency, persona, templates, window_messages, models,
       agents, settings, knowledge_version, version, suspended_at
  FROM tenants
 WHERE tenant_id = $1;

-- name: account
SELECT tenant_id, account_id, channel, role, external_id, name, path_id, delivery, secrets, version, status
  FROM channel_accounts
 WHERE account_id = $1;

-- name: holders
SELECT tenant_id, account_id, channel, role, external_id, name, path_id, delivery, secrets, version, status
  FROM channel_accounts
 WHERE channel = $1 AND external_id = $2
 ORDER BY account_id;

-- name: note_trouble
UPDATE channel_accounts
   SET trouble_code = $2, trouble = $3, status = CASE WHEN $4 THEN 'paused' ELSE status END
 WHERE account_id = $1 AND status = 'active';

-- name: connections
SELECT tenant_id, connection_id, kind, name, path_id, secrets FROM connections ORDER BY connection_id;

-- name: fingerprint
-- Changes whenever an account or a tenant does; cheap enough to ask every other second.
SELECT concat_ws(',',
    (SELECT concat_ws(':', count(*), sum(version), max(account_id)) FROM channel_accounts WHERE status = 'active'),
    (SELECT concat_ws(':', count(*), sum(version), sum(knowledge_version), count(suspended_at)) FROM tenants));
