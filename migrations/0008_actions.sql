-- Agents that act: what they may do, what they asked for and did, the cases they opened, the state they share.

ALTER TABLE tenants ADD COLUMN agents jsonb NOT NULL DEFAULT '{}';  -- tenants.agents.AgentPolicy

-- An approval of an action holds for exactly that action, once, until it expires.
ALTER TABLE approvals
    ADD COLUMN action json,            -- core.changes.AskedAction; after an edit the action as it was approved
    ADD COLUMN action_hash text,
    ADD COLUMN expires_at timestamptz,
    ADD COLUMN used_by text,           -- the idempotency key of the action that used it up
    ADD COLUMN undone_by text,         -- of the action that took it back
    ADD CONSTRAINT approvals_kind CHECK (kind IN ('escalation', 'action')),
    ADD CONSTRAINT approvals_action CHECK (
        (kind = 'action') = (action IS NOT NULL AND action_hash IS NOT NULL AND expires_at IS NOT NULL));

-- Everything that was done on somebody's behalf: for limits, for undoing, and to prove it. Written before it is done.
CREATE TABLE action_uses (
    tenant_id bigint NOT NULL,
    key text NOT NULL,                 -- the idempotency key
    stream_id uuid NOT NULL,
    name text NOT NULL,
    agent text NOT NULL,
    contact_id uuid NOT NULL,
    approval_id text,
    arguments json NOT NULL,
    micros bigint NOT NULL DEFAULT 0,  -- the amount, in the tenant's currency
    -- waiting: the other side said that it did nothing; it is tried again
    status text NOT NULL CHECK (status IN ('running', 'waiting', 'done', 'failed', 'undone')),
    result json,
    error text,
    started_at timestamptz NOT NULL DEFAULT clock_timestamp(),
    ended_at timestamptz,
    PRIMARY KEY (tenant_id, key)
);
CREATE INDEX action_uses_by_name ON action_uses (tenant_id, name, started_at);
CREATE INDEX action_uses_failed ON action_uses (tenant_id, started_at) WHERE status = 'failed';
CREATE INDEX action_uses_approved ON action_uses (tenant_id, approval_id) WHERE approval_id IS NOT NULL;

-- Orders and invoices, as the business has them. Shipments have a table of their own.
CREATE TABLE business_records (
    tenant_id bigint NOT NULL,
    kind text NOT NULL CHECK (kind IN ('order', 'invoice')),
    reference text NOT NULL,
    channel text,                      -- of the customer it belongs to
    contact_external_id text,
    status text NOT NULL DEFAULT '',
    micros bigint,
    currency text,
    due_on date,
    details jsonb NOT NULL DEFAULT '{}',
    updated_at timestamptz NOT NULL DEFAULT clock_timestamp(),
    PRIMARY KEY (tenant_id, kind, reference)
);

CREATE INDEX business_records_of ON business_records (tenant_id, kind, channel, contact_external_id);
CREATE INDEX shipments_of ON shipments (tenant_id, channel, contact_external_id);

-- Where each case stands. The case's own state is in its stream.
CREATE TABLE cases (
    tenant_id bigint NOT NULL,
    stream_id uuid NOT NULL,
    kind text NOT NULL,
    reference text NOT NULL,
    title text NOT NULL DEFAULT '',
    step text NOT NULL,
    contact_id uuid,
    conversation uuid,
    pending_action text NOT NULL DEFAULT '',
    attempts smallint NOT NULL DEFAULT 0,
    version bigint NOT NULL DEFAULT 1,
    deadline timestamptz,
    opened_at timestamptz NOT NULL DEFAULT clock_timestamp(),
    changed_at timestamptz NOT NULL DEFAULT clock_timestamp(),
    closed_at timestamptz,
    PRIMARY KEY (tenant_id, stream_id)
);
CREATE INDEX cases_by_reference ON cases (tenant_id, upper(reference));
CREATE INDEX cases_by_contact ON cases (tenant_id, contact_id, changed_at);
CREATE INDEX cases_open ON cases (tenant_id, opened_at) WHERE closed_at IS NULL;

-- Numbers that people can say: T-1042.
CREATE TABLE case_numbers (
    tenant_id bigint NOT NULL,
    kind text NOT NULL,
    last bigint NOT NULL,
    PRIMARY KEY (tenant_id, kind)
);

CREATE TABLE shared_state (
    tenant_id bigint NOT NULL,
    key text NOT NULL,
    version bigint NOT NULL,
    value json NOT NULL,
    PRIMARY KEY (tenant_id, key)
);

CREATE TABLE action_secrets (
    tenant_id bigint NOT NULL,
    name text NOT NULL,
    sealed bytea NOT NULL,             -- AES-GCM over JSON, bound to the tenant
    set_at timestamptz NOT NULL DEFAULT clock_timestamp(),
    PRIMARY KEY (tenant_id, name)
);

CREATE TABLE training_examples (
    tenant_id bigint NOT NULL,
    example_id bigint GENERATED ALWAYS AS IDENTITY,
    contact_id uuid NOT NULL,
    question text NOT NULL,
    draft text NOT NULL,
    correction text NOT NULL,
    reason text NOT NULL,
    at timestamptz NOT NULL DEFAULT clock_timestamp(),
    PRIMARY KEY (tenant_id, example_id)
);
CREATE INDEX training_examples_of ON training_examples (tenant_id, contact_id);

DO $$
DECLARE
    name text;
BEGIN
    FOREACH name IN ARRAY ARRAY[
        'action_uses', 'business_records', 'cases', 'case_numbers', 'shared_state', 'action_secrets', 'training_examples'
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
REVOKE DELETE ON action_uses FROM steward_app;
GRANT INSERT, UPDATE, DELETE ON preferences TO steward_app;  -- what the action `update_profile` writes and takes back

GRANT SELECT (expires_at), UPDATE (action, action_hash, expires_at) ON approvals TO steward_engine;
GRANT INSERT ON cases, shared_state, training_examples TO steward_engine;
GRANT SELECT (tenant_id, stream_id, version, contact_id, closed_at),  -- the last two: to forget a person
      UPDATE (title, step, contact_id, conversation, pending_action, attempts, version, deadline, changed_at, closed_at)
   ON cases TO steward_engine;
GRANT SELECT (tenant_id, key, version), UPDATE (version, value) ON shared_state TO steward_engine;
GRANT SELECT (tenant_id, contact_id, example_id), DELETE ON training_examples TO steward_engine;
