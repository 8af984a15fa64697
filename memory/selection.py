"""Which of a conversation's turns fit a question, within a budget of tokens, and why just those.

Named signals are added up, see memory/signals.py: no signal outranks the others, and each item says what every signal
gave it. Recency is none of them: what was just said is in the recent window anyway.
"""

import asyncio
from collections.abc import Callable, Collection, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from heapq import nlargest
from typing import Literal

from pydantic import JsonValue

from core.tokens import estimate_tokens
from memory.index import Turn, TurnIndex
from memory.questions import Question, read_question
from memory.segments import split_words
from memory.signals import FITTING, SIGNALS, Signal, Weights
from memory.traits import ASKS

_BUILT_AT_ONCE = 128
"""Turns indexed before other work gets a chance: about 2 ms."""
_SPREAD, _SCORED = 800, 300
"""Best turns by their own words, whose neighbours are looked at, and best of all of them, which get every signal."""
_FAR = 1 / 3
"""What a turn two away gives as a neighbour, beside the one next to it."""
_LEFT_OUT = 10
_LONGEST_NAME = 200
_FADED_DAYS = 30.0
_NEAR_BEST = 0.4
_FRAME_TOKENS = 6
"""Time stamp and separators around a turn."""

Reason = Literal["no room", "said already", "off the subject"]


@dataclass(frozen=True, slots=True, kw_only=True)
class Chosen:
    turn: Turn
    score: float
    shares: Mapping[Signal, float]
    """What each signal gave; they add up to the score. Signals that gave nothing are left out."""
    cost_tokens: int
    reason: Reason | None = None
    """Why it was left out."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Selection:
    chosen: tuple[Chosen, ...] = ()
    """Best first."""
    left_out: tuple[Chosen, ...] = ()
    """The best of those that were not taken, best first; a few."""
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


def estimate_turn(turn: Turn) -> int:
    """Tokens of a turn as it stands in a prompt, with its speaker and time; for any family of models."""
    return estimate_tokens(turn.text) + estimate_tokens(turn.speaker) + _FRAME_TOKENS


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
        said: Collection[str] = (),
        least: float | None = None,
    ) -> Selection:
        """What fits the query best. None as the budget ranks everything considered.

        `asker` is who “I” is in the query; `similarity` holds, by turn id, one more signal between 0 and 1;
        `skip` names turns that the prompt has anyway, such as those of the recent window, and `said` is what they say.
        `least` is how much a turn has to be about the query, as the sum of the FITTING signals; where nothing is that
        much, such as for a long query, a good part of what the best one has.
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
            shares = self._shares(at, question, now)
            scored.append((sum(shares), -at, shares))
        scored.sort(reverse=True)
        if least is not None:
            least = min(least, _NEAR_BEST * max((_fitting(shares) for _, _, shares in scored), default=0.0))
        return self._pack(scored, budget_tokens, {_folded(text) for text in said}, least)

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

    def _shares(self, at: int, question: Question, now: datetime) -> tuple[float, ...]:
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
        asked = at > 0 and sessions[at - 1] == session and index.traits[at - 1] & ASKS
        return (
            weights.words * own.get(at, 0.0),
            weights.neighbours * neighbours,
            weights.answers * before if before and asked else 0.0,
            weights.session * question.matches.sessions.get(session, 0.0),
            weights.date * question.by_date.get(session, 0.0),
            weights.similarity * question.similarity.get(at, 0.0),
            weights.speaker if turn.speaker in question.speakers else 0.0,
            weights.kind if question.wanted and index.has(at, question.wanted) else 0.0,
            weights.manner * index.manners[at],
            weights.importance * turn.importance,
            -weights.fading * _age(turn, now) if turn.small_talk and not asked else 0.0,
        )

    def _pack(
        self,
        scored: list[tuple[float, int, tuple[float, ...]]],
        budget: int | None,
        said: set[str],
        least: float | None,
    ) -> Selection:
        """As many as fit, best first; what does not fit makes room for the next that does."""
        chosen: list[Chosen] = []
        left_out: list[Chosen] = []
        used = 0
        for score, minus_at, shares in scored:
            turn = self._index.turns[-minus_at]
            reason: Reason | None = None
            cost, words = 0, _folded(turn.text)
            if words in said:
                reason = "said already"
            elif least is not None and not (least <= _fitting(shares) > 0):
                reason = "off the subject"
            elif (cost := self._cost(turn)) and budget is not None and used + cost > budget:
                reason = "no room"
            if reason is None:
                chosen.append(_chosen(turn, score, shares, cost))
                said.add(words)
                used += cost
            elif len(left_out) < _LEFT_OUT:
                left_out.append(_chosen(turn, score, shares, cost, reason))
            elif budget is not None and used >= budget:
                break
        return Selection(
            chosen=tuple(chosen), left_out=tuple(left_out), considered=len(scored), turns=len(self), used_tokens=used
        )


def _fitting(shares: tuple[float, ...]) -> float:
    """How much a turn is about the question; faded small talk is about nothing."""
    return sum(shares[:FITTING]) + shares[-1]


def _folded(text: str) -> str:
    return text.strip(" \t\n.!…").lower() or text


def _age(turn: Turn, now: datetime) -> float:
    """0 for today's, 1 for a month's. What a wrong clock put into the future is new."""
    return min(1.0, max(0.0, (now - turn.at).total_seconds() / 86_400 / _FADED_DAYS))


def _chosen(turn: Turn, score: float, shares: tuple[float, ...], cost: int, reason: Reason | None = None) -> Chosen:
    given: dict[Signal, float] = {name: share for name, share in zip(SIGNALS, shares, strict=True) if share}
    return Chosen(turn=turn, score=score, shares=given, cost_tokens=cost, reason=reason)


def _traced(chosen: Chosen) -> JsonValue:
    shares: dict[str, JsonValue] = {name: round(share, 3) for name, share in chosen.shares.items()}
    told: dict[str, JsonValue] = {"id": chosen.turn.id, "score": round(chosen.score, 3), "shares": shares}
    return told | ({"reason": chosen.reason} if chosen.reason else {"tokens": chosen.cost_tokens})
