-- What an owner's desk sees and changes of watches. $1 is the tenant.

-- name: watches
SELECT w.watch_id, w.name, w.every_seconds, w.next_due_at, w.paused, w.last_ok_at, w.last_error,
       coalesce(w.settings ->> 'url', '') AS url, count(p.item)::integer AS items,
       (count(*) FILTER (WHERE p.seen_micros > p.agreed_micros))::integer AS above
  FROM watches w
  LEFT JOIN agreed_prices p ON p.tenant_id = w.tenant_id AND p.watch_id = w.watch_id
 WHERE w.tenant_id = $1 AND ($2::bigint IS NULL OR w.watch_id = $2)
 GROUP BY w.tenant_id, w.watch_id
 ORDER BY w.name;

-- name: prices
SELECT item, agreed_micros, seen_micros, currency
  FROM agreed_prices
 WHERE tenant_id = $1 AND watch_id = $2
 ORDER BY (seen_micros > agreed_micros) IS TRUE DESC, item;

-- name: shipments
-- One that no carrier has reported on has no case yet, and is on its way.
SELECT count(*)::integer AS open, (count(*) FILTER (WHERE c.step = 'late'))::integer AS late
  FROM shipments s
  LEFT JOIN cases c ON c.tenant_id = s.tenant_id AND c.kind = 'shipment' AND c.reference = s.reference
 WHERE s.tenant_id = $1 AND c.closed_at IS NULL;

-- name: add
-- Its first look was taken just now.
INSERT INTO watches (tenant_id, kind, name, settings, every_seconds, next_due_at, last_ok_at)
VALUES ($1, 'price_list', $2, $3, $4::integer, clock_timestamp() + $4::integer * interval '1 second', clock_timestamp())
ON CONFLICT (tenant_id, name) DO NOTHING
RETURNING watch_id;

-- name: find_same
SELECT watch_id FROM watches
 WHERE tenant_id = $1 AND name = $2 AND settings ->> 'url' = $3 AND every_seconds = $4;

-- name: agree
-- A price that was seen stays seen: it is compared with what is agreed now.
INSERT INTO agreed_prices (tenant_id, watch_id, item, agreed_micros, currency, seen_micros, seen_at)
SELECT $1, w.watch_id, $3, $4, $5, $6, CASE WHEN $6::bigint IS NULL THEN NULL ELSE clock_timestamp() END
  FROM watches w
 WHERE w.tenant_id = $1 AND w.watch_id = $2
ON CONFLICT (tenant_id, watch_id, item) DO UPDATE SET agreed_micros = excluded.agreed_micros, currency = excluded.currency
RETURNING true;

-- name: set_every
-- The next look comes no later than the new interval from now.
UPDATE watches
   SET every_seconds = $3::integer,
       next_due_at = least(next_due_at, clock_timestamp() + $3::integer * interval '1 second')
 WHERE tenant_id = $1 AND watch_id = $2
RETURNING true;

-- name: remove
WITH prices AS (
    DELETE FROM agreed_prices WHERE tenant_id = $1 AND watch_id = $2
)
DELETE FROM watches WHERE tenant_id = $1 AND watch_id = $2 RETURNING true;
