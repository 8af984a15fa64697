-- Bots and numbers that are connected, mended and paused in an owner's chat.

ALTER TABLE channel_accounts
    -- Whether a Telegram bot may make bots for others: what getMe calls can_manage_bots.
    ADD COLUMN manages_bots boolean NOT NULL DEFAULT false,
    -- The admin bot that made this one and can give it another token; none for a bot that somebody brought.
    ADD COLUMN managed_by bigint,
    -- What kind of trouble it is, for words in the owner's language; `trouble` is for the operator.
    ADD COLUMN trouble_code text NOT NULL DEFAULT '' CHECK (trouble_code IN ('', 'token', 'conflict', 'vendor'));

GRANT UPDATE (trouble_code) ON channel_accounts TO steward_engine;
