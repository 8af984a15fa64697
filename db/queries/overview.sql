-- What spans tenants for the operator: counts, and the one function that deletes. Engine role.

-- name: tenant_ids
SELECT tenant_id, count(*) OVER () AS total FROM tenants WHERE tenant_id <> 1 ORDER BY tenant_id OFFSET $1 LIMIT $2;

-- name: health
SELECT (SELECT count(*) FROM workers WHERE alive_until > clock_timestamp()) AS workers,
       p.pending, p.pending_since, o.queued, o.queued_since,
       (SELECT count(*) FROM dead_letters) AS dead_letters,
       (SELECT count(*) FROM channel_accounts WHERE status = 'paused') AS troubled,
       t.tenants, t.suspended, pg_database_size(current_database()) AS database_bytes
  FROM (SELECT count(*) AS pending, min(pending_since) AS pending_since
          FROM streams
         WHERE dirty AND last_seq > done_seq) p,
       (SELECT count(*) AS queued, min(created_at) AS queued_since
          FROM outbox
         WHERE status IN ('queued', 'sending')) o,
       (SELECT count(*) AS tenants, count(suspended_at) AS suspended FROM tenants WHERE tenant_id <> 1) t;

-- name: erase
SELECT erase_tenant($1, $2);
