"""The stream engine's side of the database: record, claim, finish, send. Spans tenants, under its own role."""
