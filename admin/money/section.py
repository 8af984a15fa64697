"""The section's door: `/budget`, `/spend`, their buttons, and the amounts it asks for."""

import re
from typing import cast

from admin.amounts import HIGHEST_BUDGET, read_amount
from admin.cards import name_business
from admin.money.budget_screen import (
    OFFERED,
    SCOPES,
    ask_for_none,
    drop_limits,
    grant,
    set_limit,
    show_budgets,
    show_limit,
)
from admin.money.raising import raise_by_half
from admin.money.spend_screen import show_group, show_spending
from admin.money.wishes import LimitScope, Wish, names_other_currency, read_wish
from admin.reports.periods import PeriodName, read_period
from admin.reports.pictures import show_picture
from admin.section import Command, Section
from admin.session import DeskTurn
from admin.state import ANSWER_LAPSES, Asking
from core.events import ButtonTapped, MessageReceived, RecordedEvent
from core.money import Money
from core.office.money import SpentOn
from core.texts import write_money
from core.turns import Member

_SCOPE, _PERIOD = "month|day|case|conversation", "today|yesterday|week|month|last_month"
_LOOK = re.compile(rf"mon:(?:(all)|(show):({_PERIOD})|by:(agent|model|channel):({_PERIOD}))", re.ASCII)
_CHANGE = re.compile(
    rf"mon:(?:(none|keep)|(set|other):({_SCOPE})|to:({_SCOPE}):(\d{{1,18}})|drop:({_SCOPE}|all)"
    r"|up:(day|month):(\d{4}-\d{2}(?:-\d{2})?):(\d{1,18}))",
    re.ASCII,
)


async def run_budget(desk: DeskTurn, member: Member, argument: str) -> None:
    try:
        wish = read_wish(desk, argument)
    except ValueError:
        currency = desk.turn.tenant.currency
        key = "mon_other_currency" if names_other_currency(argument, currency) else "mon_bad"
        desk.say(key, currency=currency, tenant=name_business(desk))
        return
    if wish is None:
        await show_budgets(desk, member)
    elif isinstance(wish, Wish):
        await grant(desk, member, wish)
    else:
        await show_limit(desk, member, wish)


async def preview_budget(desk: DeskTurn, member: Member, argument: str) -> str:
    try:
        wish = read_wish(desk, argument)
    except ValueError:
        return ""
    if member.role != "owner" or not isinstance(wish, Wish) or wish.amount is None:
        return ""  # it is shown, refused, or asked about by itself
    return desk.write(f"mon_will_{wish.scope or 'month'}", amount=write_money(wish.amount, desk.language))


async def run_spend(desk: DeskTurn, member: Member, argument: str) -> None:
    await show_spending(desk, member, read_period(argument) or "month")


async def tap(desk: DeskTurn, member: Member, tapped: ButtonTapped, recorded: RecordedEvent) -> bool:
    if match := _LOOK.fullmatch(tapped.data):
        if match[1]:
            await show_budgets(desk, member)
        elif match[2]:
            await show_spending(desk, member, cast("PeriodName", match[3]))
        else:
            await show_group(desk, cast("PeriodName", match[5]), cast("SpentOn", match[4]))
        return True
    change = _CHANGE.fullmatch(tapped.data)
    if change is None:
        return False
    if member.role != "owner":
        desk.say("owner_only")
    else:
        await _change(desk, member, change, recorded)
    return True


async def _change(desk: DeskTurn, member: Member, change: re.Match[str], recorded: RecordedEvent) -> None:
    currency = desk.turn.tenant.currency
    match change.groups():
        case ("none", *_):
            await ask_for_none(desk, None)
        case ("keep", *_):
            desk.say("mon_kept")
        case (_, "set", scope, *_):
            await show_limit(desk, member, cast("LimitScope", scope))
        case (_, "other", scope, *_):
            desk.ask("mon", "amount", recorded.recorded_at, scope=scope)
            desk.say(f"mon_write_{scope}", currency=currency)
        case (_, _, _, str() as scope, str() as micros, *_) if int(micros) <= HIGHEST_BUDGET:
            await set_limit(desk, member, cast("LimitScope", scope), Money(micros=int(micros), currency=currency))
        case (_, _, _, _, _, str() as dropped, *_):
            await drop_limits(desk, SCOPES if dropped == "all" else (cast("LimitScope", dropped),))
        case (*_, str() as scope, str() as period, str() as limit):
            await raise_by_half(desk, member, scope, period, Money(micros=int(limit), currency=currency))
        case _:
            desk.say("card_invalid")


async def hear(
    desk: DeskTurn, member: Member, asking: Asking, message: MessageReceived, recorded: RecordedEvent
) -> None:
    """The amount that was asked for; one that cannot be is asked for again."""
    scope = asking.data.get("scope")
    if scope not in OFFERED or recorded.recorded_at - asking.since > ANSWER_LAPSES:
        desk.state = desk.state.expecting()
        desk.say("mon_lapsed")
        return
    try:
        amount = read_amount(desk, message.text)
    except ValueError:
        desk.say("mon_bad_amount", currency=desk.turn.tenant.currency)
        return
    desk.state = desk.state.expecting()
    await grant(desk, member, Wish(scope=scope, amount=amount))


SECTION = Section(
    name="mon",
    commands=(
        Command(
            name="budget", role="viewer", changes=True, run=run_budget, preview=preview_budget,
            about="shows the limits on what may be spent, or sets one: an amount a month, or with `day` or `case` "
            "before it; `none` takes limits away. `80`, `day 5`, `case 2`, `month none`",
        ),
        Command(
            name="spend", role="viewer", changes=False, run=run_spend,
            about="what was spent, on what, with a chart and a forecast: `today`, `week`, `month` or `last month`",
        ),
    ),
    tap=tap,
    hear=hear,
    results={"draw_chart": show_picture},
)  # fmt: skip
