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
    about: str = ""
    """Name and records, without the rest: about one thing only one wish waits at a time."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Acted:
    """An action that was put on its way."""

    mark: str
    at: float
    """Unix seconds."""
    about: str = ""
    """As of `Waiting`."""
    reference: str = ""
    """Of what came of it, such as a ticket's; empty until its receipt is there."""
