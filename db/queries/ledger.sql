-- The money ledger. Reserving and closing are functions of migration 0005, so that each is one round trip and, where no
-- transaction is open, one of its own.

-- name: reserve
SELECT * FROM reserve_spend($1, $2, $3, $4, $5, $6, $7, $8, $9, $10, $11, $12, $13, $14, $15, $16, $17, $18, $19, $20, $21,
                            $22, $23);

-- name: close
SELECT * FROM close_spend($1, $2, $3, $4, $5, $6, $7, $8, $9, $10, $11, $12, $13, $14);

-- name: refuse
-- For calls that were refused before a limit was asked: an unknown price, a missing rate.
INSERT INTO ledger (tenant_id, entry_id, call_id, attempt, kind, agent, workflow, stream_kind, stream_id, seq, channel,
                    provider, model, status, reserved_micros, currency, price_certainty, price_basis, rate, rate_date,
                    error, decision, day, expires_at, closed_at)
SELECT $1, $2, $3, $4, $5, $6, $7, $8, $9, $10, $11, $12, $13, 'refused', $14, $15, $16, $17, $18, $19, $20, $21, $22,
       clock_timestamp(), clock_timestamp()
  FROM see_tenant($1);

-- name: standing
SELECT l.scope, l.key, l.limit_micros, coalesce(s.spent_micros, 0) AS spent_micros,
       coalesce(s.reserved_micros, 0) AS reserved_micros
  FROM see_tenant($1) seen
 CROSS JOIN LATERAL spend_limits($1, $2, $3, $4, $5, $6) l
  LEFT JOIN spend s ON s.tenant_id = $1 AND s.currency = $2 AND s.scope = l.scope AND s.key = l.key
 WHERE seen IS NOT NULL;

-- name: expire
-- Engine role. Whoever held these is gone, and nobody knows whether the provider was reached: the reserved amount is
-- presumed spent until a late settle says better. Entries are locked before counters here as everywhere, counters in the
-- order of their keys.
WITH due AS (
    SELECT tenant_id, entry_id
      FROM ledger
     WHERE status = 'reserved' AND expires_at <= clock_timestamp()
     ORDER BY expires_at
     LIMIT $1
       FOR UPDATE SKIP LOCKED
), closed AS (
    UPDATE ledger l
       SET status = 'expired', cost_micros = l.reserved_micros, closed_at = clock_timestamp()
      FROM due d
     WHERE l.tenant_id = d.tenant_id AND l.entry_id = d.entry_id
    RETURNING l.tenant_id, l.entry_id, l.reserved_micros, l.currency, l.day, l.stream_kind, l.stream_id, l.agent
), moved AS (
    INSERT INTO spend AS s (tenant_id, currency, scope, key, reserved_micros, spent_micros, day)
    SELECT c.tenant_id, c.currency, k.scope, k.key, 0, sum(c.reserved_micros), max(c.day)
      FROM closed c
     CROSS JOIN LATERAL spend_scopes(c.day, c.stream_kind, c.stream_id, c.agent) k
     WHERE k.scope IS NOT NULL
     GROUP BY c.tenant_id, c.currency, k.scope, k.key
     ORDER BY c.tenant_id, c.currency, k.scope, k.key
    ON CONFLICT (tenant_id, currency, scope, key) DO UPDATE
       SET reserved_micros = s.reserved_micros - excluded.spent_micros,
           spent_micros = s.spent_micros + excluded.spent_micros
    RETURNING s.tenant_id, s.currency, s.scope, s.key, s.limit_micros, old.spent_micros AS before,
              s.spent_micros AS after
), crossed AS (
    INSERT INTO budget_alerts (tenant_id, scope, key, threshold, limit_micros, used_micros, currency)
    SELECT m.tenant_id, m.scope, m.key, t.threshold, m.limit_micros, m.after, m.currency
      FROM moved m, unnest(ARRAY[50, 75, 90, 100]) AS t (threshold)
     WHERE m.scope IN ('day', 'month')
       AND m.before * 100 < m.limit_micros * t.threshold AND m.after * 100 >= m.limit_micros * t.threshold
    ON CONFLICT DO NOTHING
)
SELECT tenant_id, entry_id, reserved_micros, currency FROM closed;

-- name: take_alerts
-- Engine role. Marked told by the transaction that records the events; two schedulers never get the same. The second one
-- waits for the first instead of skipping its rows: of several thresholds crossed at once only the highest is told, so one
-- of them has to see them all.
UPDATE budget_alerts a
   SET told_at = clock_timestamp()
  FROM (SELECT tenant_id, currency, scope, key, threshold, limit_micros
          FROM budget_alerts
         WHERE told_at IS NULL
         ORDER BY at, tenant_id, currency, scope, key, threshold, limit_micros
         LIMIT $1
           FOR UPDATE) u
 WHERE a.tenant_id = u.tenant_id AND a.currency = u.currency AND a.scope = u.scope AND a.key = u.key
   AND a.threshold = u.threshold AND a.limit_micros = u.limit_micros
RETURNING a.tenant_id, a.scope, a.key, a.threshold, a.limit_micros, a.used_micros, a.currency, a.at;

-- name: drop_entries
-- Engine role.
DELETE FROM ledger l
 USING (SELECT tenant_id, entry_id
          FROM ledger
         WHERE created_at < clock_timestamp() - $1::interval AND status <> 'reserved'
         LIMIT $2) old
 WHERE l.tenant_id = old.tenant_id AND l.entry_id = old.entry_id;

-- name: drop_counters
-- A case may go on for longer: its counter stays for as long as it is used. The conditions are asked again outside, of a
-- row that was reserved on meanwhile.
DELETE FROM spend
 WHERE ctid = ANY (ARRAY(
       SELECT ctid FROM spend WHERE day < (clock_timestamp() - $1::interval)::date AND reserved_micros = 0 LIMIT $2))
   AND day < (clock_timestamp() - $1::interval)::date AND reserved_micros = 0;

-- name: drop_alerts
DELETE FROM budget_alerts
 WHERE ctid = ANY (ARRAY(SELECT ctid FROM budget_alerts WHERE at < clock_timestamp() - $1::interval LIMIT $2));
