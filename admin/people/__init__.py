"""Who runs the business: invites, roles, transfer, switching between businesses."""
