-- What a desk looks up of the knowledge. $1 is the tenant.

-- name: totals
SELECT (SELECT count(*) FROM knowledge_files WHERE tenant_id = $1 AND NOT removed) AS total,
       (SELECT count(*) FROM knowledge WHERE tenant_id = $1) AS pieces;

-- name: files
-- With an id: that one only.
SELECT f.file_id, f.name, f.origin, f.url, coalesce(m.name, '') AS added_by, f.changed_at, f.checked_at, f.refresh_at,
       f.trouble, k.pieces, coalesce(k.start, '') AS start
  FROM knowledge_files f
  LEFT JOIN members m ON m.tenant_id = f.tenant_id AND m.member_id = f.added_by
 CROSS JOIN LATERAL (SELECT count(*) AS pieces, left((array_agg(text ORDER BY passage_id))[1], 600) AS start
                       FROM knowledge
                      WHERE tenant_id = f.tenant_id AND file_id = f.file_id) k
 WHERE f.tenant_id = $1 AND NOT f.removed AND ($4::bigint IS NULL OR f.file_id = $4)
 ORDER BY f.origin = 'taught', f.changed_at DESC, f.file_id DESC
 LIMIT $2 OFFSET $3;

-- name: used
-- Answers that quoted the file, or that a model wrote from it: the trace of each says so.
SELECT t.stream_id, t.from_seq, t.upto_seq, t.finished_at
  FROM turns t
 WHERE t.tenant_id = $1 AND t.finished_at > $3
   AND EXISTS (SELECT
                 FROM json_array_elements_text(
                          CASE json_typeof(t.trace -> 'used') WHEN 'array' THEN t.trace -> 'used' ELSE '[]' END) used (source)
                WHERE used.source = $2 OR starts_with(used.source, $2 || ' › '))
 ORDER BY t.finished_at DESC;

-- name: said
-- The words of such a turn; what was forgotten since is not among them.
SELECT author, text
  FROM messages
 WHERE tenant_id = $1 AND stream_id = $2 AND ((n = 0 AND seq BETWEEN $3 AND $4) OR (n > 0 AND seq = $4))
 ORDER BY seq, n;

-- name: open_questions
SELECT approval_id, question, contact_name, created_at AS at
  FROM approvals
 WHERE tenant_id = $1 AND kind = 'escalation' AND reason = 'not_in_knowledge' AND gap IS NULL
   AND created_at > $2
 ORDER BY created_at DESC, approval_id
 LIMIT $3;
