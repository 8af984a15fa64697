-- What members note about a conversation for each other. $1 is the tenant.

-- name: notes
SELECT coalesce(m.name, '') AS member_name, n.text, n.at
  FROM notes n
  LEFT JOIN members m ON m.tenant_id = n.tenant_id AND m.member_id = n.member_id
 WHERE n.tenant_id = $1 AND n.stream_id = $2
 ORDER BY n.at DESC, n.note_id DESC
 LIMIT $3;
