-- A tenant's knowledge. $1 is the tenant.

-- name: list
SELECT source, text FROM knowledge WHERE tenant_id = $1 ORDER BY passage_id;

-- name: version
SELECT knowledge_version FROM tenants WHERE tenant_id = $1;

-- name: delete
DELETE FROM knowledge WHERE tenant_id = $1;

-- name: insert
INSERT INTO knowledge (tenant_id, source, text)
SELECT $1, source, text
  FROM unnest($2::text[], $3::text[]) WITH ORDINALITY AS new (source, text, place)
 ORDER BY place;

-- name: bump
UPDATE tenants
   SET knowledge_version = knowledge_version + 1, version = version + 1
 WHERE tenant_id = $1
RETURNING knowledge_version;
