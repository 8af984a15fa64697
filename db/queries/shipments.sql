-- Shipments and the carriers that report on them.

-- name: find_connection
-- By its opaque path, whoever's it is: engine role.
SELECT c.tenant_id, c.connection_id, c.kind, c.name, c.path_id, c.secrets
  FROM connections c
  JOIN tenants t ON t.tenant_id = c.tenant_id AND t.suspended_at IS NULL
 WHERE c.path_id = $1;

-- name: known_events
SELECT external_id FROM inbox WHERE tenant_id = $1 AND account_id = 0 AND external_id = ANY ($2::text[]);

-- name: lock_shipments
-- Always in the order of the key: two batches that share shipments must not deadlock.
SELECT reference, status, promised_at, eta, channel, contact_external_id, language, reported_at
  FROM shipments
 WHERE tenant_id = $1 AND reference = ANY ($2::text[])
 ORDER BY reference
   FOR UPDATE;

-- name: save_reports
UPDATE shipments s
   SET status = r.status, eta = r.eta, reported_at = r.reported_at, updated_at = clock_timestamp()
  FROM unnest($2::text[], $3::text[], $4::timestamptz[], $5::timestamptz[]) AS r (reference, status, eta, reported_at)
 WHERE s.tenant_id = $1 AND s.reference = r.reference;

-- name: customer_accounts
SELECT channel, account_id
  FROM channel_accounts
 WHERE tenant_id = $1 AND role = 'customer' AND status = 'active'
 ORDER BY account_id;

-- name: known_streams
SELECT stream_id FROM streams WHERE tenant_id = $1 AND stream_id = ANY ($2::uuid[]);

-- name: contacts_of_phones
SELECT phone, external_id
  FROM contacts
 WHERE tenant_id = $1 AND channel = 'whatsapp' AND phone = ANY ($2::text[])
 ORDER BY first_seen_at;
