"""The owner's desk: commands, cards and decisions, as the handler of desk streams. Knows no channel."""
