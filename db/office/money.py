"""See `core/office/money.py`."""

from collections.abc import Mapping, Sequence
from datetime import date
from typing import Any

from core.ids import TenantId
from core.money import Money
from core.office.money import BudgetView, Spending, SpentLine, SpentOn
from db.database import Database, Transaction
from db.spending import Spent, count_resolved_questions, report_spending
from db.sql import load_queries

_SQL = load_queries("office_money")
_GROUPS: tuple[SpentOn, ...] = ("agent", "model", "channel")


class MoneyDesk:
    def __init__(self, database: Database, tenant: TenantId) -> None:
        self._database = database
        self._tenant = tenant

    async def budgets(self, currency: str, day: date) -> tuple[BudgetView, ...]:
        async with self._database.tenant(self._tenant, readonly=True) as tx:
            return await list_budget_views(tx, self._tenant, currency, day)

    async def spending(self, currency: str, first: date, last: date) -> Spending:
        async with self._database.tenant(self._tenant, readonly=True) as tx:
            return await read_spending(tx, self._tenant, currency, first, last)

    async def daily(self, currency: str, first: date, last: date) -> Mapping[date, int]:
        async with self._database.tenant(self._tenant, readonly=True) as tx:
            return await read_daily(tx, self._tenant, currency, first, last)


async def list_budget_views(tx: Transaction, tenant: TenantId, currency: str, day: date) -> tuple[BudgetView, ...]:
    """Month, day, case, conversation."""
    views = [_view(row, currency) for row in await tx.fetch(_SQL["standings"], tenant, currency, day)]
    return tuple(sorted(views, key=lambda view: ("month", "day", "case", "conversation").index(view.scope)))


async def read_spending(tx: Transaction, tenant: TenantId, currency: str, first: date, last: date) -> Spending:
    lines: dict[SpentOn, tuple[Spent, ...]] = {on: await report_spending(tx, tenant, first, last, on) for on in _GROUPS}
    every = lines["agent"]
    others = sorted({line.currency for line in every if line.cost_micros} - {currency})
    finished = await count_resolved_questions(tx, tenant, first, last)
    resolved = next((each for each in finished if each.currency == currency), None)
    return Spending(
        total=_sum(every, currency),
        reserved=Money(micros=sum(_own(line.reserved_micros, line, currency) for line in every), currency=currency),
        by={on: _lines(of, currency) for on, of in lines.items()},
        others=tuple(_sum(every, other) for other in others),
        resolved=resolved.finished if resolved else 0,
        resolved_cost=Money(micros=resolved.cost_micros, currency=currency) if resolved else None,
    )


async def read_daily(tx: Transaction, tenant: TenantId, currency: str, first: date, last: date) -> Mapping[date, int]:
    return {
        date.fromisoformat(line.name): line.cost_micros
        for line in await report_spending(tx, tenant, first, last, "day")
        if line.currency == currency and line.cost_micros
    }


def _view(row: Mapping[str, Any], currency: str) -> BudgetView:
    set_to, limit = row["set_micros"], row["limit_micros"]
    return BudgetView(
        scope=row["scope"],
        set_to=None if set_to is None else Money(micros=set_to, currency=row["set_currency"]),
        limit=None if limit is None else Money(micros=limit, currency=currency),
        spent=Money(micros=row["spent_micros"], currency=currency),
        reserved=Money(micros=row["reserved_micros"], currency=currency),
    )


def _lines(lines: Sequence[Spent], currency: str) -> tuple[SpentLine, ...]:
    return tuple(
        SpentLine(name=line.name, amount=Money(micros=line.cost_micros, currency=currency), calls=line.calls)
        for line in lines
        if line.currency == currency and line.cost_micros
    )


def _sum(lines: Sequence[Spent], currency: str) -> Money:
    return Money(micros=sum(_own(line.cost_micros, line, currency) for line in lines), currency=currency)


def _own(micros: int, line: Spent, currency: str) -> int:
    return micros if line.currency == currency else 0
