-- One ledger for everything that is paid for. A row of `ledger` is one attempt; `spend` holds the sums that limits are
-- checked against, so that a reservation locks three or four counters and reads no other row.

CREATE TABLE ledger (
    tenant_id bigint NOT NULL,
    entry_id uuid NOT NULL,
    call_id uuid NOT NULL,             -- the attempts of one call share it
    attempt smallint NOT NULL,
    kind text NOT NULL CHECK (kind IN ('chat', 'transcription', 'vision', 'whatsapp')),
    agent text NOT NULL,
    workflow text NOT NULL,            -- 'conversation', 'case:price_watch'
    stream_kind text NOT NULL,
    stream_id uuid NOT NULL,
    seq bigint,                        -- turns.upto_seq of the turn it belongs to
    channel text,
    provider text NOT NULL,
    model text NOT NULL,
    status text NOT NULL CHECK (status IN ('reserved', 'settled', 'released', 'expired', 'refused')),
    reserved_micros bigint NOT NULL CHECK (reserved_micros >= 0),
    cost_micros bigint NOT NULL DEFAULT 0 CHECK (cost_micros >= 0),
    currency text NOT NULL,
    price_certainty text NOT NULL CHECK (price_certainty IN ('exact', 'estimated', 'unknown')),
    price_basis text NOT NULL DEFAULT '',  -- whose price it is
    rate numeric NOT NULL,             -- units of the currency for one US dollar
    rate_date date NOT NULL,
    input_tokens bigint NOT NULL DEFAULT 0,  -- the cached parts included
    cached_read_tokens bigint NOT NULL DEFAULT 0,
    cached_write_tokens bigint NOT NULL DEFAULT 0,
    output_tokens bigint NOT NULL DEFAULT 0,
    seconds numeric NOT NULL DEFAULT 0,
    units integer NOT NULL DEFAULT 0,  -- messages
    error text NOT NULL DEFAULT '',    -- the class of the error only
    decision json,                     -- the router's reasons
    day date NOT NULL,                 -- in the tenant's time zone, when it was reserved; a late settle counts there too
    created_at timestamptz NOT NULL DEFAULT clock_timestamp(),
    expires_at timestamptz NOT NULL,
    closed_at timestamptz,
    PRIMARY KEY (tenant_id, entry_id)
) WITH (fillfactor = 80);
CREATE INDEX ledger_expiry ON ledger (expires_at) WHERE status = 'reserved';
CREATE INDEX ledger_turns ON ledger (tenant_id, stream_id, seq);
CREATE INDEX ledger_days ON ledger (tenant_id, day);
CREATE INDEX ledger_created ON ledger USING brin (created_at);

CREATE TABLE spend (
    tenant_id bigint NOT NULL,
    currency text NOT NULL,
    scope text NOT NULL CHECK (scope IN ('day', 'month', 'case', 'conversation', 'agent')),
    key text NOT NULL,                 -- 2026-11-27 | 2026-11 | <stream> | <stream>:2026-11-27 | <agent>:2026-11
    reserved_micros bigint NOT NULL CHECK (reserved_micros >= 0),
    spent_micros bigint NOT NULL CHECK (spent_micros >= 0),
    limit_micros bigint,               -- in force when it was last counted, extras included; NULL: none
    day date NOT NULL,                 -- of the last reservation, for retention
    PRIMARY KEY (tenant_id, currency, scope, key)
) WITH (fillfactor = 50, autovacuum_vacuum_scale_factor = 0.02, autovacuum_vacuum_cost_delay = 0);

-- A budget may now be of a day, a case, a conversation (and day) or an agent (and month). `name` is an agent's; an empty
-- one means that it holds for each.
ALTER TABLE budgets RENAME COLUMN period TO scope;
ALTER TABLE budgets DROP CONSTRAINT budgets_period_check;
ALTER TABLE budgets ADD CONSTRAINT budgets_scope_check
    CHECK (scope IN ('day', 'month', 'case', 'conversation', 'agent'));
