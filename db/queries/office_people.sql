-- Who runs the business. $1 is the tenant.

-- name: people
SELECT member_id, name, role, language, desk, joined_at FROM members WHERE tenant_id = $1 ORDER BY member_id;

-- name: invites
SELECT i.invite_id, i.role, i.invitee, coalesce(m.name, '') AS made_by, i.created_at, i.expires_at
  FROM invites i
  LEFT JOIN members m ON m.tenant_id = i.tenant_id AND m.member_id = i.made_by
 WHERE i.tenant_id = $1 AND i.used_at IS NULL AND i.expires_at > clock_timestamp()
 ORDER BY i.expires_at, i.invite_id;

-- name: invited_as
SELECT role FROM invites WHERE tenant_id = $1 AND code_hash = $2 AND used_at IS NULL AND expires_at > clock_timestamp();

-- name: held
SELECT a.approval_id
  FROM streams s
  JOIN approvals a ON a.tenant_id = s.tenant_id AND a.stream_id = s.stream_id
 WHERE s.tenant_id = $1 AND s.holder = $2 AND s.mode = 'human' AND a.status = 'take_over'
 ORDER BY a.created_at, a.approval_id;
