-- name: claim
-- The oldest open row of each stream that may go out now; messages and actions wait for their own kind only. The mode is
-- looked at once more: a reply that was on its way when a person took over, and came back to wait, is withheld.
-- `not_before` tells a finish that the row once waited.
UPDATE outbox o
   SET status = CASE WHEN c.withheld THEN 'withheld' ELSE 'sending' END,
       sender = CASE WHEN NOT c.withheld THEN $1::bigint END,
       not_before = coalesce(o.not_before, clock_timestamp())
  FROM (SELECT tenant_id, stream_id, seq, n,
               author = 'bot' AND NOT is_action AND EXISTS (
                   SELECT FROM streams s
                    WHERE s.tenant_id = c.tenant_id AND s.stream_id = c.stream_id AND s.mode = 'human') AS withheld
          FROM outbox c
         WHERE status = 'queued' AND is_action = $2
           AND (account_id = ANY ($4::bigint[]) OR is_action)
           AND (not_before IS NULL OR not_before <= clock_timestamp())
           AND NOT EXISTS (
               SELECT FROM outbox x
                WHERE x.tenant_id = c.tenant_id AND x.stream_id = c.stream_id AND x.status IN ('queued', 'sending')
                  AND x.is_action = c.is_action AND (x.seq, x.n) < (c.seq, c.n))
         ORDER BY created_at
         LIMIT $3
           FOR UPDATE SKIP LOCKED) c
 WHERE o.tenant_id = c.tenant_id AND o.stream_id = c.stream_id AND o.seq = c.seq AND o.n = c.n
RETURNING o.tenant_id, o.stream_id, o.seq, o.n, o.account_id, o.chat, o.author, o.attempts, o.resends, o.card, o.payload,
          o.status;

-- name: settle
-- What became of rows this worker had in hand. `not_before` goes with 'queued'.
UPDATE outbox o
   SET status = i.status,
       sender = NULL,
       provider_ids = coalesce(i.provider_ids, o.provider_ids),
       delivery = i.delivery,
       error = i.error,
       attempts = o.attempts + (i.error IS NOT NULL AND i.error NOT LIKE 'budget: %')::int,  -- waiting for money is no try
       not_before = i.not_before,
       resends = o.resends + i.in_doubt::int,
       sent_at = CASE WHEN i.status = 'sent' THEN clock_timestamp() END
  FROM (SELECT tenant_id, stream_id, seq, n, status, string_to_array(ids, ' ') AS provider_ids, delivery, error,
               clock_timestamp() + delay AS not_before, in_doubt
          FROM unnest($2::bigint[], $3::uuid[], $4::bigint[], $5::smallint[], $6::text[], $7::text[], $8::text[],
                      $9::text[], $10::interval[], $11::bool[])
               AS i (tenant_id, stream_id, seq, n, status, ids, delivery, error, delay, in_doubt)) i
 WHERE o.tenant_id = i.tenant_id AND o.stream_id = i.stream_id AND o.seq = i.seq AND o.n = i.n
   AND o.sender = $1;  -- only a row in hand has a sender

-- name: sweep
-- Rows in the hands of dead senders. Nobody knows whether the call went out: text goes once more and is counted; after
-- three doubtful tries, and for actions that move money, a person decides.
UPDATE outbox o
   SET status = CASE WHEN o.resends >= 3 OR coalesce((o.payload ->> 'money_moving')::bool, false)
                     THEN 'failed' ELSE 'queued' END,
       error = CASE WHEN o.resends >= 3 OR coalesce((o.payload ->> 'money_moving')::bool, false) THEN 'in_doubt' END,
       sender = NULL,
       resends = o.resends + 1
  FROM (SELECT tenant_id, stream_id, seq, n
          FROM outbox c
         WHERE status = 'sending'
           AND NOT EXISTS (
               SELECT FROM workers w WHERE w.worker_id = c.sender AND w.alive_until > clock_timestamp())
         ORDER BY tenant_id, stream_id, seq, n
         LIMIT $1
           FOR UPDATE SKIP LOCKED) c
 WHERE o.tenant_id = c.tenant_id AND o.stream_id = c.stream_id AND o.seq = c.seq AND o.n = c.n
