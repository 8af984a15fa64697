-- Who runs a business, and who runs the installation.

-- Only the hash of an invite's code is kept, so people tell open ones apart by what stands beside it.
ALTER TABLE invites ADD COLUMN invite_id bigint GENERATED ALWAYS AS IDENTITY;
ALTER TABLE invites ADD COLUMN made_by bigint;                      -- the member; null: the command line
ALTER TABLE invites ADD COLUMN invitee text NOT NULL DEFAULT '';    -- for whom, in the words of who made it
CREATE INDEX members_by_chat ON members (account_id, chat);         -- the businesses of one chat

GRANT DELETE ON invites TO steward_engine;

-- When the operator may read what a business and its customers write: for a reason, and for a while.
CREATE TABLE readings (
    tenant_id bigint NOT NULL,         -- whose words
    reading_id bigint GENERATED ALWAYS AS IDENTITY,
    key text NOT NULL,                 -- the idempotency key of the action that allowed it
    member_id bigint NOT NULL,         -- of the operator
    reason text NOT NULL CHECK (length(reason) BETWEEN 10 AND 500),
    at timestamptz NOT NULL DEFAULT clock_timestamp(),
    until timestamptz NOT NULL,
    PRIMARY KEY (tenant_id, reading_id),
    UNIQUE (tenant_id, key)
);
ALTER TABLE readings ENABLE ROW LEVEL SECURITY;
ALTER TABLE readings FORCE ROW LEVEL SECURITY;
CREATE POLICY of_tenant ON readings TO steward_app
    USING (tenant_id = nullif(current_setting('app.tenant_id', true), '')::bigint)
    WITH CHECK (tenant_id = nullif(current_setting('app.tenant_id', true), '')::bigint);
GRANT SELECT, INSERT ON readings TO steward_app;

-- Deleting a tenant takes two: `steward_app` marks it, for a suspended tenant only, and `steward_engine` calls the one
-- function that deletes. That function runs as a third role which nobody can connect as: it sees ids and nothing else,
-- and row-level security lets it touch only what belongs to a tenant so marked, or to none that there is.
ALTER TABLE tenants ADD COLUMN deleting_at timestamptz;
ALTER TABLE tenants ADD CONSTRAINT tenants_deleting CHECK (deleting_at IS NULL OR suspended_at IS NOT NULL);

DO $$
BEGIN
    CREATE ROLE steward_eraser NOLOGIN NOSUPERUSER NOBYPASSRLS NOCREATEDB NOCREATEROLE;
EXCEPTION WHEN duplicate_object OR unique_violation THEN  -- roles belong to the whole server
END
$$;

-- Called after every migration, so that no later table of tenants is forgotten. Runs with the rights of who calls it.
CREATE FUNCTION let_eraser_in() RETURNS void LANGUAGE plpgsql AS $$
DECLARE
    place regclass;
BEGIN
    FOR place IN
        SELECT c.oid::regclass
          FROM pg_class c
          JOIN pg_attribute a ON a.attrelid = c.oid AND a.attname = 'tenant_id' AND NOT a.attisdropped
         WHERE c.relkind = 'r' AND c.relnamespace = 'public'::regnamespace
    LOOP
        EXECUTE format('GRANT SELECT (tenant_id, ctid), DELETE ON %s TO steward_eraser', place);
        CONTINUE WHEN place = 'tenants'::regclass
                   OR EXISTS (SELECT FROM pg_policy WHERE polrelid = place AND polname = 'erases');
        EXECUTE format(
            'CREATE POLICY erases ON %s TO steward_eraser USING (tenant_id NOT IN (
                 SELECT t.tenant_id FROM tenants t WHERE t.suspended_at IS NULL OR t.deleting_at IS NULL))', place);
    END LOOP;
END
$$;
SELECT let_eraser_in();
GRANT SELECT (suspended_at, deleting_at) ON tenants TO steward_eraser;
CREATE POLICY erases_looks ON tenants FOR SELECT TO steward_eraser USING (true);
CREATE POLICY erases ON tenants FOR DELETE TO steward_eraser
    USING (suspended_at IS NOT NULL AND deleting_at IS NOT NULL AND tenant_id <> 1);

-- Deletes at most `_most` rows and says how many it did; 0 when nothing is left. First whatever leads people and events
-- there, last the tenant itself.
CREATE FUNCTION erase_tenant(_tenant bigint, _most integer, OUT erased bigint) LANGUAGE plpgsql SECURITY DEFINER
    SET search_path = pg_catalog, public, pg_temp AS $$
DECLARE
    place regclass;
    held regclass;
    gone bigint;
BEGIN
    erased := 0;
    IF _tenant IS NULL OR _tenant <= 1 OR EXISTS (
        SELECT FROM public.tenants t
         WHERE t.tenant_id = _tenant AND (t.suspended_at IS NULL OR t.deleting_at IS NULL)) THEN
        RAISE EXCEPTION 'tenant % is not suspended and marked for deletion', _tenant
            USING ERRCODE = 'insufficient_privilege';
    END IF;
    FOR place IN
        SELECT c.oid::regclass
          FROM pg_class c
          JOIN pg_attribute a ON a.attrelid = c.oid AND a.attname = 'tenant_id' AND NOT a.attisdropped
         WHERE c.relkind = 'r' AND c.relnamespace = 'public'::regnamespace
         ORDER BY coalesce(array_position(ARRAY['desk_bindings', 'members', 'invites', 'timers', 'watches'],
                                          c.relname::text), 9)
                  + CASE c.relname WHEN 'channel_accounts' THEN 10 WHEN 'tenants' THEN 20 ELSE 0 END, c.relname
    LOOP
        BEGIN
            EXECUTE format(
                'DELETE FROM %1$s WHERE ctid = ANY (ARRAY(SELECT ctid FROM %1$s WHERE tenant_id = $1 LIMIT $2))', place)
              USING _tenant, _most - erased;
            GET DIAGNOSTICS gone = ROW_COUNT;
            erased := erased + gone;
        EXCEPTION WHEN foreign_key_violation THEN  -- the next call finds it free
            held := place;
        END;
        EXIT WHEN erased >= _most;
    END LOOP;
    IF erased = 0 AND held IS NOT NULL THEN
        RAISE EXCEPTION 'rows of % are held by others', held;
    END IF;
END
$$;
REVOKE ALL ON FUNCTION erase_tenant(bigint, integer) FROM PUBLIC;
GRANT EXECUTE ON FUNCTION erase_tenant(bigint, integer) TO steward_engine;

DO $$
BEGIN
    IF (SELECT rolsuper FROM pg_roles WHERE rolname = current_user) THEN
        ALTER FUNCTION erase_tenant(bigint, integer) OWNER TO steward_eraser;
    ELSE  -- giving a function away takes membership, and the right to have it there; neither is kept
        EXECUTE format('GRANT steward_eraser TO %I WITH SET TRUE, INHERIT FALSE', current_user);
        GRANT CREATE ON SCHEMA public TO steward_eraser;
        ALTER FUNCTION erase_tenant(bigint, integer) OWNER TO steward_eraser;
        REVOKE CREATE ON SCHEMA public FROM steward_eraser;
        EXECUTE format('REVOKE SET OPTION FOR steward_eraser FROM %I', current_user);
    END IF;
END
$$;
