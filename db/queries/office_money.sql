-- What the business spends, for its owner's desk. $1 is the tenant.

-- name: standings
-- The day's and the month's limit for the period that holds $3; of cases and conversations the dearest one of the month.
SELECT l.scope, b.limit_micros AS set_micros, b.currency AS set_currency, l.limit_micros,
       coalesce(s.spent_micros, 0) AS spent_micros, coalesce(s.reserved_micros, 0) AS reserved_micros
  FROM spend_limits($1, $2, $3, 'desk', '00000000-0000-0000-0000-000000000000', '') l
  LEFT JOIN budgets b ON b.tenant_id = $1 AND b.scope = l.scope AND b.name = ''
  LEFT JOIN spend s ON s.tenant_id = $1 AND s.currency = $2 AND s.scope = l.scope AND s.key = l.key
 WHERE l.scope IN ('day', 'month')
UNION ALL
SELECT e.scope, b.limit_micros, b.currency,
       CASE WHEN b.currency = $2 THEN b.limit_micros WHEN b.currency IS NOT NULL THEN 0 END,
       coalesce(d.spent_micros, 0), coalesce(d.reserved_micros, 0)
  FROM (VALUES ('case'), ('conversation')) e (scope)
  LEFT JOIN budgets b ON b.tenant_id = $1 AND b.scope = e.scope AND b.name = ''
  LEFT JOIN LATERAL (
       SELECT s.spent_micros, s.reserved_micros
         FROM spend s
        WHERE s.tenant_id = $1 AND s.currency = $2 AND s.scope = e.scope AND s.day >= date_trunc('month', $3::date)
          AND (e.scope = 'case' OR b.scope IS NOT NULL)  -- there are many conversations: looked at where it matters
        ORDER BY s.spent_micros + s.reserved_micros DESC
        LIMIT 1) d ON true;
