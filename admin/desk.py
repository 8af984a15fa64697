"""The handler of desk streams: an owner's chat with the admin bot, whatever channel it is on."""

from typing import assert_never

from admin.action_card import close_action, end_action, show_asked
from admin.action_edit import take_value
from admin.action_taps import tap_action
from admin.answers import give_answer
from admin.bots.taking import take_secrets
from admin.bots.trouble import tell_trouble
from admin.budget_card import close_budget, raise_limit, show_budget, tap_budget
from admin.cards import close_card, name_business, show_escalation
from admin.cases import follow_case, tap_case
from admin.commands import parse_command, run_command
from admin.decisions import follow_closing, tap_card
from admin.inbox.reminders import follow_question, let_go
from admin.joining import find_code, join
from admin.knowledge.adding import offer as offer_to_learn
from admin.notices import describe_notice
from admin.onboarding.strangers import meet_stranger, tell_stranger
from admin.operator.suspended import answer_suspended
from admin.people.parting import close_desk
from admin.plain.section import take_plain_words
from admin.relay import refuse_edit, relay_words, show_customer, tap_suggestion
from admin.sections import COMMANDS, hear_words, take_bot, take_opening, take_result, take_timer, tap_section
from admin.session import DeskTurn
from admin.takeover import ask_whom
from admin.words import take_words
from core.events import (
    ActionAsked,
    ActionEnded,
    ActionResult,
    BotCreated,
    BudgetDecided,
    BudgetReached,
    ButtonTapped,
    CaseOpened,
    CaseOrder,
    ContactBlocked,
    CustomerNotice,
    CustomerRelayed,
    DeskClosed,
    DeskOpened,
    EscalationClosed,
    EscalationOpened,
    MessageEdited,
    MessageReceived,
    OwnerDecision,
    OwnerEcho,
    OwnerNotice,
    ReactionReceived,
    RecordedEvent,
    ShipmentUpdated,
    TimerFired,
)
from core.turns import Member, TurnInput, TurnOutcome, TurnTools


async def handle_desk(turn: TurnInput, tools: TurnTools) -> TurnOutcome:
    """Does nothing but look things up and decide. Raises Transient from the look-ups."""
    member = await tools.reader.member_at(turn.account_id, turn.chat)
    desk = DeskTurn(turn, tools, member)
    for recorded in turn.events:
        if member is None:
            await _answer_stranger(desk, recorded)
        else:
            await _answer_member(desk, member, recorded)
    kinds = [recorded.event.kind for recorded in turn.events]
    return desk.outcome({"desk": {"role": member.role if member else "none", "events": [*kinds]}})


async def _answer_stranger(desk: DeskTurn, recorded: RecordedEvent) -> None:
    """The same words to everyone without a seat, so nothing is learnt from them; what desks are told is dropped."""
    event = recorded.event
    if isinstance(event, DeskClosed):
        await close_desk(desk, event)
    if isinstance(event, ActionResult):
        await tell_stranger(desk, event)
    if not isinstance(event, MessageReceived | ButtonTapped):
        return
    desk.listen_to(event.sender)
    code = find_code(event.text) if isinstance(event, MessageReceived) else None
    if code is not None and isinstance(event, MessageReceived):
        await join(desk, event, code)
    elif desk.joined_by:
        desk.say_once("send_again")
    elif not await meet_stranger(desk, event, recorded):
        desk.say_once("stranger")


async def _answer_member(desk: DeskTurn, member: Member, recorded: RecordedEvent) -> None:
    event = recorded.event
    if desk.turn.tenant.suspended and answer_suspended(desk, event):
        return
    match event:
        case MessageReceived():
            desk.listen_to(event.sender)
            await _take_message(desk, member, recorded, event)
        case ButtonTapped():
            desk.listen_to(event.sender)
            await _take_tap(desk, member, recorded, event)
        case MessageEdited():
            desk.listen_to(event.sender)
            refuse_edit(desk)
        case EscalationOpened():
            show_escalation(desk, event)
            follow_question(desk, member, event, recorded.recorded_at)
        case EscalationClosed():
            if not await close_action(desk, event):
                await close_card(desk, event)
            await follow_closing(desk, event)
            let_go(desk, event.approval_id)
        case ActionAsked():
            await show_asked(desk, event)
        case ActionEnded():
            await end_action(desk, event)
        case CustomerRelayed():
            await show_customer(desk, event, recorded.seq)
        case BudgetReached():
            show_budget(desk, event)
        case BudgetDecided():
            close_budget(desk, event)
        case OwnerNotice(notice="bot_trouble") if await tell_trouble(desk, member, event):
            return
        case OwnerNotice():
            told = describe_notice(event, desk.language, desk.turn.tenant.time_zone)
            desk.send_text(f"{name_business(desk)} · {told}")
            await follow_case(desk, event)
        case ActionResult():
            await take_result(desk, member, event)
        case TimerFired():
            await take_timer(desk, member, event, recorded)
        case DeskOpened():
            await take_opening(desk, member, event)
        case BotCreated():
            desk.listen_to(event.sender)
            await take_bot(desk, member, event)
        case (
            ReactionReceived()
            | DeskClosed()  # who was removed has a seat again
            | ContactBlocked()
            | OwnerDecision()
            | ShipmentUpdated()
            | CustomerNotice()
            | OwnerEcho()
            | CaseOpened()
            | CaseOrder()
        ):
            return
        case _:
            assert_never(event)


async def _take_tap(desk: DeskTurn, member: Member, recorded: RecordedEvent, tap: ButtonTapped) -> None:
    at = recorded.recorded_at
    known = (
        await tap_budget(desk, member, tap, at)
        or await tap_suggestion(desk, member, tap, recorded.seq)
        or await tap_action(desk, member, tap, at)
        or await tap_case(desk, member, tap)
        or await tap_section(desk, member, tap, recorded)
    )
    if not known:
        await tap_card(desk, member, tap, at)


async def _take_message(desk: DeskTurn, member: Member, recorded: RecordedEvent, message: MessageReceived) -> None:
    """A code, a token, a command, the limit, value or answer that was asked for, words to the customer: so ordered."""
    code, command = find_code(message.text), parse_command(message.text)
    if code is not None:
        await join(desk, message, code)
    elif await take_secrets(desk, member, message, recorded):
        return
    elif command is not None:
        await run_command(desk, member, command)
    elif await hear_words(desk, member, message, recorded):
        return
    elif member.role == "viewer":
        if not await take_plain_words(desk, member, message, recorded, COMMANDS):
            desk.say("viewer_hint")
    elif raising := desk.state.raising:
        await raise_limit(desk, member, raising, message.text, recorded.recorded_at)
    elif (editing := desk.state.editing) and editing.field:
        await take_value(desk, editing, message.text, recorded.recorded_at)
    elif answering := desk.state.answering:
        await give_answer(desk, member, answering, take_words(message), recorded.recorded_at)
    elif relay := desk.state.active_relay:
        await relay_words(desk, member, relay, take_words(message), recorded.seq)
    elif desk.state.relays:
        ask_whom(desk)
    elif offer_to_learn(desk, member, message, recorded):
        return
    elif not await take_plain_words(desk, member, message, recorded, COMMANDS):
        desk.say_once("hint")
