-- A tenant's knowledge. $1 is the tenant.

-- name: list
-- What came with the folder comes first, whenever it was loaded.
SELECT k.source, k.text
  FROM knowledge k
  JOIN knowledge_files f ON f.tenant_id = k.tenant_id AND f.file_id = k.file_id
 WHERE k.tenant_id = $1
 ORDER BY f.origin <> 'folder', k.passage_id;

-- name: version
SELECT knowledge_version FROM tenants WHERE tenant_id = $1;

-- name: bump
UPDATE tenants
   SET knowledge_version = knowledge_version + 1, version = version + 1
 WHERE tenant_id = $1
RETURNING knowledge_version;

-- name: list_folder
SELECT k.source, k.text
  FROM knowledge k
  JOIN knowledge_files f ON f.tenant_id = k.tenant_id AND f.file_id = k.file_id
 WHERE k.tenant_id = $1 AND f.origin = 'folder'
 ORDER BY k.passage_id;

-- name: owned_names
-- Names that a folder may not use (any more): their owner has something else there, or wants nothing.
SELECT name FROM knowledge_files WHERE tenant_id = $1 AND (origin <> 'folder' OR removed);

-- name: delete_folder
DELETE FROM knowledge k
 USING knowledge_files f
 WHERE k.tenant_id = $1 AND f.tenant_id = k.tenant_id AND f.file_id = k.file_id AND f.origin = 'folder';

-- name: forget_folder_files
DELETE FROM knowledge_files WHERE tenant_id = $1 AND origin = 'folder' AND NOT removed AND name <> ALL ($2);

-- name: add_folder_files
INSERT INTO knowledge_files (tenant_id, name, origin)
SELECT $1, name, 'folder'
  FROM unnest($2::text[]) WITH ORDINALITY AS new (name, place)
 ORDER BY place
    ON CONFLICT (tenant_id, name) DO UPDATE SET changed_at = clock_timestamp()
       WHERE knowledge_files.origin = 'folder' AND NOT knowledge_files.removed;

-- name: insert_folder
INSERT INTO knowledge (tenant_id, file_id, source, text)
SELECT $1, f.file_id, new.source, new.text
  FROM unnest($2::text[], $3::text[], $4::text[]) WITH ORDINALITY AS new (name, source, text, place)
  JOIN knowledge_files f ON f.tenant_id = $1 AND f.name = new.name AND f.origin = 'folder' AND NOT f.removed
 ORDER BY new.place;

-- name: insert
INSERT INTO knowledge (tenant_id, file_id, source, text)
SELECT $1, $2, source, text
  FROM unnest($3::text[], $4::text[]) WITH ORDINALITY AS new (source, text, place)
 ORDER BY place;

-- name: delete_passages
DELETE FROM knowledge WHERE tenant_id = $1 AND file_id = $2;

-- name: count_besides
SELECT count(*) FROM knowledge WHERE tenant_id = $1 AND file_id IS DISTINCT FROM $2;

-- name: find_file
SELECT f.file_id, f.name, f.origin, f.url, f.content_hash, f.trouble,
       (SELECT count(*) FROM knowledge k WHERE k.tenant_id = f.tenant_id AND k.file_id = f.file_id) AS pieces
  FROM knowledge_files f
 WHERE f.tenant_id = $1 AND f.file_id = $2 AND NOT f.removed;

-- name: find_named
SELECT f.file_id, f.name, f.origin, f.url, f.content_hash, f.trouble,
       (SELECT count(*) FROM knowledge k WHERE k.tenant_id = f.tenant_id AND k.file_id = f.file_id) AS pieces
  FROM knowledge_files f
 WHERE f.tenant_id = $1 AND f.name = $2;

-- name: find_linked
SELECT f.file_id, f.name, f.origin, f.url, f.content_hash, f.trouble,
       (SELECT count(*) FROM knowledge k WHERE k.tenant_id = f.tenant_id AND k.file_id = f.file_id) AS pieces
  FROM knowledge_files f
 WHERE f.tenant_id = $1 AND f.url = $2 AND f.origin = 'link'
 ORDER BY f.file_id
 LIMIT 1;

-- name: find_written
SELECT f.file_id, f.name, f.origin, f.url, f.content_hash, f.trouble,
       (SELECT count(*) FROM knowledge k WHERE k.tenant_id = f.tenant_id AND k.file_id = f.file_id) AS pieces
  FROM knowledge_files f
 WHERE f.tenant_id = $1 AND f.call_key = $2;

-- name: insert_file
INSERT INTO knowledge_files
       (tenant_id, name, origin, url, added_by, content_hash, call_key, refresh_at, checked_at)
VALUES ($1, $2, $3, $4, $5, $6, $7, $8, CASE WHEN $3 = 'link' THEN clock_timestamp() END)
RETURNING file_id;

-- name: update_file
UPDATE knowledge_files
   SET origin = $3, url = $4, added_by = coalesce($5, added_by), content_hash = $6, call_key = $7, refresh_at = $8,
       checked_at = CASE WHEN $3 = 'link' THEN clock_timestamp() END, changed_at = clock_timestamp(), trouble = '',
       removed = false
 WHERE tenant_id = $1 AND file_id = $2;

-- name: note_checked
UPDATE knowledge_files
   SET checked_at = clock_timestamp(), trouble = $3, refresh_at = $4
 WHERE tenant_id = $1 AND file_id = $2;

-- name: hide_folder_file
UPDATE knowledge_files SET removed = true WHERE tenant_id = $1 AND file_id = $2 AND origin = 'folder';

-- name: delete_file
DELETE FROM knowledge_files WHERE tenant_id = $1 AND file_id = $2 AND origin <> 'folder';

-- name: close_gaps
UPDATE approvals SET gap = 'taught' WHERE tenant_id = $1 AND approval_id = ANY ($2) AND kind = 'escalation';

-- name: claim_due
-- Links that are due get a later time in the transaction that records their event; the reading itself sets its own.
-- The desk is that of the one who runs the business longest.
UPDATE knowledge_files f
   SET refresh_at = $1 + interval '1 day'
  FROM (SELECT tenant_id, file_id, refresh_at
          FROM knowledge_files k
         WHERE refresh_at <= $1
           AND EXISTS (SELECT FROM tenants t WHERE t.tenant_id = k.tenant_id AND t.suspended_at IS NULL)
           AND EXISTS (SELECT FROM members m WHERE m.tenant_id = k.tenant_id AND m.role IN ('owner', 'manager'))
         ORDER BY refresh_at
         LIMIT $2
           FOR UPDATE SKIP LOCKED) due
 CROSS JOIN LATERAL (SELECT m.desk, m.chat
                       FROM members m
                      WHERE m.tenant_id = due.tenant_id AND m.role IN ('owner', 'manager')
                      ORDER BY m.member_id
                      LIMIT 1) seat
 WHERE f.tenant_id = due.tenant_id AND f.file_id = due.file_id
RETURNING f.tenant_id, f.file_id, due.refresh_at AS due_at, seat.desk, seat.chat;
