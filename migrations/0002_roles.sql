-- Two roles, neither owner nor superuser. Row-level security is the backstop behind typed functions.
--   steward_app     sees one tenant a transaction: set_config('app.tenant_id', …, true)
--   steward_engine  spans tenants: all of streams, inbox, outbox, timers and workers; on what a turn writes INSERT and keyed
--                   UPDATE by column, never SELECT of the contents
-- The roles are made, with their passwords, by db/migrations.py before any migration runs.

DO $$
DECLARE
    name text;
BEGIN
    FOREACH name IN ARRAY ARRAY[
        'tenants', 'channel_accounts', 'contacts', 'members', 'invites', 'streams', 'inbox', 'outbox', 'messages', 'turns',
        'timers', 'approvals', 'dead_letters', 'audit', 'budgets', 'knowledge', 'watches', 'agreed_prices', 'connections',
        'shipments'
    ] LOOP
        EXECUTE format('ALTER TABLE %I ENABLE ROW LEVEL SECURITY', name);
        EXECUTE format('ALTER TABLE %I FORCE ROW LEVEL SECURITY', name);
        EXECUTE format(
            'CREATE POLICY of_tenant ON %I TO steward_app
                 USING (tenant_id = nullif(current_setting(''app.tenant_id'', true), '''')::bigint)
                 WITH CHECK (tenant_id = nullif(current_setting(''app.tenant_id'', true), '''')::bigint)', name);
        EXECUTE format('CREATE POLICY spans_tenants ON %I TO steward_engine USING (true) WITH CHECK (true)', name);
        EXECUTE format('GRANT SELECT, INSERT, UPDATE, DELETE ON %I TO steward_app', name);
    END LOOP;
END
$$;
REVOKE INSERT, UPDATE, DELETE ON audit, messages, turns, inbox, outbox, streams FROM steward_app;
GRANT INSERT ON audit TO steward_app;
REVOKE DELETE ON tenants FROM steward_app;
GRANT USAGE ON SEQUENCE tenants_tenant_id_seq TO steward_engine;  -- a new tenant's id is needed to see its own row

GRANT SELECT, INSERT, UPDATE, DELETE ON streams, inbox, outbox, timers, workers, desk_bindings TO steward_engine;
GRANT INSERT ON contacts, messages, turns, approvals, dead_letters, audit, budgets, members TO steward_engine;
GRANT SELECT (tenant_id, contact_id), UPDATE (name, username, phone, language, blocked_at) ON contacts TO steward_engine;
GRANT SELECT (tenant_id, approval_id, status), UPDATE (status, decided_at, decided_by, decided_text) ON approvals TO steward_engine;
GRANT SELECT (tenant_id, period), UPDATE (limit_micros, currency, set_by, set_at) ON budgets TO steward_engine;
GRANT SELECT (tenant_id, account_id, chat, desk), UPDATE (name, language, role, desk) ON members TO steward_engine;
GRANT SELECT, UPDATE (used_at) ON invites TO steward_engine;
GRANT SELECT (tenant_id, stream_id, upto_seq), DELETE ON turns TO steward_engine;
GRANT SELECT (tenant_id, stream_id, seq, n) ON messages TO steward_engine;
GRANT SELECT (tenant_id, stream_id, seq) ON dead_letters TO steward_engine;
-- What starting bots, ticks and signed webhooks need of every tenant.
GRANT SELECT ON tenants, channel_accounts, connections, watches TO steward_engine;
GRANT UPDATE (poll_offset, status, trouble) ON channel_accounts TO steward_engine;
GRANT UPDATE (next_due_at, last_ok_at, last_error) ON watches TO steward_engine;
