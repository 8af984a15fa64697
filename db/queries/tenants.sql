-- What makes and changes a tenant. Run as that tenant, but for the two that say otherwise.

-- name: new_tenant_id
-- Engine role: the id comes first, since a transaction sees only the tenant it names.
SELECT nextval('tenants_tenant_id_seq');

-- name: upsert_tenant
INSERT INTO tenants (tenant_id, slug, name, language, time_zone, currency, persona, templates, window_messages,
                     agents)
VALUES ($1, $2, $3, $4, $5, $6, $7, $8, $9, $10)
ON CONFLICT (tenant_id) DO UPDATE
   SET name = excluded.name, language = excluded.language, time_zone = excluded.time_zone, currency = excluded.currency,
       persona = excluded.persona, templates = excluded.templates, window_messages = excluded.window_messages,
       agents = excluded.agents, version = tenants.version + 1
 WHERE (tenants.name, tenants.language, tenants.time_zone, tenants.currency, tenants.persona, tenants.templates,
        tenants.window_messages, tenants.agents)
       IS DISTINCT FROM (excluded.name, excluded.language, excluded.time_zone, excluded.currency, excluded.persona,
                         excluded.templates, excluded.window_messages, excluded.agents);

-- name: find_slug
-- Engine role.
SELECT tenant_id FROM tenants WHERE slug = $1;

-- name: upsert_account
INSERT INTO channel_accounts (tenant_id, channel, role, external_id, name, path_id, delivery, secrets, handle,
                              manages_bots, managed_by)
VALUES ($1, $2, $3, $4, $5, $6, $7, $8, $9, $10, $11)
ON CONFLICT (tenant_id, channel, external_id) DO UPDATE
   SET role = excluded.role, name = excluded.name, delivery = excluded.delivery, secrets = excluded.secrets,
       handle = excluded.handle, manages_bots = excluded.manages_bots,
       managed_by = coalesce(excluded.managed_by, channel_accounts.managed_by),
       status = 'active', trouble = '', trouble_code = '', version = channel_accounts.version + 1
RETURNING account_id, path_id;

-- name: list_accounts
SELECT account_id, channel, role, external_id, name, delivery, status, trouble
  FROM channel_accounts
 WHERE tenant_id = $1
 ORDER BY account_id;

-- name: upsert_watch
INSERT INTO watches (tenant_id, kind, name, settings, every_seconds, next_due_at)
VALUES ($1, $2, $3, $4, $5, clock_timestamp())
ON CONFLICT (tenant_id, name) DO UPDATE SET settings = excluded.settings, every_seconds = excluded.every_seconds
RETURNING watch_id;

-- name: upsert_price
INSERT INTO agreed_prices (tenant_id, watch_id, item, agreed_micros, currency) VALUES ($1, $2, $3, $4, $5)
ON CONFLICT (tenant_id, watch_id, item) DO UPDATE SET agreed_micros = excluded.agreed_micros, currency = excluded.currency;

-- name: upsert_shipment
INSERT INTO shipments (tenant_id, reference, status, promised_at, eta, channel, contact_external_id, language)
VALUES ($1, $2, $3, $4, $5, $6, $7, $8)
ON CONFLICT (tenant_id, reference) DO NOTHING;

-- name: upsert_connection
INSERT INTO connections (tenant_id, kind, name, path_id, secrets) VALUES ($1, $2, $3, $4, $5)
ON CONFLICT (tenant_id, name) DO UPDATE SET name = excluded.name
RETURNING path_id, secrets;

-- name: has_owner
SELECT EXISTS (SELECT FROM members WHERE tenant_id = $1 AND role = 'owner');
