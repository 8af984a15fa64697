-- What agents may answer from, by the file, text, link or taught answer it came with; and the questions without an answer.

CREATE TABLE knowledge_files (
    tenant_id bigint NOT NULL,
    file_id bigint GENERATED ALWAYS AS IDENTITY,
    name text NOT NULL CHECK (length(name) BETWEEN 1 AND 300),  -- what the sources of its passages begin with
    origin text NOT NULL CHECK (origin IN ('folder', 'text', 'file', 'link', 'taught')),
    url text NOT NULL DEFAULT '',      -- of a link
    added_by bigint,                   -- the member; null: it came with the business's folder
    added_at timestamptz NOT NULL DEFAULT clock_timestamp(),
    changed_at timestamptz NOT NULL DEFAULT clock_timestamp(),
    checked_at timestamptz,            -- a link: when it was last read
    refresh_at timestamptz,            -- a link: when it is read again
    trouble text NOT NULL DEFAULT '',  -- a link: why the last reading failed, as a code
    content_hash bytea,
    call_key text NOT NULL DEFAULT '', -- the idempotency key of the action that wrote it last
    removed boolean NOT NULL DEFAULT false,  -- of the folder: its owner does not want it, so it is not loaded again
    PRIMARY KEY (tenant_id, file_id),
    UNIQUE (tenant_id, name)
);
CREATE INDEX knowledge_files_due ON knowledge_files (refresh_at) WHERE refresh_at IS NOT NULL;

-- What there is came from folders. The owner of the tables may be bound by row-level security, too.
ALTER TABLE knowledge NO FORCE ROW LEVEL SECURITY;
INSERT INTO knowledge_files (tenant_id, name, origin)
SELECT tenant_id, left(split_part(source, ' › ', 1), 300), 'folder'
  FROM knowledge
 GROUP BY 1, 2;
ALTER TABLE knowledge ADD COLUMN file_id bigint;
UPDATE knowledge k
   SET file_id = f.file_id
  FROM knowledge_files f
 WHERE f.tenant_id = k.tenant_id AND f.name = left(split_part(k.source, ' › ', 1), 300);
ALTER TABLE knowledge ALTER COLUMN file_id SET NOT NULL;
ALTER TABLE knowledge FORCE ROW LEVEL SECURITY;
CREATE INDEX knowledge_by_file ON knowledge (tenant_id, file_id);

-- A question that the knowledge did not answer: open until it was taught or put aside.
ALTER TABLE approvals ADD COLUMN gap text CHECK (gap IN ('taught', 'hidden'));

ALTER TABLE knowledge_files ENABLE ROW LEVEL SECURITY;
ALTER TABLE knowledge_files FORCE ROW LEVEL SECURITY;
CREATE POLICY of_tenant ON knowledge_files TO steward_app
    USING (tenant_id = nullif(current_setting('app.tenant_id', true), '')::bigint)
    WITH CHECK (tenant_id = nullif(current_setting('app.tenant_id', true), '')::bigint);
CREATE POLICY spans_tenants ON knowledge_files TO steward_engine USING (true) WITH CHECK (true);
GRANT SELECT, INSERT, UPDATE, DELETE ON knowledge_files TO steward_app;
GRANT SELECT (tenant_id, file_id, refresh_at), UPDATE (refresh_at) ON knowledge_files TO steward_engine;
GRANT UPDATE (gap) ON approvals TO steward_engine;
