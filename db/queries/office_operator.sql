-- What the operator sees of one tenant, and does to it. App role, in a transaction that sees this tenant; $1 is the tenant.

-- name: overview
SELECT t.tenant_id, t.slug, t.name, t.currency, t.suspended_at IS NOT NULL AS suspended,
       t.deleting_at IS NOT NULL AS deleting,
       (SELECT count(*)
          FROM streams s
          JOIN messages m ON m.tenant_id = s.tenant_id AND m.stream_id = s.stream_id
         WHERE s.tenant_id = t.tenant_id AND s.kind = 'conversation' AND s.last_inbound_at >= d.midnight
           AND m.author = 'customer' AND m.at >= d.midnight) AS messages_today,
       (SELECT count(*) FROM approvals a WHERE a.tenant_id = t.tenant_id AND a.status = 'pending') AS waiting,
       coalesce((SELECT s.spent_micros
                   FROM spend s
                  WHERE s.tenant_id = t.tenant_id AND s.currency = t.currency AND s.scope = 'month'
                    AND s.key = to_char(d.today, 'YYYY-MM')), 0) AS spent_micros,
       (SELECT l.limit_micros
          FROM spend_limits(t.tenant_id, t.currency, d.today, 'desk', '00000000-0000-0000-0000-000000000000', '') l
         WHERE l.scope = 'month') AS limit_micros,
       (SELECT count(*) FROM channel_accounts c WHERE c.tenant_id = t.tenant_id) AS bots,
       (SELECT count(*) FROM channel_accounts c WHERE c.tenant_id = t.tenant_id AND c.status = 'paused') AS troubled
  FROM tenants t
 CROSS JOIN LATERAL (SELECT date_trunc('day', clock_timestamp(), t.time_zone) AS midnight,
                            (clock_timestamp() AT TIME ZONE t.time_zone)::date AS today) d
 WHERE t.tenant_id = $1;

-- name: troubles
SELECT (SELECT count(*) FROM dead_letters d WHERE d.tenant_id = $1) AS dead_letters,
       coalesce(l.error, '') AS last_error, l.at AS last_error_at, o.queued, o.queued_since
  FROM (SELECT count(*) AS queued, min(created_at) AS queued_since
          FROM outbox
         WHERE tenant_id = $1 AND status IN ('queued', 'sending')) o
  LEFT JOIN (SELECT error, at FROM dead_letters WHERE tenant_id = $1 ORDER BY at DESC LIMIT 1) l ON true;

-- name: suspend
UPDATE tenants
   SET suspended_at = CASE WHEN $2::bool THEN clock_timestamp() END, deleting_at = NULL, version = version + 1
 WHERE tenant_id = $1 AND (suspended_at IS NOT NULL) <> $2::bool AND deleting_at IS NULL
RETURNING true;

-- name: mark_deleting
UPDATE tenants
   SET deleting_at = coalesce(deleting_at, clock_timestamp()), version = version + 1
 WHERE tenant_id = $1 AND suspended_at IS NOT NULL
RETURNING true;

-- name: allow_reading
INSERT INTO readings (tenant_id, key, member_id, reason, until)
VALUES ($1, $2, $3, $4, clock_timestamp() + make_interval(mins => $5))
ON CONFLICT (tenant_id, key) DO NOTHING;

-- name: reading_by_key
SELECT until FROM readings WHERE tenant_id = $1 AND key = $2;

-- name: allowed_until
SELECT max(until) FROM readings WHERE tenant_id = $1 AND member_id = $2 AND until > clock_timestamp();

-- name: words
-- Nothing, unless the member may read right now: the look-up itself sees to that.
SELECT l.stream_id, c.channel, m.author, left(m.text, $5) AS text, m.at
  FROM (SELECT s.tenant_id, s.stream_id, s.account_id, s.last_inbound_at
          FROM streams s
         WHERE s.tenant_id = $1 AND s.kind = 'conversation' AND s.last_inbound_at IS NOT NULL
           AND EXISTS (SELECT FROM readings r
                        WHERE r.tenant_id = $1 AND r.member_id = $2 AND r.until > clock_timestamp())
         ORDER BY s.last_inbound_at DESC, s.stream_id
         LIMIT $3) l
  LEFT JOIN channel_accounts c ON c.tenant_id = l.tenant_id AND c.account_id = l.account_id
 CROSS JOIN LATERAL (
       SELECT seq, n, author, text, at
         FROM messages
        WHERE tenant_id = l.tenant_id AND stream_id = l.stream_id
        ORDER BY seq DESC, n DESC
        LIMIT $4) m
 ORDER BY l.last_inbound_at DESC, l.stream_id, m.seq, m.n;

-- name: note
-- Once for a key.
INSERT INTO audit (tenant_id, actor, action, details)
SELECT $1, $2::text, $3::text, $4::jsonb
 WHERE NOT EXISTS (SELECT FROM audit WHERE tenant_id = $1 AND action = $3::text AND details ->> 'key' = $5::text);

-- name: was_noted
SELECT EXISTS (SELECT FROM audit WHERE tenant_id = $1 AND action = $2 AND details ->> 'key' = $3);
