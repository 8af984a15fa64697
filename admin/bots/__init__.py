"""The business's bots and numbers: made by a tap, connected by a token, mended when a token is revoked."""
