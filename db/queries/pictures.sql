-- Pictures of ours, on their way to a chat. $1 is the tenant.

-- name: save
INSERT INTO pictures (tenant_id, picture_id, mime, bytes, expires_at)
VALUES ($1, $2, $3, $4, clock_timestamp() + $5::interval)
ON CONFLICT (tenant_id, picture_id) DO UPDATE SET mime = $3, bytes = $4, expires_at = clock_timestamp() + $5::interval;

-- name: find
SELECT mime, bytes FROM pictures WHERE tenant_id = $1 AND picture_id = $2 AND expires_at > clock_timestamp();

-- name: drop_old
-- Engine role: of all tenants.
DELETE FROM pictures
 WHERE (tenant_id, picture_id) IN (
     SELECT tenant_id, picture_id FROM pictures WHERE expires_at <= clock_timestamp() ORDER BY expires_at LIMIT $1);
