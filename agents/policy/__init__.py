"""Whether an action may be done: pure, by the same rules when it is proposed and right before it is executed."""
