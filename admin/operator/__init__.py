"""The person who runs the installation: all tenants, their health and spending."""
