-- What waits for a person. $1 is the tenant; the index `approvals_inbox` serves each box in order.

-- name: after
SELECT w.approval_id, w.box, w.urgency, w.created_at AS since, w.contact_name, w.channel, w.question, w.reason, w.action,
       coalesce(m.name, '') AS held_by
  FROM unnest($2::text[]) AS b (box)
 CROSS JOIN LATERAL (
    SELECT a.approval_id, a.box, a.urgency, a.created_at, a.contact_name, a.channel, a.question, a.reason, a.action,
           a.tenant_id, a.decided_by
      FROM approvals a
     WHERE a.tenant_id = $1 AND a.box = b.box
       AND (a.snoozed_until IS NULL OR a.snoozed_until <= $3) AND (a.expires_at IS NULL OR a.expires_at > $3)
       AND (a.urgency, a.created_at, a.approval_id) > ($4::smallint, $5::timestamptz, $6::text)
     ORDER BY a.urgency, a.created_at, a.approval_id
     LIMIT $7) w
  LEFT JOIN members m ON m.tenant_id = w.tenant_id AND m.member_id = w.decided_by
 ORDER BY w.urgency, w.created_at, w.approval_id
 LIMIT $7;

-- name: before
-- The same, walked backwards.
SELECT w.approval_id, w.box, w.urgency, w.created_at AS since, w.contact_name, w.channel, w.question, w.reason, w.action,
       coalesce(m.name, '') AS held_by
  FROM unnest($2::text[]) AS b (box)
 CROSS JOIN LATERAL (
    SELECT a.approval_id, a.box, a.urgency, a.created_at, a.contact_name, a.channel, a.question, a.reason, a.action,
           a.tenant_id, a.decided_by
      FROM approvals a
     WHERE a.tenant_id = $1 AND a.box = b.box
       AND (a.snoozed_until IS NULL OR a.snoozed_until <= $3) AND (a.expires_at IS NULL OR a.expires_at > $3)
       AND (a.urgency, a.created_at, a.approval_id) < ($4::smallint, $5::timestamptz, $6::text)
     ORDER BY a.urgency DESC, a.created_at DESC, a.approval_id DESC
     LIMIT $7) w
  LEFT JOIN members m ON m.tenant_id = w.tenant_id AND m.member_id = w.decided_by
 ORDER BY w.urgency DESC, w.created_at DESC, w.approval_id DESC
 LIMIT $7;

-- name: counts
SELECT b.box,
       (SELECT count(*)
          FROM (SELECT
                  FROM approvals a
                 WHERE a.tenant_id = $1 AND a.box = b.box
                   AND (a.snoozed_until IS NULL OR a.snoozed_until <= $2) AND (a.expires_at IS NULL OR a.expires_at > $2)
                 LIMIT $3) AS few) AS count
  FROM unnest(ARRAY['question', 'action', 'held']) AS b (box)
 UNION ALL
SELECT 'later',
       (SELECT count(*)
          FROM (SELECT
                  FROM approvals a
                 WHERE a.tenant_id = $1 AND a.box IS NOT NULL AND a.snoozed_until > $2
                   AND (a.expires_at IS NULL OR a.expires_at > $2)
                 LIMIT $3) AS few);

-- name: open_limits
-- The day and the month that are now where the tenant is.
SELECT a.scope, a.key AS period, a.limit_micros, a.used_micros, a.currency
  FROM tenants t
 CROSS JOIN LATERAL (SELECT ($2::timestamptz AT TIME ZONE t.time_zone) AS local) d
  JOIN budget_alerts a
    ON a.tenant_id = t.tenant_id AND a.currency = t.currency
   AND ((a.scope = 'day' AND a.key = to_char(d.local, 'YYYY-MM-DD'))
        OR (a.scope = 'month' AND a.key = to_char(d.local, 'YYYY-MM')))
 WHERE t.tenant_id = $1 AND a.threshold = 100 AND a.decision IS NULL
 ORDER BY a.at DESC
 LIMIT 2;

-- name: old_questions
SELECT w.approval_id, w.box, w.urgency, w.created_at AS since, w.contact_name, w.channel, w.question, w.reason, w.action,
       '' AS held_by
  FROM unnest(ARRAY[0, 1]) AS u (urgency)
 CROSS JOIN LATERAL (
    SELECT a.approval_id, a.box, a.urgency, a.created_at, a.contact_name, a.channel, a.question, a.reason, a.action
      FROM approvals a
     WHERE a.tenant_id = $1 AND a.box = 'question' AND a.urgency = u.urgency AND a.created_at < $2
       AND (a.snoozed_until IS NULL OR a.snoozed_until <= $3)
     ORDER BY a.created_at, a.approval_id
     LIMIT $4) w
 ORDER BY w.created_at, w.approval_id
 LIMIT $4;

-- name: standing
SELECT a.approval_id, a.snoozed_until
  FROM approvals a
 WHERE a.tenant_id = $1 AND a.approval_id = ANY ($2::text[]) AND a.box = 'question';

-- name: questions
SELECT (SELECT count(*)
          FROM (SELECT
                  FROM approvals a
                 WHERE a.tenant_id = $1 AND a.box = 'question' AND (a.snoozed_until IS NULL OR a.snoozed_until <= $2)
                 LIMIT $3) AS few) AS count,
       (SELECT min(w.created_at)
          FROM unnest(ARRAY[0, 1]) AS u (urgency)
         CROSS JOIN LATERAL (
            SELECT a.created_at
              FROM approvals a
             WHERE a.tenant_id = $1 AND a.box = 'question' AND a.urgency = u.urgency
               AND (a.snoozed_until IS NULL OR a.snoozed_until <= $2)
             ORDER BY a.created_at
             LIMIT 1) w) AS oldest;

-- name: action_end
SELECT u.status, coalesce(u.error, '') AS error
  FROM action_uses u
 WHERE u.tenant_id = $1 AND u.approval_id = $2
 ORDER BY u.started_at DESC
 LIMIT 1;
