-- The stream engine. Every statement takes arrays, so that one round trip serves many streams. Rows of `streams` are
-- always locked in (tenant_id, stream_id) order: unordered batches deadlock.

-- name: record
-- Known events are left out; the others get their places in the stream under the lock of its row. An idle stream is leased
-- to worker $8 (NULL: to nobody). Two recorders with the same new event: the later one fails on the unique key and repeats.
WITH fresh AS MATERIALIZED (
    SELECT i.*,
           row_number() OVER (PARTITION BY i.tenant_id, i.stream_id ORDER BY i.ord) AS nth
      FROM unnest($1::bigint[], $2::uuid[], $3::text[], $4::bigint[], $5::text[], $6::text[], $7::json[])
           WITH ORDINALITY AS i (tenant_id, stream_id, kind, account_id, chat, external_id, event, ord)
     WHERE (SELECT true
              FROM inbox x
             WHERE x.tenant_id = i.tenant_id AND x.account_id = i.account_id AND x.external_id = i.external_id) IS NULL
), grouped AS MATERIALIZED (
    SELECT tenant_id, stream_id, min(kind) AS kind, max(account_id) AS account_id, max(chat) AS chat,
           count(*) AS n, array_agg(ord ORDER BY ord) AS ords
      FROM fresh
     GROUP BY tenant_id, stream_id
), moved AS (
    INSERT INTO streams AS s (tenant_id, stream_id, kind, account_id, chat, last_seq, dirty, owner, lease_token,
                              pending_since, last_inbound_at)
    SELECT tenant_id, stream_id, kind, account_id, chat, n, true, $8::bigint, 1, clock_timestamp(),
           CASE WHEN account_id <> 0 THEN clock_timestamp() END
      FROM grouped
     ORDER BY tenant_id, stream_id
    ON CONFLICT (tenant_id, stream_id) DO UPDATE
       SET last_seq = s.last_seq + excluded.last_seq,
           dirty = true,
           owner = CASE WHEN s.not_before IS NULL THEN coalesce(s.owner, excluded.owner) ELSE s.owner END,
           lease_token = s.lease_token
               + (s.owner IS NULL AND s.not_before IS NULL AND excluded.owner IS NOT NULL)::int,
           pending_since = CASE WHEN s.last_seq = s.done_seq THEN excluded.pending_since ELSE s.pending_since END,
           last_inbound_at = coalesce(excluded.last_inbound_at, s.last_inbound_at),
           account_id = CASE WHEN s.account_id = 0 THEN excluded.account_id ELSE s.account_id END,
           chat = CASE WHEN s.chat = '' THEN excluded.chat ELSE s.chat END
    RETURNING s.tenant_id, s.stream_id, s.kind, s.account_id, s.chat, s.last_seq, s.done_seq, s.lease_token,
              s.fails, s.mode, s.holder, s.state, s.last_inbound_at,
              (old.owner IS NULL AND s.owner = $8) IS TRUE AS taken, clock_timestamp() AS recorded_at
), added AS (
    INSERT INTO inbox (tenant_id, stream_id, seq, account_id, external_id, recorded_at, event)
    SELECT f.tenant_id, f.stream_id, m.last_seq - g.n + f.nth, f.account_id, f.external_id, clock_timestamp(), f.event
      FROM fresh f
      JOIN grouped g USING (tenant_id, stream_id)
      JOIN moved m USING (tenant_id, stream_id)
)
SELECT m.*, g.ords FROM moved m JOIN grouped g USING (tenant_id, stream_id);

-- name: claim
-- Leases pending streams that nobody has, or whose worker is dead.
UPDATE streams s
   SET owner = $1, lease_token = s.lease_token + 1
  FROM (SELECT tenant_id, stream_id
          FROM streams c
         WHERE dirty AND last_seq > done_seq
           AND (owner IS NULL OR NOT EXISTS (
                   SELECT FROM workers w WHERE w.worker_id = c.owner AND w.alive_until > clock_timestamp()))
           AND (not_before IS NULL OR not_before <= clock_timestamp())
         ORDER BY pending_since
         LIMIT $2
           FOR UPDATE SKIP LOCKED) c
 WHERE s.tenant_id = c.tenant_id AND s.stream_id = c.stream_id
