-- What members note about a conversation for each other. Customers and models never see it.

CREATE TABLE notes (
    tenant_id bigint NOT NULL,
    note_id bigint GENERATED ALWAYS AS IDENTITY,
    stream_id uuid NOT NULL,
    member_id bigint NOT NULL,
    text text NOT NULL,
    at timestamptz NOT NULL DEFAULT clock_timestamp(),
    PRIMARY KEY (tenant_id, note_id)
);
CREATE INDEX notes_of ON notes (tenant_id, stream_id, at);
ALTER TABLE notes ENABLE ROW LEVEL SECURITY;
ALTER TABLE notes FORCE ROW LEVEL SECURITY;
CREATE POLICY of_tenant ON notes TO steward_app
    USING (tenant_id = nullif(current_setting('app.tenant_id', true), '')::bigint)
    WITH CHECK (tenant_id = nullif(current_setting('app.tenant_id', true), '')::bigint);
CREATE POLICY spans_tenants ON notes TO steward_engine USING (true) WITH CHECK (true);
GRANT SELECT, INSERT, UPDATE, DELETE ON notes TO steward_app;
GRANT INSERT, DELETE, SELECT (tenant_id, stream_id) ON notes TO steward_engine;
