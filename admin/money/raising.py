"""*Raise by 50 %*, below the notice that a limit is near: what is done once, however often and by whom it is tapped."""

from typing import cast

from admin.amounts import refuse_amount
from admin.money.budget_screen import read_views
from admin.money.wishes import LimitScope
from admin.session import DeskTurn
from core.changes import SetBudget
from core.events import BudgetDecided
from core.money import MICROS, Money
from core.texts import write_money
from core.turns import Member

_STEP = MICROS // 100


async def raise_by_half(desk: DeskTurn, member: Member, scope: str, period: str, limit: Money) -> None:
    """Only from the limit that the notice told of: two taps, or two owners, raise it once."""
    view = next(view for view in await read_views(desk) if view.scope == scope)
    if view.set_to is None or view.limit != limit or view.set_to.currency != limit.currency:
        now = write_money(view.limit, desk.language) if view.limit else desk.write("budget_none")
        desk.say("mon_raised_before", limit=now)
        return
    micros = -(-view.set_to.micros * 3 // (2 * _STEP)) * _STEP
    amount = Money(micros=micros, currency=limit.currency)
    if await refuse_amount(desk, scope, amount):
        return
    desk.change(SetBudget(limit=amount, member_id=member.member_id, scope=cast("LimitScope", scope)))
    desk.note("budget.raise", scope=scope, period=period, amount_micros=micros)
    _tell(desk, member, scope, period, limit, view.spent, micros)
    desk.say(f"limit_thanks_raise_{scope}", amount=write_money(amount, desk.language))


def _tell(desk: DeskTurn, member: Member, scope: str, period: str, limit: Money, spent: Money, micros: int) -> None:
    """Every desk's notice says that it is done, and loses its button."""
    decided = BudgetDecided(
        scope="day" if scope == "day" else "month",
        period=period,
        limit_micros=limit.micros,
        used_micros=spent.micros,
        currency=limit.currency,
        decision="raise",
        amount_micros=micros,
        member_name=member.name,
        near=True,
    )
    desk.tell_desks(decided, f"near:{limit.currency}:{scope}:{period}:{limit.micros}")
