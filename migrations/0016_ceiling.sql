-- What the operator lets a business spend in a month, whatever limit its owner sets: nobody who makes a business in chat
-- spends more of the installation's money than that. NULL: no ceiling. In the business's currency.

ALTER TABLE tenants ADD COLUMN spend_ceiling_micros bigint CHECK (spend_ceiling_micros >= 0);
GRANT UPDATE (spend_ceiling_micros) ON tenants TO steward_engine;

CREATE OR REPLACE FUNCTION spend_limits(
    _tenant bigint, _currency text, _day date, _stream_kind text, _stream uuid, _agent text
) RETURNS TABLE (scope text, key text, limit_micros bigint, foreign_currency text) LANGUAGE sql STABLE AS $$
    SELECT s.scope, s.key,
           least(  -- which leaves a NULL out
               CASE WHEN b.currency = _currency THEN b.limit_micros + coalesce(
                   CASE s.scope
                       WHEN 'day' THEN
                           (SELECT sum(e.micros)
                              FROM budget_extras e
                             WHERE e.tenant_id = _tenant AND e.day = _day AND e.currency = _currency)
                       WHEN 'month' THEN
                           (SELECT sum(e.micros)
                              FROM budget_extras e
                             WHERE e.tenant_id = _tenant AND e.currency = _currency
                               AND e.day >= date_trunc('month', _day)::date
                               AND e.day < (date_trunc('month', _day) + interval '1 month')::date)
                   END, 0)::bigint
                   WHEN b.currency IS NOT NULL THEN 0
               END,
               CASE s.scope WHEN 'month' THEN
                   (SELECT t.spend_ceiling_micros FROM tenants t WHERE t.tenant_id = _tenant)
               END),
           CASE WHEN b.currency <> _currency THEN b.currency END
      FROM spend_scopes(_day, _stream_kind, _stream, _agent) s
      LEFT JOIN LATERAL (
           SELECT x.limit_micros, x.currency
             FROM budgets x
            WHERE x.tenant_id = _tenant AND x.scope = s.scope AND x.name IN ('', s.name)
            ORDER BY x.name DESC
            LIMIT 1) b ON true
     WHERE s.scope IS NOT NULL
$$;
