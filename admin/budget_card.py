"""How the budget stands: notices on the way, and at the limit one card that lets an owner act."""

import re
from collections.abc import Mapping
from dataclasses import replace
from datetime import date, datetime
from typing import Literal

from babel.dates import format_skeleton
from babel.numbers import format_currency

from admin.amounts import HIGHEST_BUDGET, read_amount, refuse_amount
from admin.answers import cancel_answer
from admin.cards import name_business, name_member
from admin.session import DeskTurn
from admin.state import ANSWER_LAPSES, Raising
from core.changes import AddToBudget, DecideLimit, SetBudget
from core.events import BudgetDecided, BudgetReached, ButtonTapped
from core.messages import Button, EditCard
from core.money import MICROS, Money
from core.texts import find_locale, write_date, write_money
from core.turns import Member, ReachedLimit

_BUTTON = re.compile(r"bud:(extra|raise|stay):(day|month):(\d{4}-\d{2}(?:-\d{2})?):(\d{1,18})", re.ASCII)
_EXTRAS: Mapping[str, int] = {
    "ARS": 5_000, "BRL": 25, "CLP": 5_000, "COP": 20_000, "CZK": 100, "HUF": 2_000, "INR": 500, "JPY": 1_000,
    "KZT": 2_500, "MXN": 100, "PLN": 20, "RUB": 500, "SEK": 50, "TRY": 200, "UAH": 200, "ZAR": 100,
}  # fmt: skip
"""What "a little more for today" is where it is not 5: about five euros."""


def show_budget(desk: DeskTurn, event: BudgetReached) -> None:
    limit = Money(micros=event.limit_micros, currency=event.currency)
    used = Money(micros=event.used_micros, currency=event.currency)
    if event.percent < 100:
        _show_near(desk, event, limit, used)
        return
    card = _name_card(event.scope, event.period, limit)
    buttons = _buttons(desk, event.scope, event.period, limit)
    desk.send_text(_describe(desk, event.period, limit, used), *buttons, card=card)


def _show_near(desk: DeskTurn, event: BudgetReached, limit: Money, used: Money) -> None:
    card, buttons = _name_near(event.scope, event.period, limit), list[Button]()
    if desk.member is not None and desk.member.role == "owner":
        place = f"{event.scope}:{event.period}:{limit.micros}"
        buttons.append(desk.button("mon_button_raise_half", f"mon:up:{place}"))
    desk.send_text(_describe_near(desk, event.period, limit, used, event.percent), *buttons, card=card)


def _describe_near(desk: DeskTurn, period: str, limit: Money, used: Money, percent: int) -> str:
    words = desk.write("budget_near", percent=percent, **_fields(desk, period, limit, used))
    return f"{name_business(desk)} · {words}"


def close_budget(desk: DeskTurn, event: BudgetDecided) -> None:
    """The card loses its buttons and says what was chosen."""
    limit = Money(micros=event.limit_micros, currency=event.currency)
    used = Money(micros=event.used_micros, currency=event.currency)
    amount = write_money(Money(micros=event.amount_micros, currency=event.currency), desk.language)
    chosen = desk.write(f"limit_{event.decision}", who=name_member(desk, event.member_name), amount=amount)
    if event.near:
        percent = used.micros * 100 // limit.micros if limit.micros else 100
        near = _describe_near(desk, event.period, limit, used, percent)
        desk.edit_card(_name_near(event.scope, event.period, limit), f"{near}\n\n{chosen}")
        return
    text = f"{_describe(desk, event.period, limit, used)}\n\n{chosen}"
    desk.edit_card(_name_card(event.scope, event.period, limit), text)
    raising = desk.state.raising
    if raising and (raising.scope, raising.period, raising.limit_micros) == (event.scope, event.period, limit.micros):
        desk.state = replace(desk.state, raising=None)


def show_decided(desk: DeskTurn, reached: ReachedLimit) -> None:
    """For whoever opens it after all."""
    desk.send_text(_describe_decided(desk, reached), card=_name_card(reached.scope, reached.period, reached.limit))


def _describe_decided(desk: DeskTurn, reached: ReachedLimit) -> str:
    decided = desk.write("limit_decided", who=name_member(desk, reached.decided_by))
    return f"{_describe(desk, reached.period, reached.limit, reached.used)}\n\n{decided}"


async def tap_budget(desk: DeskTurn, member: Member, tap: ButtonTapped, at: datetime) -> bool:
    """False for a button that is not the budget's."""
    match = _BUTTON.fullmatch(tap.data)
    if match is None:
        return False
    limit = Money(micros=int(match[4]), currency=desk.turn.tenant.currency)
    reached = await desk.reached_limit(match[2], match[3], limit)
    if member.role != "owner":
        desk.say("owner_only")
    elif reached is None:
        desk.say("card_invalid")
    elif reached.decision is not None:
        desk.say("limit_decided", who=name_member(desk, reached.decided_by))
        card, text = _name_card(reached.scope, reached.period, limit), _describe_decided(desk, reached)
        desk.send(EditCard(card=card, text=text, message_id=tap.message_id, quiet=True))
    elif match[1] == "raise":
        _ask_for_limit(desk, reached, at)
    elif match[1] == "extra":
        amount = _extra(limit.currency)
        _decide(desk, member, reached, "extra", amount.micros)
        desk.change(AddToBudget(amount=amount, member_id=member.member_id))
        desk.say("limit_thanks_extra", amount=write_money(amount, desk.language))
    else:
        _decide(desk, member, reached, "stay", 0)
        desk.say("limit_thanks_stay")
    return True