RETURNING s.tenant_id, s.stream_id, s.kind, s.account_id, s.chat, s.last_seq, s.done_seq, s.lease_token,
          s.fails, s.mode, s.holder, s.state, s.last_inbound_at;

-- name: read_events
-- A statement of its own after the claim: one that claims and reads sees the new counter but not the new rows.
SELECT i.tenant_id, i.stream_id, x.seq, x.recorded_at, x.event
  FROM unnest($1::bigint[], $2::uuid[], $3::bigint[]) AS i (tenant_id, stream_id, after)
 CROSS JOIN LATERAL (
       SELECT seq, recorded_at, event
         FROM inbox x
        WHERE x.tenant_id = i.tenant_id AND x.stream_id = i.stream_id AND x.seq > i.after
        ORDER BY seq
        LIMIT $4) x;

-- name: refresh
SELECT tenant_id, stream_id, kind, account_id, chat, last_seq, done_seq, lease_token, fails, mode, holder, state,
       last_inbound_at
  FROM streams
 WHERE tenant_id = $1 AND stream_id = $2 AND owner = $3 AND lease_token = $4;

-- name: finish
-- Moves the done counters of the streams whose lease still holds and whose mode is still the one the turn ran under, and
-- writes what their turns produced. The lease stays where more events arrived meanwhile. `s` in a row of outbox, messages
-- or turns is the place of its stream in the first arrays.
WITH input AS MATERIALIZED (
    SELECT *
      FROM unnest($2::bigint[], $3::uuid[], $4::bigint[], $5::bigint[], $6::text[], $7::json[])
           WITH ORDINALITY AS i (tenant_id, stream_id, token, upto, mode, state, ord)
), passed AS (
    INSERT INTO streams AS s (tenant_id, stream_id, kind, account_id, chat, last_seq, done_seq, dirty, lease_token,
                              mode, state)
    SELECT tenant_id, stream_id, 'case', 0, '', upto, upto, false, token, mode, state
      FROM input
     ORDER BY tenant_id, stream_id
    ON CONFLICT (tenant_id, stream_id) DO UPDATE
       SET done_seq = excluded.done_seq,
           owner = CASE WHEN s.last_seq > excluded.done_seq THEN s.owner END,
           state = coalesce(excluded.state, s.state),
           fails = 0,
           not_before = NULL
     WHERE s.lease_token = excluded.lease_token AND s.owner = $1 AND s.mode = excluded.mode
    RETURNING s.tenant_id, s.stream_id, s.last_seq, s.done_seq
), ok AS MATERIALIZED (
    -- Rows that another sender still has, that wait, or that had to wait before this worker took them (`not_before`) go
    -- first: the new ones then queue behind them.
    SELECT i.ord, p.*,
           EXISTS (SELECT FROM outbox x
                    WHERE x.tenant_id = p.tenant_id AND x.stream_id = p.stream_id
                      AND x.status IN ('queued', 'sending') AND NOT x.is_action
                      AND (x.sender IS DISTINCT FROM $1 OR x.not_before IS NOT NULL)) AS blocked
      FROM passed p
      JOIN input i USING (tenant_id, stream_id)
), turned AS (
    INSERT INTO turns (tenant_id, stream_id, upto_seq, from_seq, worker_id, attempt, started_at, finished_at, trace)
    SELECT ok.tenant_id, ok.stream_id, ok.done_seq, t.from_seq, $1, t.attempt, t.started_at, clock_timestamp(), t.trace
      FROM unnest($8::int[], $9::bigint[], $10::smallint[], $11::timestamptz[], $12::json[])
           AS t (s, from_seq, attempt, started_at, trace)
      JOIN ok ON ok.ord = t.s
    ON CONFLICT DO NOTHING
), said AS (
    INSERT INTO messages (tenant_id, stream_id, seq, n, author, text, at)
    SELECT ok.tenant_id, ok.stream_id, m.seq, m.n, m.author, m.text, m.at
      FROM unnest($13::int[], $14::bigint[], $15::smallint[], $16::text[], $17::text[], $18::timestamptz[])
           AS m (s, seq, n, author, text, at)
      JOIN ok ON ok.ord = m.s
    ON CONFLICT DO NOTHING
), queued AS (
    INSERT INTO outbox (tenant_id, stream_id, seq, n, account_id, chat, is_action, author, status, sender,
                        card, payload, created_at)
    SELECT ok.tenant_id, ok.stream_id, ok.done_seq, o.n, o.account_id, o.chat, o.is_action, o.author,
           CASE WHEN o.at_once AND NOT ok.blocked THEN 'sending' ELSE 'queued' END,
           CASE WHEN o.at_once AND NOT ok.blocked THEN $1 END,
           o.card, o.payload, clock_timestamp()
      FROM unnest($19::int[], $20::smallint[], $21::bigint[], $22::text[], $23::bool[], $24::text[], $25::bool[],
                  $26::text[], $27::json[])
           AS o (s, n, account_id, chat, is_action, author, at_once, card, payload)
      JOIN ok ON ok.ord = o.s
)
SELECT ord, last_seq, blocked FROM ok;

