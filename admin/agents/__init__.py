"""Specialists, actions, tone and rules."""
