"""Budgets and spending."""
