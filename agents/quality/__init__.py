"""Checking what is about to be said, and what was sent to us: claims, promises, leaks, tone, suspicion. Pure."""
