"""How well a passage of the knowledge has to fit."""

from core.turns import TurnInput

ANSWERED = 0.55
"""A passage that covers at least this share of a question answers it. Tried on `demo/` in tests/memory."""


def is_answered(turn: TurnInput) -> bool:
    """Whether the tenant's notes answer what this turn asks."""
    return any(passage.score >= ANSWERED for passage in turn.recalled.knowledge)
