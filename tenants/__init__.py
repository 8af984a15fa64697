"""Who: tenants, owners and roles, channel accounts, secrets, budgets, audit."""
