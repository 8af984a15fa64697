"""Telegram: updates in by webhook or polling, Bot API calls out, for every bot of this process over one session."""
