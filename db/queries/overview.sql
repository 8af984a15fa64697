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

-- name: ghosts
-- Tenants that are gone and whose streams are not: one look into the index for each tenant there is. Only ids that were
-- given out: whoever writes rows under others knows why.
WITH RECURSIVE seen AS (
    (SELECT tenant_id FROM streams ORDER BY tenant_id LIMIT 1)
    UNION ALL
    SELECT (SELECT s.tenant_id FROM streams s WHERE s.tenant_id > seen.tenant_id ORDER BY s.tenant_id LIMIT 1)
      FROM seen
     WHERE tenant_id IS NOT NULL
)
SELECT tenant_id
  FROM seen
 WHERE tenant_id > 1 AND tenant_id <= pg_sequence_last_value('tenants_tenant_id_seq')
   AND NOT EXISTS (SELECT FROM tenants t WHERE t.tenant_id = seen.tenant_id)
 LIMIT $1;

-- name: erase
SELECT erase_tenant($1, $2);
