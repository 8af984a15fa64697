"""Where people are: the Telegram and WhatsApp edges, webhooks and pollers."""
