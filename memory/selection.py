"""Which of a conversation's turns fit a question, within a budget of tokens, and why just those.

Named signals are added up, see memory/signals.py: no signal outranks the others, and each item says what every signal
gave it. Recency is none of them: what was just said is in the recent window anyway.
"""

import asyncio
from collections.abc import Callable, Collection, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from heapq import nlargest

from pydantic import JsonValue

from memory.index import Turn, TurnIndex
from memory.questions import Question, read_question
from memory.segments import split_words
from memory.signals import SIGNALS, Signal, Weights
from memory.tokens import estimate_turn
from memory.traits import ASKS

_BUILT_AT_ONCE = 128
"""Turns indexed before other work gets a chance: about 2 ms."""
_SPREAD, _SCORED = 800, 300
"""Best turns by their own words, whose neighbours are looked at, and best of all of them, which get every signal."""
_FAR = 1 / 3
"""What a turn two away gives as a neighbour, beside the one next to it."""
_LEFT_OUT = 10
_LONGEST_NAME = 200


@dataclass(frozen=True, slots=True, kw_only=True)
class Chosen:
    turn: Turn
    score: float
    shares: Mapping[Signal, float]
    """What each signal gave; they add up to the score. Signals that gave nothing are left out."""
    cost_tokens: int


@dataclass(frozen=True, slots=True, kw_only=True)
class Selection:
    chosen: tuple[Chosen, ...] = ()
    """Best first."""
    left_out: tuple[Chosen, ...] = ()
    """The best of those that did not fit in or said the same again, best first; a few."""
    considered: int = 0
    """Turns that every signal was found for."""
    turns: int = 0
    """In the whole history."""
    used_tokens: int = 0

    def trace(self) -> dict[str, JsonValue]:
        """For `TurnOutcome.trace`: ids and figures, never what was said."""
        return {
            "turns": self.turns,
            "considered": self.considered,
            "used_tokens": self.used_tokens,
            "chosen": [_traced(chosen) for chosen in self.chosen],
            "left_out": [_traced(chosen) for chosen in self.left_out],
        }