RETURNING o.tenant_id, o.stream_id, o.seq, o.n, o.is_action, o.status, o.payload;

-- name: in_hand
SELECT tenant_id, stream_id, seq, n FROM outbox WHERE status = 'sending' AND sender = $1;

-- name: give_back
-- Of these rows, those that the worker still has.
UPDATE outbox o
   SET status = 'queued', sender = NULL
  FROM unnest($2::bigint[], $3::uuid[], $4::bigint[], $5::smallint[]) AS i (tenant_id, stream_id, seq, n)
 WHERE o.tenant_id = i.tenant_id AND o.stream_id = i.stream_id AND o.seq = i.seq AND o.n = i.n
   AND o.sender = $1;  -- only a row in hand has a sender

-- name: next_due
SELECT min(not_before) - clock_timestamp() AS wait
  FROM outbox
 WHERE status = 'queued' AND is_action = $1 AND not_before IS NOT NULL;

-- name: card
SELECT provider_ids[1] AS message_id
  FROM outbox
 WHERE tenant_id = $1 AND stream_id = $2 AND card = $3 AND status = 'sent' AND provider_ids[1] IS NOT NULL
 ORDER BY seq DESC, n DESC
 LIMIT 1;

-- name: receipts
-- Receipts come unordered: a later stage is never undone by an earlier one. An admin number's messages are of many
-- tenants, so the account and the vendor's id say which row it is.
UPDATE outbox o
   SET delivery = i.status, error = coalesce(nullif(i.error, ''), o.error)
  FROM unnest($1::bigint[], $2::text[], $3::text[], $4::text[]) AS i (account_id, message_id, status, error)
 WHERE o.provider_ids @> ARRAY[i.message_id] AND o.delivery IS NOT NULL
   AND o.account_id = i.account_id
   AND array_position(ARRAY['accepted', 'sent', 'delivered', 'read', 'failed'], i.status)
       > array_position(ARRAY['accepted', 'sent', 'delivered', 'read', 'failed'], o.delivery)
RETURNING o.tenant_id, o.stream_id, o.seq, o.n, o.delivery, o.error;

-- name: withhold
UPDATE outbox
   SET status = 'withheld'
 WHERE tenant_id = $1 AND stream_id = $2 AND status = 'queued' AND author = 'bot' AND NOT is_action
RETURNING payload;

-- name: drop_old
-- Done events go after their dedupe time; the history stays in `messages`.
DELETE FROM inbox
 WHERE ctid = ANY (ARRAY(
       SELECT i.ctid
         FROM inbox i
         JOIN streams s USING (tenant_id, stream_id)
        WHERE i.recorded_at < clock_timestamp() - $1::interval AND i.seq <= s.done_seq
        LIMIT $2));

-- name: drop_sent
DELETE FROM outbox
 WHERE ctid = ANY (ARRAY(
       SELECT ctid
         FROM outbox
        WHERE created_at < clock_timestamp() - $1::interval AND status IN ('sent', 'withheld', 'failed')
          AND card IS NULL
        LIMIT $2));

-- name: drop_turns
DELETE FROM turns t
 USING (SELECT tenant_id, stream_id, upto_seq
          FROM turns
         WHERE finished_at < clock_timestamp() - $1::interval
         LIMIT $2) old
 WHERE t.tenant_id = old.tenant_id AND t.stream_id = old.stream_id AND t.upto_seq = old.upto_seq;

-- name: hasten
-- What waits for an account that was mended; the moment stays, as it tells that the row once waited.
UPDATE outbox
   SET not_before = clock_timestamp() + $2
 WHERE account_id = $1 AND status = 'queued' AND NOT is_action AND not_before > clock_timestamp() + $2;
