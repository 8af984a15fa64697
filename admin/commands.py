"""Typed commands. Viewers look, managers and owners decide, owners set the budget."""

import re
from dataclasses import dataclass

from admin.action_card import show_action
from admin.action_edit import cancel_edit
from admin.action_rights import is_open
from admin.amounts import HIGHEST_BUDGET, read_amount
from admin.answers import cancel_answer
from admin.budget_card import cancel_raise
from admin.cards import name_business, show_approval
from admin.cases import show_case, show_cases
from admin.session import DeskTurn
from admin.takeover import ask_whom, release
from admin.texts import quote
from core.changes import SetBudget
from core.money import Money
from core.texts import write_money
from core.turns import Member

_CARDS_SHOWN = 8
_PRICES = {"exact": "prices_exact", "estimated": "prices_estimated", "free": "prices_free"}
_COMMAND = re.compile(r"/([A-Za-z_]{1,32})(?:@\w{1,64})?(?:\s+(.*))?", re.DOTALL)


@dataclass(frozen=True, slots=True, kw_only=True)
class Command:
    name: str
    argument: str = ""


def parse_command(text: str) -> Command | None:
    """None for anything that does not begin with a slash. `/status@our_bot` is `/status`."""
    text = text.strip()
    if not text.startswith("/"):
        return None
    match = _COMMAND.fullmatch(text)
    return Command(name=match[1].lower(), argument=(match[2] or "").strip()) if match else Command(name="")


async def run_command(desk: DeskTurn, member: Member, command: Command) -> None:
    match command.name:
        case "start" | "help":
            desk.say("help", tenant=quote(desk.turn.tenant.name))
        case "status":
            await _show_status(desk)
        case "inbox":
            await _show_inbox(desk)
        case "budget" if command.argument:
            _set_budget(desk, member, command.argument)
        case "budget":
            budget = desk.budget or (await desk.tools.reader.status()).budget
            _say_of_business(desk, "budget_shown", budget=_describe_budget(desk, budget))
        case "release":
            await _release(desk, member)
        case "cases":
            await show_cases(desk)
        case "case":
            await show_case(desk, command.argument)
        case "cancel" if desk.state.raising:
            cancel_raise(desk)
        case "cancel" if desk.state.editing:
            cancel_edit(desk, None)
        case "cancel":
            cancel_answer(desk, None)
        case _:
            desk.say("unknown_command")


async def _show_status(desk: DeskTurn) -> None:
    status = await desk.tools.reader.status()
    desk.say(
        "status",
        tenant=quote(desk.turn.tenant.name),
        conversations=status.conversations,
        messages=status.messages_today,
        waiting=status.pending_approvals,
        taken_over=status.taken_over,
        passages=status.knowledge_passages,
        model=_describe_model(desk),
        budget=_describe_budget(desk, desk.budget or status.budget),
        watches=status.watches,
    )


def _describe_model(desk: DeskTurn) -> str:
    models = desk.tools.models
    if not models.available:
        return desk.write("model_off")
    return desk.write("model_on", prices=desk.write(_PRICES[models.prices]))


def _set_budget(desk: DeskTurn, member: Member, argument: str) -> None:
    if member.role != "owner":
        desk.say("owner_only")
        return
    currency = desk.turn.tenant.currency
    try:
        amount = read_amount(desk, argument)
    except ValueError:
        desk.say("budget_bad", currency=currency)
        return
    if amount.micros > HIGHEST_BUDGET:
        highest = write_money(Money(micros=HIGHEST_BUDGET, currency=currency), desk.language)
        desk.say("budget_too_high", highest=highest)
        return
    desk.budget = amount
    desk.change(SetBudget(limit=amount, member_id=member.member_id))
    desk.note("budget.set", limit_micros=amount.micros, currency=currency)
    _say_of_business(desk, "budget_set", budget=write_money(amount, desk.language))


async def _show_inbox(desk: DeskTurn) -> None:
    """What waits for a person: questions and actions first, then what somebody has taken over."""
    waiting = await desk.tools.reader.pending_approvals(_CARDS_SHOWN + 1)
    held = await desk.tools.reader.taken_over(_CARDS_SHOWN + 1)
    shown = 0
    for approval in (*waiting[:_CARDS_SHOWN], *held[:_CARDS_SHOWN]):
        current = await desk.approval(approval.approval_id) or approval
        if current.kind == "action" and is_open(desk, current):
            show_action(desk, current)
        elif current.kind == "escalation" and current.status in ("pending", "take_over"):
            show_approval(desk, current)
        else:
            continue
        shown += 1
    if not shown:
        _say_of_business(desk, "inbox_empty")
    elif len(waiting) > _CARDS_SHOWN or len(held) > _CARDS_SHOWN:
        desk.say("inbox_more")


async def _release(desk: DeskTurn, member: Member) -> None:
    relay = desk.state.active_relay
    if relay is None and len(desk.state.relays) == 1:
        relay = desk.state.relays[0]
    if member.role == "viewer":
        desk.say("viewer_cannot")
    elif relay is not None and (approval := await desk.approval(relay.approval_id)) is not None:
        release(desk, member, approval)
    elif desk.state.relays:
        ask_whom(desk)
    else:
        desk.say("nothing_taken_over")


def _say_of_business(desk: DeskTurn, key: str, **fields: object) -> None:
    desk.send_text(f"{name_business(desk)} · {desk.write(key, **fields)}")


def _describe_budget(desk: DeskTurn, budget: Money | None) -> str:
    if budget is None:
        return desk.write("budget_none")
    return desk.write("budget_a_month", amount=write_money(budget, desk.language))
