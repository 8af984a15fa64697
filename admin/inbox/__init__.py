"""What waits for a person: the list, setting aside, reminders, deciding several alike at once, pausing the bot."""
