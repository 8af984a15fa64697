-- Businesses that are made in chat.

-- name: lock
SELECT pg_advisory_xact_lock(hashtextextended('steward openings', 0));

-- name: count
-- Engine role. The chat's are those in which it has an owner's seat.
SELECT count(*) FILTER (WHERE EXISTS (SELECT
                                        FROM members m
                                       WHERE m.tenant_id = t.tenant_id AND m.account_id = $1 AND m.chat = $2
                                         AND m.role = 'owner')) AS here,
       count(*) AS all
  FROM tenants t
 WHERE t.created_at > clock_timestamp() - $3::interval AND t.folder_hash IS NULL AND t.tenant_id <> 1;

-- name: save_settings
UPDATE tenants SET settings = $2, version = version + 1 WHERE tenant_id = $1;

-- name: save_ceiling
UPDATE tenants SET spend_ceiling_micros = $2, version = version + 1 WHERE tenant_id = $1 RETURNING true;

-- name: first_member
INSERT INTO members (tenant_id, name, role, account_id, chat, language, desk)
VALUES ($1, $2, 'owner', $3, $4, $5, $6)
RETURNING member_id;

-- name: first_budget
INSERT INTO budgets (tenant_id, scope, name, limit_micros, currency, set_by) VALUES ($1, 'month', '', $2, $3, $4)
ON CONFLICT DO NOTHING;

-- name: note_opening
INSERT INTO audit (tenant_id, actor, action, details) VALUES ($1, $2, 'business.opened', '{}');

-- name: note_folder
UPDATE tenants SET folder_hash = $2 WHERE tenant_id = $1 AND folder_hash IS DISTINCT FROM $2 RETURNING true;
