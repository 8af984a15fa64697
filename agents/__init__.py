"""Deciding, pure of I/O: one turn on one screen, actions and their schemas, cases."""
