"""Whether rules let more be done without asking than others do: what a person must be warned of."""

from dataclasses import dataclass
from decimal import Decimal

from agents.actions.declaration import ActionDeclaration
from tenants.agents import ActionRules

_DAY = 24 * 60


@dataclass(frozen=True, slots=True, kw_only=True)
class Freedom:
    """What is done without asking. None where there is no limit."""

    share: int
    """Percent of the customers."""
    up_to: Decimal | None
    times: int | None
    """A day, for one customer."""
    a_day: Decimal | None
    a_month: Decimal | None
    minutes: frozenset[int]
    """Of the day."""


def is_grave(declared: ActionDeclaration) -> bool:
    """It gives money, or cannot be taken back: never done without asking but up to an amount."""
    return declared.by == "agent" and (
        declared.gives_money or (declared.touches == "outside" and declared.reversal == "irreversible")
    )


def loosens(declared: ActionDeclaration, before: ActionRules, after: ActionRules) -> bool:
    """In doubt it does."""
    now, then = find_freedom(declared, after), find_freedom(declared, before)
    if now is None:
        return False
    if then is None:
        return True
    return (
        now.share > then.share
        or not now.minutes <= then.minutes
        or any(
            _beyond(one, other)
            for one, other in (
                (now.up_to, then.up_to), (now.times, then.times), (now.a_day, then.a_day), (now.a_month, then.a_month),
            )
        )
    )  # fmt: skip


def find_freedom(declared: ActionDeclaration, rules: ActionRules) -> Freedom | None:
    """None: nothing is done without asking."""
    share = {"off": 0, "shadow": 0, "canary": rules.share_percent, "live": 100}[rules.level]
    decide = rules.decide or declared.decide
    by_amount = rules.allow_up_to is not None and declared.cost == "amount"
    minutes = _read_minutes(rules.hours)
    if not share or not minutes or decide == "forbid" or rules.times_a_day == 0:
        return None
    if not by_amount and (decide == "ask" or is_grave(declared)):
        return None
    limited = any(each is not None for each in (rules.times_a_day, rules.amount_a_day, rules.amount_a_month))
    free = declared.cost == "free"
    return Freedom(
        share=share,
        up_to=None if free else _least(rules.allow_up_to if by_amount else None, rules.at_most),
        times=1 if by_amount and not limited else rules.times_a_day,
        a_day=rules.amount_a_day,
        a_month=rules.amount_a_month,
        minutes=minutes,
    )


def _least(*amounts: Decimal | None) -> Decimal | None:
    return min((each for each in amounts if each is not None), default=None)


def _beyond(one: Decimal | int | None, other: Decimal | int | None) -> bool:
    return other is not None and (one is None or one > other)


def _read_minutes(span: str | None) -> frozenset[int]:
    if span is None:
        return frozenset(range(_DAY))
    begin, end = (int(clock[:2]) * 60 + int(clock[3:]) for clock in span.split("-"))
    if begin <= end:
        return frozenset(range(begin, end))
    return frozenset(range(begin, _DAY)) | frozenset(range(end))
