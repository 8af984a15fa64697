-- What is remembered of a person. Keyed by the contact that said it, so that channels can be joined and parted again.

-- Which contacts are one human: those with the same person_id. Only a one-time code joins them.
CREATE TABLE contact_links (
    tenant_id bigint NOT NULL,
    contact_id uuid NOT NULL,
    person_id uuid NOT NULL,
    linked_at timestamptz NOT NULL DEFAULT clock_timestamp(),
    PRIMARY KEY (tenant_id, contact_id)
);
CREATE INDEX contact_links_person ON contact_links (tenant_id, person_id);

CREATE TABLE link_codes (
    tenant_id bigint NOT NULL,
    contact_id uuid NOT NULL,          -- who asked for it; a new code replaces the one before
    channel text NOT NULL,
    stream_id uuid NOT NULL,           -- where it was asked for, to be told
    code_hash bytea NOT NULL,          -- SHA-256 of tenant and code
    expires_at timestamptz NOT NULL,
    PRIMARY KEY (tenant_id, contact_id),
    UNIQUE (tenant_id, code_hash)
);

-- Codes that did not fit, by who sent them.
CREATE TABLE link_tries (
    tenant_id bigint NOT NULL,
    contact_id uuid NOT NULL,
    since timestamptz NOT NULL,        -- the hour that is counted began
    tries smallint NOT NULL,
    PRIMARY KEY (tenant_id, contact_id)
);

-- What a person permits.
CREATE TABLE profiles (
    tenant_id bigint NOT NULL,
    contact_id uuid NOT NULL,
    consent text NOT NULL DEFAULT 'unknown' CHECK (consent IN ('unknown', 'given', 'withdrawn')),
    opted_out text[] NOT NULL DEFAULT '{}',
    forgotten_at timestamptz,          -- what was said before is not remembered
    PRIMARY KEY (tenant_id, contact_id)
);

CREATE TABLE preferences (
    tenant_id bigint NOT NULL,
    contact_id uuid NOT NULL,
    name text NOT NULL,
    value text NOT NULL CHECK (length(value) BETWEEN 1 AND 300),
    since timestamptz NOT NULL,
    PRIMARY KEY (tenant_id, contact_id, name)
);

-- How often: 'hour:14', 'weekday:2', 'channel:telegram', 'topic:Opening hours'.
CREATE TABLE habits (
    tenant_id bigint NOT NULL,
    contact_id uuid NOT NULL,
    habit text NOT NULL CHECK (length(habit) <= 100),
    times bigint NOT NULL,
    PRIMARY KEY (tenant_id, contact_id, habit)
);

CREATE TABLE facts (
    tenant_id bigint NOT NULL,
    contact_id uuid NOT NULL,          -- who said it
    fact_id uuid NOT NULL DEFAULT gen_random_uuid(),
    slot text NOT NULL,
    text text NOT NULL CHECK (length(text) BETWEEN 1 AND 300),
    key bytea NOT NULL,                -- of the value, hashed: what is the same, and what ends, is found without reading
    confidence real NOT NULL CHECK (confidence BETWEEN 0 AND 1),
    source uuid NOT NULL,              -- the stream it was said in
    source_seq bigint NOT NULL,        -- turns.upto_seq
    since timestamptz NOT NULL,
    until timestamptz,                 -- null while it holds
    ended_by uuid,                     -- the fact that took its place
    PRIMARY KEY (tenant_id, contact_id, fact_id)
);

CREATE TABLE summaries (
    tenant_id bigint NOT NULL,
    stream_id uuid NOT NULL,
    contact_id uuid NOT NULL,
    upto_seq bigint NOT NULL,          -- what it covers, from the beginning
    text text NOT NULL CHECK (length(text) BETWEEN 1 AND 4000),
    made_at timestamptz NOT NULL,
    PRIMARY KEY (tenant_id, stream_id)
);
CREATE INDEX summaries_contact ON summaries (tenant_id, contact_id);

DO $$
DECLARE
    name text;
BEGIN
    FOREACH name IN ARRAY ARRAY[
        'contact_links', 'link_codes', 'link_tries', 'profiles', 'preferences', 'habits', 'facts', 'summaries'
    ] LOOP
        EXECUTE format('ALTER TABLE %I ENABLE ROW LEVEL SECURITY', name);
        EXECUTE format('ALTER TABLE %I FORCE ROW LEVEL SECURITY', name);
        EXECUTE format(
            'CREATE POLICY of_tenant ON %I TO steward_app
                 USING (tenant_id = nullif(current_setting(''app.tenant_id'', true), '''')::bigint)
                 WITH CHECK (tenant_id = nullif(current_setting(''app.tenant_id'', true), '''')::bigint)', name);
        EXECUTE format('CREATE POLICY spans_tenants ON %I TO steward_engine USING (true) WITH CHECK (true)', name);
        EXECUTE format('GRANT SELECT ON %I TO steward_app', name);  -- only a turn's finish writes
        EXECUTE format('GRANT INSERT, DELETE ON %I TO steward_engine', name);
    END LOOP;
END
$$;

-- Ids, permissions, counters and times; not what is known nor what is wished.
GRANT SELECT (tenant_id, contact_id, person_id), UPDATE (person_id, linked_at) ON contact_links TO steward_engine;
GRANT SELECT, UPDATE (channel, stream_id, code_hash, expires_at) ON link_codes TO steward_engine;
GRANT SELECT, UPDATE (since, tries) ON link_tries TO steward_engine;
GRANT SELECT, UPDATE (consent, opted_out, forgotten_at) ON profiles TO steward_engine;
GRANT SELECT (tenant_id, contact_id, name), UPDATE (value, since) ON preferences TO steward_engine;
GRANT SELECT (tenant_id, contact_id, habit, times), UPDATE (times) ON habits TO steward_engine;
GRANT SELECT (tenant_id, contact_id, fact_id, slot, key, since, until), UPDATE (until, ended_by) ON facts TO steward_engine;
GRANT SELECT (tenant_id, stream_id, contact_id, upto_seq), UPDATE (contact_id, upto_seq, text, made_at)
   ON summaries TO steward_engine;
