-- A business that is made and run from its owner's chat.

ALTER TABLE tenants ADD COLUMN settings jsonb NOT NULL DEFAULT '{}';  -- see tenants/settings.py
ALTER TABLE tenants ADD COLUMN folder_hash bytea;                     -- of the folder it was last loaded from
-- What links to a bot are made of: a Telegram username without @, a WhatsApp number in digits.
ALTER TABLE channel_accounts ADD COLUMN handle text NOT NULL DEFAULT '';
ALTER TABLE approvals ADD COLUMN snoozed_until timestamptz;

-- What a desk's turn writes.
GRANT INSERT ON invites TO steward_engine;
GRANT SELECT (member_id, role), DELETE ON members TO steward_engine;
GRANT UPDATE (name, language, time_zone, currency, persona, agents, settings, version) ON tenants TO steward_engine;
GRANT UPDATE (snoozed_until) ON approvals TO steward_engine;
GRANT UPDATE (paused) ON watches TO steward_engine;
