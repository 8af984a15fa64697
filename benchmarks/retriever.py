"""The adapter through which a benchmark of retrievers asks `memory.selection`: prepare a conversation, then select."""

import math
from collections.abc import Sequence
from datetime import UTC, datetime
from typing import Protocol

from memory.selection import ConversationIndex, Turn


class BenchTurn(Protocol):
    id: str
    speaker: str
    text: str
    time: float
    """Epoch seconds."""
    session: int


class Retriever:
    def prepare(self, turns: Sequence[BenchTurn]) -> None:
        self._index = ConversationIndex(cost=_cost)
        for turn in turns:
            self._index.add(
                Turn(
                    id=turn.id,
                    speaker=turn.speaker,
                    text=turn.text,
                    at=datetime.fromtimestamp(turn.time, UTC),
                    session=turn.session,
                )
            )

    def select(self, query: str, now: float, budget_tokens: int | None) -> list[str]:
        """Turn ids, best first."""
        selection = self._index.select(query, datetime.fromtimestamp(now, UTC), budget_tokens)
        return [chosen.turn.id for chosen in selection.chosen]


def _cost(turn: Turn) -> int:
    """As the benchmark counts: four characters a token, six for time stamp and separators."""
    return math.ceil((len(turn.speaker) + 2 + len(turn.text)) / 4) + 6
