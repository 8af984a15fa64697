-- What happened in a business from $2 to just before $3, for its owner's desk. $1 is the tenant.

-- name: activity
WITH said AS (
    SELECT m.stream_id, count(*) AS messages
      FROM messages m
      JOIN streams s ON s.tenant_id = m.tenant_id AND s.stream_id = m.stream_id AND s.kind = 'conversation'
     WHERE m.tenant_id = $1 AND m.n = 0 AND m.at >= $2 AND m.at < $3
     GROUP BY 1
), opened AS (
    SELECT stream_id, kind, status, reason, created_at, decided_at
      FROM approvals
     WHERE tenant_id = $1 AND created_at >= $2 AND created_at < $3
), decided AS (
    SELECT stream_id, kind, status, reason, created_at, decided_at
      FROM approvals
     WHERE tenant_id = $1 AND decided_at >= $2 AND decided_at < $3
), asked AS (
    SELECT stream_id,
           bool_or(status IN ('answer', 'take_over', 'release', 'approve', 'undone')) AS by_people,
           bool_or(status = 'pending') AS waiting
      FROM (SELECT * FROM opened UNION ALL SELECT * FROM decided) a
     GROUP BY 1
)
SELECT coalesce(sum(s.messages), 0)::bigint AS messages,
       count(s.stream_id) AS conversations,
       count(s.stream_id) FILTER (WHERE a.stream_id IS NULL) AS by_bot,
       count(s.stream_id) FILTER (WHERE a.by_people) AS by_people,
       count(s.stream_id) FILTER (WHERE a.waiting AND NOT a.by_people) AS unanswered,
       (SELECT percentile_cont(0.5) WITHIN GROUP (ORDER BY extract(epoch FROM d.decided_at - d.created_at))
          FROM decided d
         WHERE d.kind = 'escalation' AND d.status IN ('answer', 'take_over')) AS answer_seconds,
       (SELECT count(*) FROM decided d WHERE d.kind = 'action' AND d.status IN ('reject', 'expired'))
           AS actions_refused,
       (SELECT count(*) FROM opened o WHERE o.kind = 'escalation' AND o.reason = 'not_in_knowledge') AS gaps
  FROM said s
  LEFT JOIN asked a USING (stream_id);

-- name: deeds
-- Actions that were done on somebody's behalf, and what could not be worked on.
SELECT (SELECT count(*)
          FROM action_uses
         WHERE tenant_id = $1 AND started_at >= $2 AND started_at < $3 AND status IN ('done', 'undone')) AS actions_done,
       (SELECT count(*)
          FROM action_uses
         WHERE tenant_id = $1 AND started_at >= $2 AND started_at < $3 AND status = 'failed') AS actions_failed,
       (SELECT count(*) FROM dead_letters WHERE tenant_id = $1 AND at >= $2 AND at < $3) AS failures;

-- name: standing
SELECT (SELECT count(*) FROM approvals a WHERE a.tenant_id = $1 AND a.status = 'pending') AS waiting,
       (SELECT count(*) FROM cases c WHERE c.tenant_id = $1 AND c.closed_at IS NULL) AS open_cases,
       ARRAY(SELECT coalesce(nullif(name, ''), channel)
               FROM channel_accounts
              WHERE tenant_id = $1 AND status = 'paused'
              ORDER BY account_id
              LIMIT 5) AS paused_bots;

-- name: messages_by_day
SELECT (m.at AT TIME ZONE $4)::date AS day, count(*) AS messages
  FROM messages m
  JOIN streams s ON s.tenant_id = m.tenant_id AND s.stream_id = m.stream_id AND s.kind = 'conversation'
 WHERE m.tenant_id = $1 AND m.n = 0 AND m.at >= $2 AND m.at < $3
 GROUP BY 1;
