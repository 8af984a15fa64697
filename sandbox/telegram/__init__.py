"""Telegram's side: the Bot API server that Steward's bots call, and the updates it sends them."""
