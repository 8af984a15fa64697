-- name: is_migrated
SELECT to_regclass('schema_migrations') IS NOT NULL;

-- name: migrations
SELECT number FROM schema_migrations;

-- name: roles
SELECT rolname, rolsuper OR rolbypassrls AS powerful FROM pg_roles WHERE rolname = ANY ($1::text[]);

-- name: open_tables
SELECT c.relname::text AS name
  FROM pg_class c
  JOIN pg_attribute a ON a.attrelid = c.oid AND a.attname = 'tenant_id' AND NOT a.attisdropped
 WHERE c.relkind IN ('r', 'p')
   AND c.relnamespace = current_schema()::regnamespace
   AND has_table_privilege($1, c.oid, 'SELECT')
   AND NOT (c.relrowsecurity AND c.relforcerowsecurity)
 ORDER BY 1;

-- name: oldest_transaction
SELECT coalesce(extract(epoch FROM max(clock_timestamp() - xact_start)), 0)::float8
  FROM pg_stat_activity
 WHERE datname = current_database() AND pid <> pg_backend_pid() AND backend_type = 'client backend';
