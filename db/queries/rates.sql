-- The operator's exchange rates; no tenant's.

-- name: latest
SELECT DISTINCT ON (currency) currency, as_of, usd_per_unit, source FROM exchange_rates ORDER BY currency, as_of DESC;

-- name: save
-- Engine role.
INSERT INTO exchange_rates (currency, as_of, usd_per_unit, source) VALUES ($1, $2, $3, $4)
ON CONFLICT (currency, as_of) DO UPDATE SET usd_per_unit = excluded.usd_per_unit, source = excluded.source;
