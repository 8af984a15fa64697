-- Cases as they are found, and the state that streams share. Run as the app role, but for what a finish writes (engine).

-- name: next_number
INSERT INTO case_numbers AS n (tenant_id, kind, last) VALUES ($1, $2, 1001)
ON CONFLICT (tenant_id, kind) DO UPDATE SET last = n.last + 1
RETURNING last;

-- name: cases_of
SELECT stream_id, kind, reference, title, step, contact_id, conversation, pending_action, attempts, version, deadline,
       opened_at, changed_at, closed_at
  FROM cases
 WHERE tenant_id = $1 AND contact_id = ANY ($2::uuid[])
 ORDER BY closed_at IS NOT NULL, changed_at DESC
 LIMIT 20;

-- name: open_cases
SELECT stream_id, kind, reference, title, step, contact_id, conversation, pending_action, attempts, version, deadline,
       opened_at, changed_at, closed_at
  FROM cases
 WHERE tenant_id = $1 AND closed_at IS NULL
 ORDER BY deadline NULLS LAST, opened_at
 LIMIT $2;

-- name: find_case
SELECT stream_id, kind, reference, title, step, contact_id, conversation, pending_action, attempts, version, deadline,
       opened_at, changed_at, closed_at
  FROM cases
 WHERE tenant_id = $1 AND upper(reference) = upper($2)
 ORDER BY opened_at DESC
 LIMIT 1;

-- name: case_at
SELECT stream_id, kind, reference, title, step, contact_id, conversation, pending_action, attempts, version, deadline,
       opened_at, changed_at, closed_at
  FROM cases
 WHERE tenant_id = $1 AND stream_id = $2;

-- name: event
-- Of those that no channel delivered.
SELECT event FROM inbox WHERE tenant_id = $1 AND account_id = 0 AND external_id = $2;

-- name: shared
SELECT version, value FROM shared_state WHERE tenant_id = $1 AND key = $2;

-- name: save_case
-- Engine role. `expected` of NULL: whatever the version is.
INSERT INTO cases AS c (tenant_id, stream_id, kind, reference, title, step, contact_id, conversation, pending_action,
                        attempts, deadline, closed_at)
VALUES ($1, $2, $3, $4, $5, $6, $7, $8, $9, $10, $11, CASE WHEN $12::bool THEN clock_timestamp() END)
ON CONFLICT (tenant_id, stream_id) DO UPDATE
   SET title = $5, step = $6, contact_id = $7, conversation = $8, pending_action = $9, attempts = $10, deadline = $11,
       closed_at = CASE WHEN $12::bool THEN clock_timestamp() END, version = c.version + 1, changed_at = clock_timestamp()
 WHERE $13::bigint IS NULL OR c.version = $13
RETURNING version;

-- name: add_shared
-- Engine role.
INSERT INTO shared_state (tenant_id, key, version, value) VALUES ($1, $2, 1, $3)
ON CONFLICT DO NOTHING
RETURNING version;

-- name: change_shared
-- Engine role.
UPDATE shared_state SET version = version + 1, value = $4 WHERE tenant_id = $1 AND key = $2 AND version = $3
RETURNING version;

-- name: keep_example
-- Engine role. Nothing of who does not want anything remembered.
INSERT INTO training_examples (tenant_id, contact_id, question, draft, correction, reason)
SELECT $1, $2, $3, $4, $5, $6
 WHERE NOT EXISTS (SELECT
                     FROM profiles p
                    WHERE p.tenant_id = $1 AND p.contact_id = $2 AND p.consent = 'withdrawn');
