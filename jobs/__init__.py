"""Where time is: stream worker, outbox worker, effects, ticks."""