async def raise_limit(desk: DeskTurn, member: Member, raising: Raising, text: str, at: datetime) -> None:
    """Takes the words that came after *raise limit*. An amount that cannot be is asked for again."""
    if member.role != "owner":  # any more
        desk.state = replace(desk.state, raising=None)
        desk.say("owner_only")
        return
    limit = Money(micros=raising.limit_micros, currency=desk.turn.tenant.currency)
    reached = await desk.reached_limit(raising.scope, raising.period, limit)
    if at - raising.since > ANSWER_LAPSES or reached is None or reached.decision is not None:
        desk.state = replace(desk.state, raising=None)
        desk.say("raise_lapsed")
        return
    try:
        amount = read_amount(desk, text)
    except ValueError:
        desk.say("raise_bad", currency=limit.currency)
        return
    if not limit.micros < amount.micros <= HIGHEST_BUDGET:
        highest = Money(micros=HIGHEST_BUDGET, currency=limit.currency)
        lowest, highest = (write_money(each, desk.language) for each in (limit, highest))
        desk.say("raise_out_of_range", lowest=lowest, highest=highest)
        return
    if await refuse_amount(desk, raising.scope, amount):
        return
    desk.state = replace(desk.state, raising=None)
    _decide(desk, member, reached, "raise", amount.micros)
    desk.change(SetBudget(limit=amount, member_id=member.member_id, scope=raising.scope))
    if raising.scope == "month":
        desk.budget = amount
    desk.say(f"limit_thanks_raise_{raising.scope}", amount=write_money(amount, desk.language))


def cancel_raise(desk: DeskTurn) -> None:
    desk.state = replace(desk.state, raising=None)
    desk.say("raise_cancelled")


def _ask_for_limit(desk: DeskTurn, reached: ReachedLimit, at: datetime) -> None:
    if desk.state.answering:
        cancel_answer(desk, None)  # an amount must not go to a customer
    raising = Raising(scope=reached.scope, period=reached.period, limit_micros=reached.limit.micros, since=at)
    desk.state = desk.state.expecting(raising=raising)
    desk.say(f"raise_ask_{reached.scope}", limit=write_money(reached.limit, desk.language))


def _decide(
    desk: DeskTurn,
    member: Member,
    reached: ReachedLimit,
    decision: Literal["extra", "raise", "stay"],
    amount_micros: int,
) -> None:
    change = DecideLimit(
        scope=reached.scope,
        period=reached.period,
        limit=reached.limit,
        decision=decision,
        member_id=member.member_id,
    )
    desk.decide_limit(member, reached, change, amount_micros)


def _describe(desk: DeskTurn, period: str, limit: Money, used: Money) -> str:
    return f"{name_business(desk)} · {desk.write('budget_reached', **_fields(desk, period, limit, used))}"


def _fields(desk: DeskTurn, period: str, limit: Money, used: Money) -> dict[str, object]:
    return {
        "period": write_period(period, desk.language),
        "limit": write_money(limit, desk.language),
        "used": write_money(used, desk.language),
    }


def write_period(period: str, language: str) -> str:
    try:
        if len(period) > len("2026-11"):
            return write_date(date.fromisoformat(period), language)
        return format_skeleton("yMMMM", date.fromisoformat(f"{period}-01"), locale=find_locale(language))
    except ValueError:
        return period


def _buttons(desk: DeskTurn, scope: str, period: str, limit: Money) -> tuple[Button, ...]:
    if desk.member is None or desk.member.role != "owner":
        return ()
    place = f"{scope}:{period}:{limit.micros}"
    extra = _extra(limit.currency)
    short = format_currency(
        extra.micros // MICROS, extra.currency, "¤#,##0", locale=find_locale(desk.language), currency_digits=False
    )
    return (
        Button(id=f"bud:extra:{place}", label=desk.write("button_limit_extra", amount=short)),
        desk.button("button_limit_raise", f"bud:raise:{place}"),
        desk.button("button_limit_stay", f"bud:stay:{place}"),
    )


def _extra(currency: str) -> Money:
    return Money(micros=_EXTRAS.get(currency, 5) * MICROS, currency=currency)


def _name_near(scope: str, period: str, limit: Money) -> str:
    return f"near:{scope}:{period}:{limit.micros}"


def _name_card(scope: str, period: str, limit: Money) -> str:
    return f"bud:{scope}:{period}:{limit.micros}"
