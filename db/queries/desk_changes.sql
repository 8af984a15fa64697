-- What a desk's turn changes of the business itself. Engine role: `excluded` and contents may not be read; $1 is the tenant.

-- name: holds_seat
SELECT true FROM members WHERE tenant_id = $1 AND member_id = $2 AND role = $3;

-- name: open_invite
INSERT INTO invites (tenant_id, code_hash, role, expires_at, made_by, invitee) VALUES ($1, $2, $3, $4, $5, $6)
ON CONFLICT DO NOTHING;

-- name: revoke_invite
DELETE FROM invites WHERE tenant_id = $1 AND invite_id = $2 AND used_at IS NULL RETURNING true;

-- name: set_role
-- The owners are locked first, in order: of two who step down at once, the second sees that it is the last.
WITH owners AS (
    SELECT member_id FROM members WHERE tenant_id = $1 AND role = 'owner' ORDER BY member_id FOR UPDATE
)
UPDATE members m
   SET role = $4
 WHERE m.tenant_id = $1 AND m.member_id = $2 AND m.role = $3
   AND ($4 = 'owner' OR EXISTS (SELECT FROM owners o WHERE o.member_id <> $2))
RETURNING true;

-- name: remove_member
WITH owners AS (
    SELECT member_id FROM members WHERE tenant_id = $1 AND role = 'owner' ORDER BY member_id FOR UPDATE
), gone AS (
    DELETE FROM members m
     WHERE m.tenant_id = $1 AND m.member_id = $2 AND m.role = $3
       AND EXISTS (SELECT FROM owners o WHERE o.member_id <> $2)
    RETURNING account_id, chat
), others AS (
    SELECT g.account_id, g.chat, min(m.tenant_id) AS tenant_id
      FROM gone g
      JOIN members m ON m.account_id = g.account_id AND m.chat = g.chat AND m.tenant_id <> $1
     GROUP BY g.account_id, g.chat
), rebound AS (
    UPDATE desk_bindings b
       SET tenant_id = o.tenant_id
      FROM others o
     WHERE b.tenant_id = $1 AND b.account_id = o.account_id AND b.chat = o.chat
), unbound AS (
    DELETE FROM desk_bindings b
     USING gone g
     WHERE b.tenant_id = $1 AND b.account_id = g.account_id AND b.chat = g.chat
       AND NOT EXISTS (SELECT FROM others)
)
SELECT true FROM gone;

-- name: change_business
UPDATE tenants
   SET name = coalesce($3, name), language = coalesce($4, language), time_zone = coalesce($5, time_zone),
       currency = coalesce($6, currency), persona = coalesce($7, persona), agents = coalesce($8::jsonb, agents),
       settings = coalesce($9::jsonb, settings),
       spend_ceiling_micros = coalesce($10, spend_ceiling_micros), version = version + 1
 WHERE tenant_id = $1 AND version = $2
RETURNING true;

-- name: snooze
UPDATE approvals SET snoozed_until = $3 WHERE tenant_id = $1 AND approval_id = $2 AND status = 'pending' RETURNING true;

-- name: pause_watch
UPDATE watches SET paused = $3 WHERE tenant_id = $1 AND watch_id = $2;

-- name: keep_note
INSERT INTO notes (tenant_id, stream_id, member_id, text) VALUES ($1, $2, $3, $4);

-- name: hide_gaps
UPDATE approvals SET gap = 'hidden' WHERE tenant_id = $1 AND approval_id = ANY ($2);
