-- Actions: what was done so far, what may still be done, whose the records are. All run as the app role, as one tenant.

-- name: uses
-- What counts: executed, under way, or in doubt; not the use $4 itself, which may be tried again. Days and months begin where the tenant is.
SELECT count(*) FILTER (WHERE u.contact_id = ANY ($3::uuid[]) AND u.started_at >= d.day) AS person_today,
       coalesce(sum(u.micros) FILTER (WHERE u.started_at >= d.day), 0)::bigint AS tenant_micros_today,
       coalesce(sum(u.micros), 0)::bigint AS tenant_micros_month,
       (SELECT count(*)
          FROM action_uses f
         WHERE f.tenant_id = $1 AND f.status = 'failed' AND f.started_at > clock_timestamp() - interval '10 minutes')
           AS failed_lately
  FROM tenants t
 CROSS JOIN LATERAL (SELECT date_trunc('day', clock_timestamp(), t.time_zone) AS day,
                            date_trunc('month', clock_timestamp(), t.time_zone) AS month) d
  LEFT JOIN action_uses u
    ON u.tenant_id = t.tenant_id AND u.name = $2 AND u.status IN ('running', 'waiting', 'done') AND u.started_at >= d.month
   AND u.key <> $4
 WHERE t.tenant_id = $1
 GROUP BY t.tenant_id;

-- name: lock_action
-- One admission of an action at a time, so that two cannot pass the same limit together.
SELECT pg_advisory_xact_lock(hashtextextended($1::text || ':' || $2, 8));

-- name: find_use
SELECT status, result, name, arguments, contact_id FROM action_uses WHERE tenant_id = $1 AND key = $2;

-- name: begin_use
INSERT INTO action_uses (tenant_id, key, stream_id, name, agent, contact_id, approval_id, arguments, micros, status)
VALUES ($1, $2, $3, $4, $5, $6, $7, $8, $9, 'running');

-- name: end_use
UPDATE action_uses
   SET status = $3, result = $4, error = $5, ended_at = CASE WHEN $3 <> 'waiting' THEN clock_timestamp() END
 WHERE tenant_id = $1 AND key = $2 AND status IN ('running', 'waiting');

-- name: resume_use
UPDATE action_uses SET status = 'running' WHERE tenant_id = $1 AND key = $2 AND status = 'waiting';

-- name: mark_undone
UPDATE action_uses SET status = 'undone' WHERE tenant_id = $1 AND approval_id = $2 AND status = 'done';

-- name: use_of_approval
SELECT key, status, result, name, arguments, contact_id, ended_at
  FROM action_uses
 WHERE tenant_id = $1 AND approval_id = $2 AND status IN ('done', 'undone')
 ORDER BY started_at
 LIMIT 1;

-- name: approved
-- What an approval allows, and who gave it.
SELECT a.status, a.action_hash, a.expires_at, a.used_by, a.undone_by, m.role AS decided_role
  FROM approvals a
  LEFT JOIN members m ON m.tenant_id = a.tenant_id AND m.member_id = a.decided_by
 WHERE a.tenant_id = $1 AND a.approval_id = $2 AND a.kind = 'action';

-- name: redeem
-- Once, for the action it was given for. The same key again is the same action, tried again after a crash.
UPDATE approvals
   SET used_by = $3
 WHERE tenant_id = $1 AND approval_id = $2 AND kind = 'action' AND status = 'approve' AND stream_id = $5
   AND action_hash = $4 AND (expires_at > clock_timestamp() OR used_by = $3) AND coalesce(used_by, $3) = $3
RETURNING true;

-- name: redeem_undo
UPDATE approvals
   SET undone_by = $3
 WHERE tenant_id = $1 AND approval_id = $2 AND kind = 'action' AND status = 'undone' AND stream_id = $4
   AND used_by IS NOT NULL AND coalesce(undone_by, $3) = $3
RETURNING true;

-- name: owners
-- Whose each record is: a WhatsApp customer may be known by the number only.
WITH wanted AS (
    SELECT DISTINCT kind, reference FROM unnest($2::text[], $3::text[]) AS w (kind, reference)
), found AS (
    SELECT w.kind, w.reference, s.channel, s.contact_external_id, NULL::uuid AS contact_id
      FROM wanted w
      JOIN shipments s ON s.tenant_id = $1 AND s.reference = w.reference
     WHERE w.kind = 'shipment'
     UNION ALL
    SELECT w.kind, w.reference, r.channel, r.contact_external_id, NULL
      FROM wanted w
      JOIN business_records r ON r.tenant_id = $1 AND r.kind = w.kind AND r.reference = w.reference
     UNION ALL
    SELECT w.kind, w.reference, NULL, NULL, c.contact_id
      FROM wanted w
      JOIN cases c ON c.tenant_id = $1 AND upper(c.reference) = upper(w.reference)
     WHERE w.kind = 'case'
)
SELECT f.kind, f.reference, f.channel, f.contact_external_id, coalesce(f.contact_id, k.contact_id) AS contact_id
  FROM found f
  LEFT JOIN contacts k
    ON k.tenant_id = $1 AND k.channel = f.channel
   AND (k.external_id = f.contact_external_id OR (k.channel = 'whatsapp' AND k.phone = f.contact_external_id));

-- name: shipments_of
-- $3 to $5: who writes now, and may have no row yet.
WITH who AS (
    SELECT channel, external_id, phone FROM contacts WHERE tenant_id = $1 AND contact_id = ANY ($2::uuid[])
     UNION
    SELECT $3::text, $4::text, $5::text WHERE $3::text IS NOT NULL
)
SELECT DISTINCT s.reference, s.status, s.promised_at, s.eta
  FROM who k
  JOIN shipments s
    ON s.tenant_id = $1 AND s.channel = k.channel
   AND (s.contact_external_id = k.external_id OR (k.channel = 'whatsapp' AND s.contact_external_id = k.phone))
 WHERE $6::text IS NULL OR upper(s.reference) = upper($6)
 ORDER BY s.promised_at DESC, s.reference
 LIMIT 20;

-- name: records_of
WITH who AS (
    SELECT channel, external_id, phone FROM contacts WHERE tenant_id = $1 AND contact_id = ANY ($2::uuid[])
     UNION
    SELECT $3::text, $4::text, $5::text WHERE $3::text IS NOT NULL
)
SELECT DISTINCT r.kind, r.reference, r.status, r.micros, r.currency, r.due_on, r.details::text AS details, r.updated_at
  FROM who k
  JOIN business_records r
    ON r.tenant_id = $1 AND r.channel = k.channel
   AND (r.contact_external_id = k.external_id OR (k.channel = 'whatsapp' AND r.contact_external_id = k.phone))
 WHERE r.kind = $7 AND ($6::text IS NULL OR upper(r.reference) = upper($6))
 ORDER BY r.updated_at DESC, r.reference
 LIMIT 20;

-- name: save_record
INSERT INTO business_records (tenant_id, kind, reference, channel, contact_external_id, status, micros, currency, due_on,
                              details)
VALUES ($1, $2, $3, $4, $5, $6, $7, $8, $9, $10)
ON CONFLICT (tenant_id, kind, reference) DO NOTHING;

-- name: save_secret
INSERT INTO action_secrets (tenant_id, name, sealed) VALUES ($1, $2, $3)
ON CONFLICT (tenant_id, name) DO UPDATE SET sealed = excluded.sealed, set_at = clock_timestamp();

-- name: find_secret
SELECT sealed FROM action_secrets WHERE tenant_id = $1 AND name = $2;

-- name: list_secrets
SELECT name FROM action_secrets WHERE tenant_id = $1 ORDER BY name;
