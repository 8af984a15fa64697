-- What an owner's desk looks up. Every statement runs as the app role and sees one tenant; $1 is that tenant all the same.

-- name: members
SELECT member_id, tenant_id, name, role, account_id, chat, language, desk
  FROM members
 WHERE tenant_id = $1
 ORDER BY member_id;

-- name: member_at
SELECT member_id, tenant_id, name, role, account_id, chat, language, desk
  FROM members
 WHERE tenant_id = $1 AND account_id = $2 AND chat = $3;

-- name: seat
SELECT member_id, tenant_id, name, role, account_id, chat, language, desk
  FROM members
 WHERE tenant_id = $1 AND desk = $2;

-- name: approval
SELECT a.approval_id, a.tenant_id, a.stream_id, a.kind, a.status, a.question, a.reason, a.contact_name, a.channel,
       a.created_at, coalesce(m.name, '') AS decided_by, a.decided_text, a.decided_at, a.action
  FROM approvals a
  LEFT JOIN members m ON m.tenant_id = a.tenant_id AND m.member_id = a.decided_by
 WHERE a.tenant_id = $1 AND a.approval_id = $2;

-- name: approvals_by_status
-- The partial index on open approvals serves this for both of its statuses.
SELECT a.approval_id, a.tenant_id, a.stream_id, a.kind, a.status, a.question, a.reason, a.contact_name, a.channel,
       a.created_at, coalesce(m.name, '') AS decided_by, a.decided_text, a.decided_at, a.action
  FROM approvals a
  LEFT JOIN members m ON m.tenant_id = a.tenant_id AND m.member_id = a.decided_by
 WHERE a.tenant_id = $1 AND a.status = $2 AND a.status IN ('pending', 'take_over')
 ORDER BY a.created_at, a.approval_id
 LIMIT $3;

-- name: history
SELECT author, text, at
  FROM (SELECT author, text, at, seq, n
          FROM messages
         WHERE tenant_id = $1 AND stream_id = $2
         ORDER BY seq DESC, n DESC
         LIMIT $3) AS latest
 ORDER BY seq, n;

-- name: status
-- A customer's message of today is in a stream that heard from outside today, so only those streams are looked into.
SELECT (SELECT count(*) FROM streams s WHERE s.tenant_id = t.tenant_id AND s.kind = 'conversation') AS conversations,
       (SELECT count(*)
          FROM streams s
          JOIN messages m ON m.tenant_id = s.tenant_id AND m.stream_id = s.stream_id
         WHERE s.tenant_id = t.tenant_id AND s.kind = 'conversation' AND s.last_inbound_at >= d.midnight
           AND m.author = 'customer' AND m.at >= d.midnight) AS messages_today,
       (SELECT count(*) FROM approvals a WHERE a.tenant_id = t.tenant_id AND a.status = 'pending') AS pending_approvals,
       (SELECT count(*)
          FROM streams s
         WHERE s.tenant_id = t.tenant_id AND s.kind = 'conversation' AND s.mode = 'human') AS taken_over,
       (SELECT count(*) FROM knowledge k WHERE k.tenant_id = t.tenant_id) AS knowledge_passages,
       (SELECT count(*) FROM watches w WHERE w.tenant_id = t.tenant_id AND NOT w.paused) AS watches,
       b.limit_micros, b.currency
  FROM tenants t
 CROSS JOIN LATERAL (SELECT date_trunc('day', clock_timestamp(), t.time_zone) AS midnight) d
  LEFT JOIN budgets b ON b.tenant_id = t.tenant_id AND b.scope = 'month' AND b.name = ''
 WHERE t.tenant_id = $1;

-- name: reached_limit
SELECT a.scope, a.key AS period, a.used_micros, a.decision, coalesce(m.name, '') AS decided_by
  FROM budget_alerts a
  LEFT JOIN members m ON m.tenant_id = a.tenant_id AND m.member_id = a.decided_by
 WHERE a.tenant_id = $1 AND a.currency = $2 AND a.scope = $3 AND a.key = $4 AND a.limit_micros = $5 AND a.threshold = 100;

-- name: invite_open
SELECT EXISTS (SELECT
                 FROM invites
                WHERE tenant_id = $1 AND code_hash = $2 AND used_at IS NULL AND expires_at > clock_timestamp());

-- name: create_invite
INSERT INTO invites (tenant_id, code_hash, role, expires_at) VALUES ($1, $2, $3, $4);
