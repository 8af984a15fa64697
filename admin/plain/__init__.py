"""Plain words, written or spoken, turned into one of the declared commands."""