-- name: fail
-- Gives the stream back after a failed turn; it is tried again at `not_before`.
UPDATE streams
   SET owner = NULL, fails = fails + 1, not_before = clock_timestamp() + $5::interval
 WHERE tenant_id = $1 AND stream_id = $2 AND owner = $3 AND lease_token = $4;

-- name: release
-- Gives streams back untouched, at shutdown.
UPDATE streams
   SET owner = NULL
  FROM (SELECT s.tenant_id, s.stream_id
          FROM streams s
         WHERE dirty AND owner = $1
         ORDER BY s.tenant_id, s.stream_id
           FOR UPDATE) mine
 WHERE streams.tenant_id = mine.tenant_id AND streams.stream_id = mine.stream_id;

-- name: leased
-- What a worker has leased.
SELECT tenant_id, stream_id, lease_token FROM streams WHERE dirty AND owner = $1;

-- name: give_back
-- Of these streams, those that the worker still has under the same lease.
UPDATE streams
   SET owner = NULL
  FROM (SELECT s.tenant_id, s.stream_id
          FROM streams s
          JOIN unnest($2::bigint[], $3::uuid[], $4::bigint[]) AS i (tenant_id, stream_id, token) USING (tenant_id, stream_id)
         WHERE s.owner = $1 AND s.lease_token = i.token
         ORDER BY s.tenant_id, s.stream_id
           FOR UPDATE OF s) mine
 WHERE streams.tenant_id = mine.tenant_id AND streams.stream_id = mine.stream_id;

-- name: dead_letter
INSERT INTO dead_letters (tenant_id, stream_id, seq, error) VALUES ($1, $2, $3, $4) ON CONFLICT DO NOTHING;

-- name: sweep_clean
-- Clears the sticky bit of streams that have had nothing pending for a while.
UPDATE streams s
   SET dirty = false
  FROM (SELECT tenant_id, stream_id
          FROM streams
         WHERE dirty AND last_seq = done_seq AND owner IS NULL
           AND pending_since < clock_timestamp() - $1::interval
         ORDER BY tenant_id, stream_id
         LIMIT $2
           FOR UPDATE SKIP LOCKED) c
 WHERE s.tenant_id = c.tenant_id AND s.stream_id = c.stream_id;

-- name: beat
-- A worker that slept for hours comes back to a row that was buried.
INSERT INTO workers (worker_id, roles, alive_until) OVERRIDING SYSTEM VALUE
VALUES ($1, $3, clock_timestamp() + $2::interval)
ON CONFLICT (worker_id) DO UPDATE SET alive_until = excluded.alive_until;

-- name: enlist
INSERT INTO workers (roles, alive_until) VALUES ($1, clock_timestamp() + $2::interval) RETURNING worker_id;

-- name: dismiss
DELETE FROM workers WHERE worker_id = $1;

-- name: bury
-- Forgets workers that died long ago and hold nothing.
DELETE FROM workers w
 WHERE alive_until < clock_timestamp() - interval '1 hour'
   AND NOT EXISTS (SELECT FROM streams s WHERE s.dirty AND s.owner = w.worker_id);