class ConversationIndex:
    """Of one contact's conversation and nothing else. `cost` says how many tokens a turn takes in a prompt."""

    def __init__(
        self,
        *,
        language: str | None = None,
        weights: Weights | None = None,
        cost: Callable[[Turn], int] = estimate_turn,
    ) -> None:
        self._language = language.lower().replace("_", "-").partition("-")[0] if language else None
        self._weights = weights or Weights()
        self._cost = cost
        self._index = TurnIndex()
        self._speakers: dict[str, frozenset[str]] = {}
        """Each with the words of the name."""

    def __len__(self) -> int:
        return len(self._index.turns)

    @property
    def size_bytes(self) -> int:
        """An estimate of what the index holds, the turns and their texts with it."""
        return self._index.size_bytes

    def add(self, turn: Turn) -> bool:
        """The next turn, in the order of the history. False for one that is there already."""
        if not self._index.add(turn):
            return False
        if turn.speaker not in self._speakers:
            self._speakers[turn.speaker] = frozenset(split_words(turn.speaker[:_LONGEST_NAME]))
        return True

    async def build(self, turns: Sequence[Turn]) -> None:
        """Adds many turns, and lets other work run in between."""
        for start in range(0, len(turns), _BUILT_AT_ONCE):
            for turn in turns[start : start + _BUILT_AT_ONCE]:
                self.add(turn)
            await asyncio.sleep(0)

    def select(
        self,
        query: str,
        now: datetime,
        budget_tokens: int | None,
        *,
        asker: str = "",
        similarity: Mapping[str, float] | None = None,
        skip: Collection[str] = (),
    ) -> Selection:
        """What fits the query best. None as the budget ranks everything considered.

        `asker` is who “I” is in the query; `similarity` holds, by turn id, one more signal between 0 and 1;
        `skip` names turns that the prompt has anyway, such as those of the recent window.
        """
        if not self._index.turns:
            return Selection()
        question = read_question(
            self._index, query, now.date(), speakers=self._speakers, language=self._language, asker=asker
        )
        for turn_id, value in (similarity or {}).items():
            if (at := self._index.position(turn_id)) is not None:
                question.similarity[at] = value
        skipped = {self._index.position(turn_id) for turn_id in skip}
        scored: list[tuple[float, int, tuple[float, ...]]] = []
        for at in self._candidates(question):
            if at in skipped:
                continue
            shares = self._shares(at, question)
            scored.append((sum(shares), -at, shares))
        scored.sort(reverse=True)
        return self._pack(scored, budget_tokens)

    def _candidates(self, question: Question) -> list[int]:
        """Positions worth a full look: by their own words, their neighbours', their session's and its day."""
        index, weights, own = self._index, self._weights, question.matches.turns
        sessions = index.sessions
        total = len(sessions)
        if total <= _SCORED:
            return list(range(total))
        rough = dict(own)
        near, asked = weights.neighbours, weights.neighbours + weights.answers / 2
        best = own if len(own) <= _SPREAD else nlargest(_SPREAD, own, key=own.__getitem__)
        for at in best:
            score, session = own[at], sessions[at]
            for other, part in ((at - 1, near), (at + 1, asked), (at - 2, near * _FAR), (at + 2, near * _FAR)):
                if 0 <= other < total and sessions[other] == session:
                    rough[other] = rough.get(other, 0.0) + score * part
        for at in question.similarity:
            rough[at] = rough.get(at, 0.0) + weights.similarity * question.similarity[at]
        by_session = question.matches.sessions
        for at in rough:
            rough[at] += weights.session * by_session.get(sessions[at], 0.0)
        if question.by_date:
            for at, session in enumerate(sessions):
                if fits := question.by_date.get(session):
                    rough[at] = rough.get(at, 0.0) + weights.date * fits
        found = list(rough) if len(rough) <= _SCORED else nlargest(_SCORED, rough, key=rough.__getitem__)
        if len(found) < _SCORED:
            found += [at for at in range(total - _SCORED, total) if at not in rough][len(found) - _SCORED :]
        return found

    def _shares(self, at: int, question: Question) -> tuple[float, ...]:
        """What each signal gives a turn, in the order of SIGNALS."""
        index, own, weights = self._index, question.matches.turns, self._weights
        sessions, turn = index.sessions, index.turns[at]
        session = sessions[at]
        before = own.get(at - 1, 0.0) if at and sessions[at - 1] == session else 0.0
        neighbours = before
        if at + 1 < len(sessions) and sessions[at + 1] == session:
            neighbours += own.get(at + 1, 0.0)
            if at + 2 < len(sessions) and sessions[at + 2] == session:
                neighbours += own.get(at + 2, 0.0) * _FAR
        if at > 1 and sessions[at - 2] == session:
            neighbours += own.get(at - 2, 0.0) * _FAR
        return (
            weights.words * own.get(at, 0.0),
            weights.neighbours * neighbours,
            weights.answers * before if before and index.traits[at - 1] & ASKS else 0.0,
            weights.session * question.matches.sessions.get(session, 0.0),
            weights.speaker if turn.speaker in question.speakers else 0.0,
            weights.date * question.by_date.get(session, 0.0),
            weights.kind if question.wanted and index.has(at, question.wanted) else 0.0,
            weights.manner * index.manners[at],
            weights.importance * turn.importance,
            weights.similarity * question.similarity.get(at, 0.0),
        )

    def _pack(self, scored: list[tuple[float, int, tuple[float, ...]]], budget: int | None) -> Selection:
        """As many as fit, best first; what does not fit makes room for the next that does."""
        chosen: list[Chosen] = []
        left_out: list[Chosen] = []
        said: set[str] = set()
        used = 0
        for score, minus_at, shares in scored:
            turn = self._index.turns[-minus_at]
            cost = self._cost(turn)
            words = turn.text.strip().lower()
            if words not in said and (budget is None or used + cost <= budget):
                chosen.append(_chosen(turn, score, shares, cost))
                said.add(words)
                used += cost
            elif len(left_out) < _LEFT_OUT:
                left_out.append(_chosen(turn, score, shares, cost))
        return Selection(
            chosen=tuple(chosen), left_out=tuple(left_out), considered=len(scored), turns=len(self), used_tokens=used
        )


def _chosen(turn: Turn, score: float, shares: tuple[float, ...], cost: int) -> Chosen:
    given: dict[Signal, float] = {name: share for name, share in zip(SIGNALS, shares, strict=True) if share}
    return Chosen(turn=turn, score=score, shares=given, cost_tokens=cost)


def _traced(chosen: Chosen) -> JsonValue:
    shares: dict[str, JsonValue] = {name: round(share, 3) for name, share in chosen.shares.items()}
    return {"id": chosen.turn.id, "score": round(chosen.score, 3), "tokens": chosen.cost_tokens, "shares": shares}
