"""A person in the bot's place: what helps them there, and how the bot comes back when they are silent."""
