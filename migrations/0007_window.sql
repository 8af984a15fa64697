-- How many of a conversation's last messages a turn sees, by the tenant's choice.
ALTER TABLE tenants ADD COLUMN window_messages smallint NOT NULL DEFAULT 20 CHECK (window_messages BETWEEN 10 AND 50);
