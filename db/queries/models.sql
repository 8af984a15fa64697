-- A tenant's models: keys of its own, its policy, how replies turned out. $1 is the tenant.

-- name: list_keys
SELECT provider, secrets, trouble, version FROM model_keys WHERE tenant_id = $1 ORDER BY provider;

-- name: save_key
-- The tenant's version tells running processes that there is something new.
WITH bumped AS (UPDATE tenants SET version = version + 1 WHERE tenant_id = $1)
INSERT INTO model_keys AS k (tenant_id, provider, secrets) VALUES ($1, $2, $3)
ON CONFLICT (tenant_id, provider) DO UPDATE SET secrets = excluded.secrets, trouble = '', version = k.version + 1;

-- name: delete_key
WITH gone AS (DELETE FROM model_keys WHERE tenant_id = $1 AND provider = $2 RETURNING tenant_id)
UPDATE tenants t SET version = t.version + 1 FROM gone WHERE t.tenant_id = gone.tenant_id RETURNING true;

-- name: note_trouble
-- Of that version only: a key that was replaced meanwhile is not blamed.
UPDATE model_keys
   SET trouble = $4
 WHERE tenant_id = $1 AND provider = $2 AND version = $3 AND trouble <> $4
RETURNING true;

-- name: policy
SELECT models FROM tenants WHERE tenant_id = $1;

-- name: save_policy
UPDATE tenants SET models = $2, version = version + 1 WHERE tenant_id = $1 AND models <> $2::jsonb;

-- name: outcomes
SELECT model, difficulty, good, bad FROM model_outcomes WHERE tenant_id = $1 ORDER BY model, difficulty;
