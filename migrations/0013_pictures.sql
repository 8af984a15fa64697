-- Charts and reports at an owner's desk.

CREATE TABLE pictures (
    tenant_id bigint NOT NULL,
    picture_id uuid NOT NULL,
    mime text NOT NULL,
    bytes bytea NOT NULL CHECK (octet_length(bytes) <= 1048576),
    made_at timestamptz NOT NULL DEFAULT clock_timestamp(),
    expires_at timestamptz NOT NULL,
    PRIMARY KEY (tenant_id, picture_id)
);
CREATE INDEX pictures_expiry ON pictures (expires_at);
ALTER TABLE pictures ENABLE ROW LEVEL SECURITY;
ALTER TABLE pictures FORCE ROW LEVEL SECURITY;
CREATE POLICY of_tenant ON pictures TO steward_app
    USING (tenant_id = nullif(current_setting('app.tenant_id', true), '')::bigint)
    WITH CHECK (tenant_id = nullif(current_setting('app.tenant_id', true), '')::bigint);
CREATE POLICY spans_tenants ON pictures TO steward_engine USING (true) WITH CHECK (true);
GRANT SELECT, INSERT, UPDATE ON pictures TO steward_app;
GRANT SELECT (tenant_id, picture_id, expires_at), DELETE ON pictures TO steward_engine;  -- retention, not what they show

GRANT DELETE ON budgets TO steward_engine;  -- an owner takes a limit away

-- A report looks at its own days and no others.
CREATE INDEX messages_said ON messages (tenant_id, at) WHERE n = 0;
CREATE INDEX approvals_opened ON approvals (tenant_id, created_at);
CREATE INDEX approvals_decided ON approvals (tenant_id, decided_at) WHERE decided_at IS NOT NULL;
CREATE INDEX action_uses_started ON action_uses (tenant_id, started_at);
CREATE INDEX dead_letters_at ON dead_letters (tenant_id, at);