ALTER TABLE budgets ADD COLUMN name text NOT NULL DEFAULT '';
ALTER TABLE budgets ADD CONSTRAINT budgets_name_check CHECK (name = '' OR scope = 'agent');
ALTER TABLE budgets DROP CONSTRAINT budgets_pkey;
ALTER TABLE budgets ADD PRIMARY KEY (tenant_id, scope, name);

-- "+5 EUR today": raises the limits of the day and of the month it is in.
CREATE TABLE budget_extras (
    tenant_id bigint NOT NULL,
    day date NOT NULL,
    extra_id uuid NOT NULL DEFAULT gen_random_uuid(),
    micros bigint NOT NULL CHECK (micros > 0),
    currency text NOT NULL,
    given_by bigint NOT NULL,
    given_at timestamptz NOT NULL DEFAULT clock_timestamp(),
    PRIMARY KEY (tenant_id, day, extra_id)
);

-- The limit is a part of the key: a raised limit that is reached again is told again.
CREATE TABLE budget_alerts (
    tenant_id bigint NOT NULL,
    scope text NOT NULL CHECK (scope IN ('day', 'month')),
    key text NOT NULL,
    threshold smallint NOT NULL CHECK (threshold IN (50, 75, 90, 100)),
    limit_micros bigint NOT NULL,
    used_micros bigint NOT NULL,       -- at 100 with what was reserved
    currency text NOT NULL,
    at timestamptz NOT NULL DEFAULT clock_timestamp(),
    told_at timestamptz,
    decision text CHECK (decision IN ('extra', 'raise', 'stay')),  -- at 100: what an owner chose
    decided_by bigint,
    decided_at timestamptz,
    PRIMARY KEY (tenant_id, currency, scope, key, threshold, limit_micros)
);
CREATE INDEX budget_alerts_untold ON budget_alerts (at) WHERE told_at IS NULL;

-- Messages that a WhatsApp number sent in a calendar month (UTC); some of the service messages are free.
CREATE TABLE whatsapp_messages (
    tenant_id bigint NOT NULL,
    account_id bigint NOT NULL,
    month date NOT NULL,
    category text NOT NULL CHECK (category IN ('service', 'utility', 'marketing', 'authentication')),
    sent bigint NOT NULL CHECK (sent >= 0),
    PRIMARY KEY (tenant_id, account_id, month, category)
);

CREATE TABLE model_keys (
    tenant_id bigint NOT NULL,
    provider text NOT NULL,
    secrets bytea NOT NULL,            -- AES-GCM over JSON
    trouble text NOT NULL DEFAULT '',  -- why the provider refuses it, for the owner
    version integer NOT NULL DEFAULT 1,
    PRIMARY KEY (tenant_id, provider)
);
ALTER TABLE tenants ADD COLUMN models jsonb NOT NULL DEFAULT '{}';  -- the tenant's policy for models

CREATE TABLE model_outcomes (
    tenant_id bigint NOT NULL,
    model text NOT NULL,
    difficulty smallint NOT NULL CHECK (difficulty BETWEEN 0 AND 4),
    good bigint NOT NULL DEFAULT 0,
    bad bigint NOT NULL DEFAULT 0,
    PRIMARY KEY (tenant_id, model, difficulty)
);

-- The operator's own rates; no tenant's.
CREATE TABLE exchange_rates (
    currency text NOT NULL CHECK (currency ~ '^[A-Z]{3}$'),
    as_of date NOT NULL,
    usd_per_unit numeric NOT NULL CHECK (usd_per_unit > 0),
    source text NOT NULL,
    PRIMARY KEY (currency, as_of)
);

DO $$
DECLARE
    name text;
