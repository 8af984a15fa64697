-- name: claim_due
-- Due watches move on to their next slot in the same transaction that records their event. Slots that passed while
-- nothing ran are not made up for: one run, at the next slot of the grid.
UPDATE watches w
   SET next_due_at = w.next_due_at + make_interval(secs => w.every_seconds
           * ceil(greatest(1, extract(epoch FROM $1 - w.next_due_at) / w.every_seconds)))
  FROM (SELECT tenant_id, watch_id, next_due_at
          FROM watches
         WHERE NOT paused AND next_due_at <= $1
           AND tenant_id NOT IN (SELECT t.tenant_id FROM tenants t WHERE t.suspended_at IS NOT NULL)
         ORDER BY next_due_at
         LIMIT $2
           FOR UPDATE SKIP LOCKED) due
 WHERE w.tenant_id = due.tenant_id AND w.watch_id = due.watch_id
RETURNING w.tenant_id, w.watch_id, w.kind, due.next_due_at AS due_at,
          extract(epoch FROM $1 - due.next_due_at) > w.every_seconds AS skipped;

-- name: note_run
UPDATE watches
   SET last_ok_at = CASE WHEN $3 = '' THEN clock_timestamp() ELSE last_ok_at END, last_error = $3
 WHERE tenant_id = $1 AND watch_id = $2;

-- name: find
SELECT watch_id, kind, name, settings FROM watches WHERE tenant_id = $1 AND watch_id = $2;

-- name: agreed
SELECT item, agreed_micros, seen_micros, currency FROM agreed_prices WHERE tenant_id = $1 AND watch_id = $2 ORDER BY item;

-- name: note_price
UPDATE agreed_prices SET seen_micros = $4, seen_at = clock_timestamp()
 WHERE tenant_id = $1 AND watch_id = $2 AND item = $3;
