-- The person an action is for, and what it may change of them. All run as the app role, as one tenant.

-- name: customer
SELECT c.contact_id, c.channel, c.name, coalesce(c.language, '') AS language, coalesce(c.phone, '') AS phone,
       t.language AS tenant_language, t.currency AS tenant_currency
  FROM contacts c
  JOIN tenants t USING (tenant_id)
 WHERE c.tenant_id = $1 AND c.contact_id = $2;

-- name: set_preference
-- Nothing for who does not want anything remembered.
INSERT INTO preferences (tenant_id, contact_id, name, value, since)
SELECT $1, $2, $3, $4, $5
 WHERE NOT EXISTS (SELECT
                     FROM profiles p
                    WHERE p.tenant_id = $1 AND p.contact_id = $2
                      AND (p.consent = 'withdrawn' OR p.forgotten_at >= $5))
ON CONFLICT (tenant_id, contact_id, name) DO UPDATE SET value = excluded.value, since = excluded.since
RETURNING true;

-- name: drop_preference
DELETE FROM preferences WHERE tenant_id = $1 AND contact_id = $2 AND name = $3;
