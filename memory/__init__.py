"""What a turn remembers: the recent window and the tenant's knowledge, chosen to fit."""
