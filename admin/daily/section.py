"""The section's door."""

from admin.action_edit import cancel_edit
from admin.answers import cancel_answer
from admin.budget_card import cancel_raise
from admin.cases import show_case, show_cases
from admin.section import Command, Section
from admin.session import DeskTurn
from admin.takeover import ask_whom, release
from admin.texts import quote
from core.money import Money
from core.texts import write_money
from core.turns import Member

_PRICES = {"exact": "prices_exact", "estimated": "prices_estimated", "free": "prices_free"}


async def _cancel(desk: DeskTurn, member: Member, argument: str) -> None:
    del member, argument
    if desk.state.raising:
        cancel_raise(desk)
    elif desk.state.editing:
        cancel_edit(desk, None)
    elif desk.state.asking:
        desk.state = desk.state.expecting()
        desk.say("asking_cancelled")
    else:
        cancel_answer(desk, None)


async def _list_cases(desk: DeskTurn, member: Member, argument: str) -> None:
    del member, argument
    await show_cases(desk)


async def _find_case(desk: DeskTurn, member: Member, argument: str) -> None:
    del member
    await show_case(desk, argument)


async def _show_status(desk: DeskTurn, member: Member, argument: str) -> None:
    del member, argument
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


async def _release(desk: DeskTurn, member: Member, argument: str) -> None:
    del argument
    relay = desk.state.active_relay
    if relay is None and len(desk.state.relays) == 1:
        relay = desk.state.relays[0]
    if relay is not None and (approval := await desk.approval(relay.approval_id)) is not None:
        await release(desk, member, approval)
    elif desk.state.relays:
        ask_whom(desk)
    else:
        desk.say("nothing_taken_over")


def _describe_budget(desk: DeskTurn, budget: Money | None) -> str:
    if budget is None:
        return desk.write("budget_none")
    return desk.write("budget_a_month", amount=write_money(budget, desk.language))


SECTION = Section(
    name="day",
    commands=(
        Command(
            name="status", role="viewer", changes=False, run=_show_status,
            about="how things stand: conversations, messages today, what waits, model and budget",
        ),
        Command(name="cases", role="viewer", changes=False, run=_list_cases, about="open tickets, calls, reminders"),
        Command(
            name="case", role="viewer", changes=False, run=_find_case, listed=False,
            about="one case by its reference, such as `T-1001`",
        ),
        Command(
            name="release", role="manager", changes=True, at_once=True, run=_release,
            about="hand the conversation that was taken over back to the bot",
        ),
        Command(name="cancel", role="viewer", changes=False, run=_cancel, about="drop what was begun", listed=False),
    ),
)  # fmt: skip
