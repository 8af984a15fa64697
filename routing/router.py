"""Which model to ask: the one whose answer is worth most after its price and its time. Pure: all it knows is handed in.

Difficulty runs from 0 to 4 (`routing.classifier`). A model of skill s answers a request of difficulty d well with the
chance

    good = 1 / (1 + exp(d - s))            the one-parameter item response model of Rasch (1960)

corrected by what became of its answers to this tenant (`experience`). With V, what a right answer is worth to the
tenant (`VALUE_USD`), a model is worth

    worth = V * good * (1 - failing) - price - V * slowness

where `failing` is its recent share of failed requests and `slowness` 5 % for each second beyond `PATIENCE_SECONDS`,
when somebody waits. Its time grows with the queue before it, and its price shrinks by what the provider still has
cached of this conversation. Models are then tried in the order of their worth; those that cannot do the job are not
tried at all.
"""

import math
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Literal

from pydantic import JsonValue

from tenants.models import ModelCard, ModelPolicy

VALUE_USD: Mapping[str, float] = {"economy": 0.004, "balanced": 0.02, "best": 0.12}
"""By the policy's quality. 2 cents: what a bakery might pay for a right answer it need not give itself."""
PATIENCE_SECONDS = 1.5
_SLOWNESS_A_SECOND = 0.05
_PRIOR_ANSWERS = 20.0
"""The catalogue's word counts as much as this many of the tenant's own outcomes."""
_NEAR_LIMIT = ((0.9, 0.1), (0.75, 0.4))
"""(share of the budget used, what V is multiplied by from there on): nearing a limit, the router goes cheaper."""

_LEFT_ALONE = "failing, left alone for now"
_TOO_BUSY = "too slow or too busy for the deadline"
_PASSING = frozenset({_LEFT_ALONE, _TOO_BUSY})
Breaker = Literal["closed", "open", "probe"]


@dataclass(frozen=True, slots=True, kw_only=True)
class Need:
    """What a request asks of a model."""

    difficulty: int
    score: float
    input_tokens: int
    """Estimated."""
    output_tokens: int
    deadline_seconds: float
    pictures: bool = False
    tools: bool = False
    waits: bool = True
    """Somebody is waiting for it."""
    budget_used: float = 0.0
    """The share of the tightest limit that is spent or reserved."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Candidate:
    card: ModelCard
    price_usd: float | None
    """Expected, for this request, with what is cached; None where no price is known."""
    seconds: float
    """A request's time with the queue before it."""
    failing: float = 0.0
    """Share of failed requests lately."""
    breaker: Breaker = "closed"
    good: int = 0
    bad: int = 0
    """This tenant's outcomes at about this difficulty."""
    cached_tokens: int = 0
    """Of this conversation, probably still in the provider's prompt cache."""
    trouble: str = ""
    """Why the key behind it does not work, if so."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Ranked:
    card: ModelCard
    worth: float
    good: float
    price_usd: float
    seconds: float
    cached_tokens: int
    outcomes: int

    def told(self) -> dict[str, JsonValue]:
        told: dict[str, JsonValue] = {
            "model": self.card.name,
            "worth_usd": round(self.worth, 6),
            "good": round(self.good, 3),
            "price_usd": round(self.price_usd, 6),
            "seconds": round(self.seconds, 2),
        }
        if self.cached_tokens:
            told["cached_tokens"] = self.cached_tokens
        if self.outcomes:
            told["outcomes"] = self.outcomes
        return told


@dataclass(frozen=True, slots=True, kw_only=True)
class Choice:
    need: Need
    value_usd: float
    ranked: tuple[Ranked, ...]
    """Best first; each is to be tried at most once."""
    left_out: Mapping[str, str]
    """By the model's name: why it cannot do this."""

    @property
    def passing(self) -> bool:
        """Whether somebody was left out for what passes by itself."""
        return any(reason in _PASSING for reason in self.left_out.values())

    def told(self) -> dict[str, JsonValue]:
        """The decision with its reasons, for the ledger and `trace`."""
        told: dict[str, JsonValue] = {
            "difficulty": self.need.difficulty,
            "score": round(self.need.score, 3),
            "input_tokens": self.need.input_tokens,
            "value_usd": round(self.value_usd, 4),
            "order": [ranked.told() for ranked in self.ranked],
        }
        if self.need.budget_used:
            told["budget_used"] = round(self.need.budget_used, 3)
        if self.left_out:
            told["left_out"] = dict(self.left_out)
        return told


def choose(need: Need, candidates: Sequence[Candidate], policy: ModelPolicy) -> Choice:
    """Models that are equally worth keep the order in which they came."""
    value = VALUE_USD[policy.quality] * _thrift(need.budget_used)
    ranked: list[Ranked] = []
    left_out: dict[str, str] = {}
    for candidate in candidates:
        if reason := _unfit(need, candidate, policy):
            left_out[candidate.card.name] = reason
        else:
            ranked.append(_weigh(need, candidate, value))
    ranked.sort(key=lambda each: -each.worth)
    return Choice(need=need, value_usd=value, ranked=tuple(ranked), left_out=left_out)


def experience(skill: float, difficulty: int, good: int, bad: int) -> float:
    """The chance of a good answer: the catalogue's word and the tenant's outcomes, weighed by their number."""
    expected = 1 / (1 + math.exp(min(50.0, difficulty - skill)))
    return (expected * _PRIOR_ANSWERS + good) / (_PRIOR_ANSWERS + good + bad)


def _weigh(need: Need, candidate: Candidate, value: float) -> Ranked:
    card = candidate.card
    good = experience(card.skill, need.difficulty, candidate.good, candidate.bad)
    late = max(0.0, candidate.seconds - PATIENCE_SECONDS) if need.waits else 0.0
    price = candidate.price_usd or 0.0
    worth = value * good * (1 - candidate.failing) - price - value * min(1.0, late * _SLOWNESS_A_SECOND)
    return Ranked(
        card=card, worth=worth, good=good, price_usd=price, seconds=candidate.seconds,
        cached_tokens=candidate.cached_tokens, outcomes=candidate.good + candidate.bad,
    )  # fmt: skip


def _unfit(need: Need, candidate: Candidate, policy: ModelPolicy) -> str:
    """Why the model cannot be asked; empty when it can."""
    card = candidate.card
    if candidate.trouble:
        return candidate.trouble
    if candidate.breaker == "open":
        return _LEFT_ALONE
    if candidate.price_usd is None:
        return "price unknown"
    if policy.floor == "strong" and card.tier != "strong":
        return "below the quality floor"
    if need.pictures and not card.vision:
        return "sees no pictures"
    if need.tools and not card.tools:
        return "calls no tools"
    if need.input_tokens + need.output_tokens + card.thinking_tokens > card.context_tokens:
        return "context too small"
    if candidate.seconds > need.deadline_seconds:
        return _TOO_BUSY
    return ""


def _thrift(budget_used: float) -> float:
    return next((factor for share, factor in _NEAR_LIMIT if budget_used >= share), 1.0)
