"""What a conversation keeps of actions between turns."""

from dataclasses import dataclass


@dataclass(frozen=True, slots=True, kw_only=True)
class Waiting:
    """An action that waits for an owner."""

    approval: str
    title: str
    name: str
    mark: str
    """Of name and arguments: the same is not asked for twice."""
    until: float
    """Unix seconds."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Acted:
    """An action that was put on its way."""

    mark: str
    at: float
    """Unix seconds."""
