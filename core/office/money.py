"""What was spent, and on what."""

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import date
from typing import Literal, Protocol

from core.money import BudgetScope, Money

SpentOn = Literal["agent", "model", "channel"]


@dataclass(frozen=True, slots=True, kw_only=True)
class BudgetView:
    """One kind of limit, and how it stands now."""

    scope: BudgetScope
    set_to: Money | None
    """As an owner set it, in whatever currency the business had then; None: no limit."""
    limit: Money | None
    """What holds now: with what was added for once, and nothing at all where it was set in another currency."""
    spent: Money
    """Of cases and conversations: of the dearest one this month."""
    reserved: Money


@dataclass(frozen=True, slots=True, kw_only=True)
class SpentLine:
    name: str
    """May be empty: what no channel caused."""
    amount: Money
    calls: int


@dataclass(frozen=True, slots=True, kw_only=True)
class Spending:
    """What a business spent in a time."""

    total: Money
    reserved: Money
    """By calls that are still running."""
    by: Mapping[SpentOn, tuple[SpentLine, ...]]
    """Dearest first; nothing that was free."""
    others: tuple[Money, ...] = ()
    """In currencies that the business had before."""
    resolved: int = 0
    """Questions that agents answered by themselves, of those whose cost is known."""
    resolved_cost: Money | None = None
    """Of all of them together."""


class MoneyReader(Protocol):
    """Days are the business's own, both ends included."""

    async def budgets(self, currency: str, day: date) -> tuple[BudgetView, ...]:
        """Of that day, its month, of each case and of each conversation: all four, set or not."""
        ...

    async def spending(self, currency: str, first: date, last: date) -> Spending: ...

    async def daily(self, currency: str, first: date, last: date) -> Mapping[date, int]:
        """In micro-units, where anything was spent."""
        ...
