"""How the limits stand, and setting them: by a tap, or in words."""

from collections.abc import Mapping, Sequence
from dataclasses import replace

from babel.numbers import format_percent

from admin.amounts import refuse_amount
from admin.cards import name_business
from admin.money.days import today_of
from admin.money.wishes import LimitScope, Wish
from admin.onboarding.budgets import starter_budget
from admin.session import DeskTurn
from core.changes import DropBudget, SetBudget
from core.messages import Button
from core.money import Money
from core.office.money import BudgetView
from core.texts import find_locale, write_money, write_rounded_money
from core.turns import Member

SCOPES: tuple[LimitScope, ...] = ("month", "day", "case", "conversation")
OFFERED: tuple[LimitScope, ...] = ("month", "day", "case")
"""By buttons; a conversation's is for whoever types it."""
_PRESETS: Mapping[LimitScope, Sequence[int]] = {
    "month": (20, 50, 100, 200),
    "day": (1, 2, 5, 10),
    "case": (1, 2, 5, 10),
    "conversation": (1, 2, 5, 10),
}
"""In a currency the size of the dollar."""


async def show_budgets(desk: DeskTurn, member: Member) -> None:
    views = await read_views(desk)
    lines = [desk.write("mon_title", tenant=name_business(desk))]
    lines += [line for view in views if (line := describe_view(desk, view))]
    if all(view.limit is None for view in views):
        lines.append(desk.write("mon_unlimited"))
    lines.append(desk.write("mon_hint" if member.role == "owner" else "mon_owner_sets"))
    spend = desk.button("mon_button_spending", "mon:show:month")
    desk.send_rows("\n".join(lines), [*limit_rows(desk, member), (spend,)])


async def show_limit(desk: DeskTurn, member: Member, scope: LimitScope) -> None:
    """One limit, with amounts to tap."""
    view = next(view for view in await read_views(desk) if view.scope == scope)
    told = describe_view(desk, view, always=True)
    if member.role != "owner":
        desk.send_text(f"{told}\n{desk.write('mon_owner_sets')}")
        return
    currency = desk.turn.tenant.currency
    amounts = [amount for units in _PRESETS[scope] if (amount := starter_budget(units, currency))]
    buttons = [
        Button(id=f"mon:to:{scope}:{amount.micros}", label=write_rounded_money(amount, desk.language))
        for amount in amounts
    ]
    rows = [tuple(buttons[:2]), tuple(buttons[2:]), (desk.button("mon_button_other", f"mon:other:{scope}"),)]
    desk.send_rows(f"{told}\n{desk.write(f'mon_ask_{scope}')}", rows)


async def ask_for_none(desk: DeskTurn, scope: LimitScope | None) -> None:
    """Names what that means; the tap on a limit is the owner's yes."""
    views = [view for view in await read_views(desk) if view.set_to is not None and scope in (None, view.scope)]
    if not views:
        desk.say("mon_none_set", desk.button("mon_button_spending", "mon:show:month"))
        return
    offered = [desk.button(f"mon_button_drop_{view.scope}", f"mon:drop:{view.scope}") for view in views]
    if len(views) > 1:
        offered.append(desk.button("mon_button_drop_all", "mon:drop:all"))
    offered.append(desk.button("mon_button_keep", "mon:keep"))
    lines = [describe_view(desk, view) for view in views]
    desk.send_rows("\n".join((desk.write("mon_none_ask"), *lines)), [(button,) for button in offered])


async def drop_limits(desk: DeskTurn, scopes: Sequence[LimitScope]) -> None:
    """Those that are set; the caller has seen that an owner asks."""
    views = [view for view in await read_views(desk) if view.scope in scopes and view.set_to is not None]
    for view in views:
        desk.change(DropBudget(scope=view.scope))
        desk.note("budget.dropped", scope=view.scope)
    if not views:
        desk.say("mon_none_set")
    for view in views:
        desk.say(f"mon_dropped_{view.scope}")