BEGIN
    FOREACH name IN ARRAY ARRAY[
        'ledger', 'spend', 'budget_extras', 'budget_alerts', 'whatsapp_messages', 'model_keys', 'model_outcomes'
    ] LOOP
        EXECUTE format('ALTER TABLE %I ENABLE ROW LEVEL SECURITY', name);
        EXECUTE format('ALTER TABLE %I FORCE ROW LEVEL SECURITY', name);
        EXECUTE format(
            'CREATE POLICY of_tenant ON %I TO steward_app
                 USING (tenant_id = nullif(current_setting(''app.tenant_id'', true), '''')::bigint)
                 WITH CHECK (tenant_id = nullif(current_setting(''app.tenant_id'', true), '''')::bigint)', name);
        EXECUTE format('CREATE POLICY spans_tenants ON %I TO steward_engine USING (true) WITH CHECK (true)', name);
        EXECUTE format('GRANT SELECT, INSERT, UPDATE, DELETE ON %I TO steward_app', name);
    END LOOP;
END
$$;
REVOKE DELETE ON ledger, spend, budget_alerts FROM steward_app;
REVOKE INSERT, UPDATE, DELETE ON budget_extras, model_outcomes FROM steward_app;
GRANT SELECT ON exchange_rates TO steward_app, steward_engine;
GRANT INSERT, UPDATE ON exchange_rates TO steward_engine;

-- What a turn's finish writes.
GRANT SELECT (name) ON budgets TO steward_engine;  -- the key an upsert names; `scope` kept the grant of `period`
GRANT INSERT ON budget_extras, model_outcomes TO steward_engine;
GRANT SELECT (tenant_id, model, difficulty, good, bad), UPDATE (good, bad) ON model_outcomes TO steward_engine;
-- What ticks need of every tenant: expiry, alerts, retention. Sums and places; not what was paid for, nor why.
GRANT SELECT (tenant_id, entry_id, status, reserved_micros, cost_micros, currency, day, stream_kind, stream_id, agent,
              created_at, expires_at),
      UPDATE (status, cost_micros, closed_at), DELETE ON ledger TO steward_engine;
GRANT SELECT, INSERT, UPDATE, DELETE ON spend TO steward_engine;
GRANT SELECT, INSERT, UPDATE (told_at, decision, decided_by, decided_at), DELETE ON budget_alerts TO steward_engine;

-- The functions below make reserving and closing one round trip each, a transaction of its own. They run with the rights
-- of who calls them: row-level security stays in force. A transaction that already sees a tenant is not switched.

CREATE FUNCTION see_tenant(_tenant bigint) RETURNS text LANGUAGE sql AS $$
    SELECT set_config('app.tenant_id', coalesce(nullif(current_setting('app.tenant_id', true), ''), _tenant::text), true)
$$;

CREATE FUNCTION spend_scopes(_day date, _stream_kind text, _stream uuid, _agent text)
RETURNS TABLE (scope text, key text, name text) LANGUAGE sql STABLE AS $$
    VALUES ('agent', _agent || ':' || to_char(_day, 'YYYY-MM'), _agent),
           (CASE _stream_kind WHEN 'case' THEN 'case' WHEN 'conversation' THEN 'conversation' END,
            CASE _stream_kind WHEN 'case' THEN _stream::text ELSE _stream || ':' || to_char(_day, 'YYYY-MM-DD') END, ''),
           ('day', to_char(_day, 'YYYY-MM-DD'), ''),
           ('month', to_char(_day, 'YYYY-MM'), '')
$$;

-- The counters that a spending moves, with the limit of each. A budget in another currency is a limit of 0 and says so:
-- to look past it would be to have none.
CREATE FUNCTION spend_limits(
    _tenant bigint, _currency text, _day date, _stream_kind text, _stream uuid, _agent text
) RETURNS TABLE (scope text, key text, limit_micros bigint, foreign_currency text) LANGUAGE sql STABLE AS $$
    SELECT s.scope, s.key,
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

-- Passes when spent + reserved + _amount stays within every limit. What costs nothing always passes. `_keep_free` is the
-- share, in millionths, of the day's and the month's limit that must stay free.
CREATE FUNCTION reserve_spend(
    _tenant bigint, _entry uuid, _call uuid, _attempt smallint, _kind text, _agent text, _workflow text,
    _stream_kind text, _stream uuid, _seq bigint, _channel text, _provider text, _model text, _amount bigint,
    _currency text, _certainty text, _basis text, _rate numeric, _rate_date date, _decision json, _day date,
    _lasts interval, _keep_free integer,
    OUT refused_by text, OUT refused_key text, OUT limit_micros bigint, OUT used_micros bigint,
    OUT foreign_currency text, OUT fullest double precision
) LANGUAGE plpgsql AS $$
#variable_conflict use_column
DECLARE
    tightest record;
BEGIN
    PERFORM see_tenant(_tenant);
    -- Always in this order, so that two reservations cannot deadlock. The conflicting row is locked and its latest version
    -- is counted on, whatever this statement's snapshot shows.
    WITH limits AS MATERIALIZED (
        SELECT * FROM spend_limits(_tenant, _currency, _day, _stream_kind, _stream, _agent)
    ), moved AS (
        INSERT INTO spend AS s (tenant_id, currency, scope, key, reserved_micros, spent_micros, limit_micros, day)
        SELECT _tenant, _currency, l.scope, l.key, _amount, 0, l.limit_micros, _day
          FROM limits l
         ORDER BY l.scope, l.key
        ON CONFLICT (tenant_id, currency, scope, key) DO UPDATE
           SET reserved_micros = s.reserved_micros + excluded.reserved_micros,
               limit_micros = excluded.limit_micros,
               day = greatest(s.day, excluded.day)
        RETURNING s.scope, s.key, s.limit_micros, s.reserved_micros + s.spent_micros AS used
    ), judged AS (
        SELECT m.*, l.foreign_currency,
               m.used > m.limit_micros - CASE WHEN m.scope IN ('day', 'month')
                                              THEN m.limit_micros::numeric * _keep_free / 1000000 ELSE 0 END
                   AND _amount > 0 AS blocked,
               CASE WHEN m.limit_micros > 0 THEN m.used::double precision / m.limit_micros
                    WHEN m.limit_micros = 0 THEN 1 END AS share
          FROM moved m
          JOIN limits l USING (scope, key)
    )
    SELECT j.*, max(j.share) OVER () AS fullest
      INTO tightest
      FROM judged j
     ORDER BY j.blocked IS TRUE DESC, array_position(ARRAY['month', 'day'], j.scope), j.share DESC NULLS LAST
     LIMIT 1;

    fullest := coalesce(tightest.fullest, 0);
    IF tightest.blocked THEN
        refused_by := tightest.scope;
        refused_key := tightest.key;
        limit_micros := tightest.limit_micros;
        used_micros := tightest.used - _amount;
        foreign_currency := tightest.foreign_currency;
        UPDATE spend s  -- nobody else has seen it, and the rows are locked already
           SET reserved_micros = s.reserved_micros - _amount
          FROM spend_scopes(_day, _stream_kind, _stream, _agent) k
         WHERE s.tenant_id = _tenant AND s.currency = _currency AND s.scope = k.scope AND s.key = k.key;
        IF tightest.scope IN ('day', 'month') AND tightest.foreign_currency IS NULL THEN
            INSERT INTO budget_alerts (tenant_id, scope, key, threshold, limit_micros, used_micros, currency)
            VALUES (_tenant, tightest.scope, tightest.key, 100, tightest.limit_micros, tightest.used - _amount, _currency)
            ON CONFLICT DO NOTHING;
        END IF;
    END IF;
    INSERT INTO ledger (tenant_id, entry_id, call_id, attempt, kind, agent, workflow, stream_kind, stream_id, seq, channel,
                        provider, model, status, reserved_micros, currency, price_certainty, price_basis, rate,
                        rate_date, error, decision, day, expires_at, closed_at)
    VALUES (_tenant, _entry, _call, _attempt, _kind, _agent, _workflow, _stream_kind, _stream, _seq, _channel,
            _provider, _model, CASE WHEN refused_by IS NULL THEN 'reserved' ELSE 'refused' END, _amount, _currency,
            _certainty, _basis, _rate, _rate_date, CASE WHEN refused_by IS NULL THEN '' ELSE 'LimitReached' END,
            _decision, _day, clock_timestamp() + _lasts, CASE WHEN refused_by IS NOT NULL THEN clock_timestamp() END);
END
$$;

-- Puts the actual cost in the place of what was reserved, or of what was presumed at expiry. Closing what is settled
-- already changes nothing; a cost that comes after a release is counted all the same, since it was spent.
CREATE FUNCTION close_spend(
    _tenant bigint, _entry uuid, _status text, _cost bigint, _certainty text, _basis text, _model text,
    _input bigint, _cached_read bigint, _cached_write bigint, _output bigint, _seconds numeric, _units integer,
    _error text,
    OUT was text, OUT reserved_micros bigint
) LANGUAGE plpgsql AS $$
#variable_conflict use_column
DECLARE
    entry record;
    held bigint;
    more bigint;
BEGIN
    PERFORM see_tenant(_tenant);
    UPDATE ledger l
       SET status = _status, cost_micros = _cost, price_certainty = coalesce(_certainty, l.price_certainty),
           price_basis = coalesce(_basis, l.price_basis), model = coalesce(_model, l.model), input_tokens = _input,
           cached_read_tokens = _cached_read, cached_write_tokens = _cached_write, output_tokens = _output,
           seconds = _seconds, units = _units, error = _error, closed_at = clock_timestamp()
     WHERE l.tenant_id = _tenant AND l.entry_id = _entry
       AND (l.status IN ('reserved', 'expired') OR l.status = 'released' AND _status = 'settled')
    RETURNING old.status, old.reserved_micros, old.cost_micros, l.currency, l.day, l.stream_kind, l.stream_id, l.agent
      INTO entry;
    IF NOT FOUND THEN
        RETURN;
    END IF;
    was := entry.status;
    reserved_micros := entry.reserved_micros;
    held := CASE was WHEN 'reserved' THEN entry.reserved_micros ELSE 0 END;
    more := _cost - entry.cost_micros;
    WITH moved AS (
        INSERT INTO spend AS s (tenant_id, currency, scope, key, reserved_micros, spent_micros, limit_micros, day)
        SELECT _tenant, entry.currency, l.scope, l.key, 0, greatest(more, 0), l.limit_micros, entry.day
          FROM spend_limits(_tenant, entry.currency, entry.day, entry.stream_kind, entry.stream_id, entry.agent) l
         ORDER BY l.scope, l.key
        ON CONFLICT (tenant_id, currency, scope, key) DO UPDATE
           SET reserved_micros = s.reserved_micros - held,
               spent_micros = s.spent_micros + more,
               limit_micros = excluded.limit_micros
        RETURNING s.scope, s.key, s.limit_micros, coalesce(old.spent_micros, 0) AS before, s.spent_micros AS after
    )
    INSERT INTO budget_alerts (tenant_id, scope, key, threshold, limit_micros, used_micros, currency)
    SELECT _tenant, m.scope, m.key, t.threshold, m.limit_micros, m.after, entry.currency
      FROM moved m, unnest(ARRAY[50, 75, 90, 100]) AS t (threshold)
     WHERE m.scope IN ('day', 'month')
       AND m.before * 100 < m.limit_micros * t.threshold AND m.after * 100 >= m.limit_micros * t.threshold
    ON CONFLICT DO NOTHING;
END
$$;
