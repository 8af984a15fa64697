-- What was spent, for reports and charts. $1 is the tenant; days are the tenant's own, both ends included.

-- name: report
-- Refused attempts cost nothing and used nothing; what is still reserved is shown apart.
SELECT CASE $4 WHEN 'agent' THEN agent WHEN 'model' THEN provider || '/' || model WHEN 'channel' THEN coalesce(channel, '')
               WHEN 'workflow' THEN workflow WHEN 'day' THEN to_char(day, 'YYYY-MM-DD') WHEN 'kind' THEN kind
               ELSE '' END AS name,
       currency,
       count(DISTINCT call_id) FILTER (WHERE status <> 'refused') AS calls,
       count(DISTINCT call_id) FILTER (WHERE status = 'refused') AS refused,
       sum(input_tokens)::bigint AS input_tokens,
       sum(cached_read_tokens)::bigint AS cached_read_tokens,
       sum(cached_write_tokens)::bigint AS cached_write_tokens,
       sum(output_tokens)::bigint AS output_tokens,
       sum(seconds) AS seconds,
       sum(units)::bigint AS units,
       sum(cost_micros)::bigint AS cost_micros,
       coalesce(sum(reserved_micros) FILTER (WHERE status = 'reserved'), 0)::bigint AS reserved_micros,
       coalesce(sum(cost_micros) FILTER (WHERE price_certainty <> 'exact'), 0)::bigint AS estimated_micros,
       coalesce(sum(cost_micros) FILTER (WHERE status = 'expired' OR price_basis LIKE 'presumed%'), 0)::bigint
           AS presumed_micros
  FROM ledger
 WHERE tenant_id = $1 AND day BETWEEN $2 AND $3
 GROUP BY 1, 2
 ORDER BY CASE WHEN $4 = 'day' THEN 0 ELSE sum(cost_micros) END DESC, 1, 2;

-- name: questions
-- A question counts as resolved when its turn finished and escalated nothing. Turns are kept for 30 days: older ones are
-- not looked at, so that an average is of what is known.
SELECT t.currency, count(*) AS finished, sum(t.cost_micros)::bigint AS cost_micros
  FROM (SELECT stream_id, seq, currency, sum(cost_micros) AS cost_micros
          FROM ledger
         WHERE tenant_id = $1 AND day BETWEEN $2 AND $3 AND kind = 'chat' AND stream_kind = 'conversation'
           AND status IN ('settled', 'expired') AND seq IS NOT NULL
         GROUP BY 1, 2, 3) t
  JOIN turns r ON r.tenant_id = $1 AND r.stream_id = t.stream_id AND r.upto_seq = t.seq
 WHERE r.trace ->> 'escalated' IS NULL
 GROUP BY 1;

-- name: documents
-- Whatever was read or heard: a call each.
SELECT currency, count(DISTINCT call_id) AS finished, sum(cost_micros)::bigint AS cost_micros
  FROM ledger
 WHERE tenant_id = $1 AND day BETWEEN $2 AND $3 AND status IN ('settled', 'expired')
   AND (kind IN ('transcription', 'vision') OR agent = 'read_document')
 GROUP BY 1;

-- name: budgets
-- The day's and the month's, as they stand now for the period that holds $3.
SELECT l.scope, l.key, l.limit_micros, coalesce(s.spent_micros, 0) AS spent_micros,
       coalesce(s.reserved_micros, 0) AS reserved_micros
  FROM spend_limits($1, $2, $3, 'desk', '00000000-0000-0000-0000-000000000000', '') l
  LEFT JOIN spend s ON s.tenant_id = $1 AND s.currency = $2 AND s.scope = l.scope AND s.key = l.key
 WHERE l.scope IN ('day', 'month') AND l.limit_micros IS NOT NULL
 ORDER BY l.scope;

-- name: turn
-- The attempts of one turn, for `trace`.
SELECT call_id, attempt, kind, agent, provider, model, status, reserved_micros, cost_micros, currency, price_certainty,
       price_basis, input_tokens, cached_read_tokens, cached_write_tokens, output_tokens, error, decision, created_at,
       closed_at
  FROM ledger
 WHERE tenant_id = $1 AND stream_id = $2 AND seq BETWEEN $3 AND $4
 ORDER BY created_at, attempt, entry_id;
