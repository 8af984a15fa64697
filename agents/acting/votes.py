"""A vote of an agent on an action."""

from collections.abc import Sequence
from dataclasses import dataclass

from pydantic import JsonValue

from agents.colleagues import Opinion


@dataclass(frozen=True, slots=True, kw_only=True)
class Vote:
    agent: str
    opinion: Opinion


def write_votes(votes: Sequence[Vote]) -> dict[str, JsonValue]:
    """As an approval keeps them, for whoever decides."""
    return {vote.agent: {"for": vote.opinion.yes, "why": vote.opinion.why or vote.opinion.code} for vote in votes}
