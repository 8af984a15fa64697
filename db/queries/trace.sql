-- What one turn took in, decided and sent. Run as the app role: each transaction sees one tenant. The clocks of worker and
-- database may differ by a little, so what a turn wrote is found by keys where there are any.

-- name: turn
-- The turn that took the event in, which need not be its last one.
SELECT t.upto_seq, t.from_seq, t.worker_id, t.attempt, t.started_at, t.finished_at, t.trace,
       s.kind, s.mode, a.channel, a.name AS account_name, p.slug, p.name AS tenant_name, p.time_zone
  FROM turns t
  JOIN streams s USING (tenant_id, stream_id)
  JOIN tenants p USING (tenant_id)
  LEFT JOIN channel_accounts a ON a.tenant_id = s.tenant_id AND a.account_id = s.account_id
 WHERE t.tenant_id = $1 AND t.stream_id = $2 AND t.upto_seq >= $3 AND t.from_seq <= $3
 ORDER BY t.upto_seq
 LIMIT 1;

-- name: waiting
SELECT last_seq, done_seq, fails, not_before, owner IS NOT NULL AS leased
  FROM streams
 WHERE tenant_id = $1 AND stream_id = $2;

-- name: events
SELECT seq, external_id, recorded_at, event
  FROM inbox
 WHERE tenant_id = $1 AND stream_id = $2 AND seq BETWEEN $3 AND $4
 ORDER BY seq;

-- name: messages
-- What came in under each event's own number, what was said under the turn's.
SELECT seq, n, author, text, at
  FROM messages
 WHERE tenant_id = $1 AND stream_id = $2 AND seq BETWEEN $3 AND $4 AND (n = 0 OR seq = $4)
 ORDER BY seq, n;

-- name: outbox
SELECT o.n, o.is_action, o.author, o.status, o.attempts, o.resends, o.not_before, o.card, o.payload, o.provider_ids,
       o.delivery, o.error, o.created_at, o.sent_at, r.seq AS result_seq, r.recorded_at AS result_at, r.event AS result
  FROM outbox o
  LEFT JOIN inbox r ON o.is_action AND r.tenant_id = o.tenant_id AND r.account_id = 0
        AND r.external_id = format('result:%s:%s:%s', replace(o.stream_id::text, '-', ''), o.seq, o.n)
 WHERE o.tenant_id = $1 AND o.stream_id = $2 AND o.seq = $3
 ORDER BY o.n;

-- name: approvals
-- Those that are named in the turn, those it opened, and those that the owner of this desk decided in it.
SELECT a.approval_id, a.status, a.question, a.reason, a.contact_name, a.created_at, a.decided_at, a.decided_text,
       coalesce(m.name, '') AS decided_by, a.stream_id, a.kind, a.action, a.used_by, u.status AS use_status,
       u.ended_at AS use_ended_at, u.error AS use_error,
       a.stream_id = $2 AND a.created_at BETWEEN $4 AND $5 AS opened,
       coalesce(m.desk = $2 AND a.decided_at BETWEEN $4 AND $5, false) AS decided
  FROM approvals a
  LEFT JOIN members m ON m.tenant_id = a.tenant_id AND m.member_id = a.decided_by
  LEFT JOIN action_uses u ON u.tenant_id = a.tenant_id AND u.key = a.used_by
 WHERE a.tenant_id = $1
   AND (a.approval_id = ANY ($3::text[])
        OR (a.stream_id = $2 AND a.created_at BETWEEN $4 AND $5)
        OR (m.desk = $2 AND a.decided_at BETWEEN $4 AND $5))
 ORDER BY a.created_at, a.approval_id;

-- name: dead_letters
SELECT seq, error, at
  FROM dead_letters
 WHERE tenant_id = $1 AND stream_id = $2 AND seq BETWEEN $3 AND $4
 ORDER BY seq;

-- name: latest
SELECT t.stream_id, t.upto_seq, t.from_seq, t.started_at, t.finished_at, t.trace, s.kind, p.time_zone
  FROM turns t
  JOIN streams s USING (tenant_id, stream_id)
  JOIN tenants p USING (tenant_id)
 WHERE t.tenant_id = $1
 ORDER BY t.finished_at DESC
 LIMIT $2;