async def grant(desk: DeskTurn, member: Member, wish: Wish) -> None:
    """Does what an owner wants of a limit; kept from others, and asked about again where the limit would go."""
    if member.role != "owner":
        desk.say("owner_only")
    elif wish.amount is None:
        await ask_for_none(desk, wish.scope)
    else:
        await set_limit(desk, member, wish.scope or "month", wish.amount)


async def set_limit(desk: DeskTurn, member: Member, scope: LimitScope, amount: Money) -> None:
    if await refuse_amount(desk, scope, amount):
        return
    if scope == "month":
        desk.budget = amount
    desk.change(SetBudget(limit=amount, member_id=member.member_id, scope=scope))
    desk.note("budget.set", scope=scope, limit_micros=amount.micros, currency=amount.currency)
    text = f"{name_business(desk)} · {desk.write(f'mon_set_{scope}', amount=write_money(amount, desk.language))}"
    view = next(view for view in await read_views(desk) if view.scope == scope)
    used = view.spent.micros + view.reserved.micros
    if scope in ("month", "day") and used >= amount.micros:
        text += "\n" + desk.write("mon_set_reached", used=write_money(view.spent, desk.language))
    spending, limits = desk.button("mon_button_spending", "mon:show:month"), desk.button("mon_button_limits", "mon:all")
    desk.send_text(text, spending, limits)


async def read_views(desk: DeskTurn) -> tuple[BudgetView, ...]:
    """With the month's limit as this turn leaves it."""
    views = await desk.office.money.budgets(desk.turn.tenant.currency, today_of(desk))
    if desk.budget is None:
        return views
    return tuple(
        replace(each, set_to=desk.budget, limit=desk.budget) if each.scope == "month" else each for each in views
    )


def describe_view(desk: DeskTurn, view: BudgetView, *, always: bool = False) -> str:
    """A line; empty for what is not set and was not used, unless it is wanted always."""
    each = view.scope in ("case", "conversation")
    if each and view.limit is None and not (always or view.spent.micros):
        return ""
    spent = write_money(view.spent, desk.language)
    if each and view.limit is not None and not view.spent.micros:
        told = desk.write("mon_each_unused", limit=write_money(view.limit, desk.language))
    elif view.limit is None:
        told = desk.write("mon_each_unlimited" if each else "mon_used_unlimited", spent=spent)
    else:
        limit = write_money(view.limit, desk.language)
        share = write_share(view.spent.micros, view.limit.micros, desk.language)
        told = desk.write("mon_each" if each else "mon_used", spent=spent, limit=limit, share=share)
    if view.reserved.micros and not each:
        told += desk.write("mon_reserved", amount=write_money(view.reserved, desk.language))
    return f"{desk.write(f'mon_scope_{view.scope}')}: {told}{_explain_limit(desk, view)}"


def _explain_limit(desk: DeskTurn, view: BudgetView) -> str:
    if view.limit is None or view.set_to is None:
        return ""
    if view.set_to.currency != view.limit.currency:
        return " " + desk.write("mon_foreign", amount=write_money(view.set_to, desk.language))
    if view.limit.micros > view.set_to.micros:
        extra = Money(micros=view.limit.micros - view.set_to.micros, currency=view.limit.currency)
        return " " + desk.write("mon_extra", amount=write_money(extra, desk.language))
    return ""


def limit_rows(desk: DeskTurn, member: Member) -> list[tuple[Button, ...]]:
    """What an owner may tap to change a limit; nothing for others."""
    if member.role != "owner":
        return []
    sets = [desk.button(f"mon_button_{scope}", f"mon:set:{scope}") for scope in OFFERED]
    return [tuple(sets[:2]), (sets[2], desk.button("mon_button_none", "mon:none"))]


def write_share(part: int, whole: int, language: str) -> str:
    """Rounded down: what is not used up is not 100 %."""
    return str(format_percent((part * 100 // whole) / 100 if whole else 1, locale=find_locale(language)))
