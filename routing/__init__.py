"""Which model answers and at what cost."""
