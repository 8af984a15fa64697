"""Words: ids, events, messages, actions, turns, money, errors, clock, protocols. Imports nothing of ours."""
