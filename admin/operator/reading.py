"""Reading what a business and its customers wrote: for a reason, for half an hour, known to the owners."""

from datetime import datetime, timedelta

from pydantic import BaseModel, ValidationError

from admin.cards import name_channel
from admin.operator.acting import read_told
from admin.session import DeskTurn
from admin.state import Asking
from admin.texts import quote
from agents.actions.desks.declaring import propose
from agents.actions.desks.operating import LONGEST_REASON, READ_CONVERSATIONS, SHORTEST_REASON, ReadArguments
from core.events import ActionResult
from core.ids import TenantId
from core.office.operator import OperatorReader, ReadConversation
from core.texts import write_moment
from core.turns import Member

_LAPSES = timedelta(minutes=10)
_NAME, _TEXT = 60, 300


class _Wanted(BaseModel):
    tenant_id: int


async def read_by_command(desk: DeskTurn, office: OperatorReader, argument: str) -> None:
    """`/read <slug> <reason>`"""
    slug, _, reason = argument.partition(" ")
    tenant = await office.find(slug.lower()) if slug else None
    if tenant is None:
        desk.say("op_read_how", desk.button("op_button_list", "op:list:0"))
    else:
        _propose(desk, tenant, reason)


async def begin_reading(desk: DeskTurn, member: Member, office: OperatorReader, tenant: int, at: datetime) -> None:
    """By a tap: shows what may be read already, or asks for the reason."""
    reading = await office.reading(TenantId(tenant), member.member_id)
    card = await office.tenant(TenantId(tenant))
    if card is None:
        desk.say("op_gone", desk.button("op_button_list", "op:list:0"))
    elif reading is None:
        desk.ask("op", "reason", at, tenant_id=tenant)
        desk.say("op_ask_reason", name=quote(card.line.name, _NAME), shortest=SHORTEST_REASON)
    else:
        await show_words(desk, member, office, TenantId(tenant), card.line.name)


def hear_reason(desk: DeskTurn, asking: Asking, words: str, at: datetime) -> None:
    desk.state = desk.state.expecting()
    try:
        wanted = _Wanted.model_validate(asking.data)
    except ValidationError:
        desk.say("op_failed")
        return
    if at - asking.since > _LAPSES:
        desk.say("op_reason_lapsed", desk.button("op_button_read", f"op:read:{wanted.tenant_id}"))
    else:
        _propose(desk, TenantId(wanted.tenant_id), words)


async def tell_reading(desk: DeskTurn, member: Member, result: ActionResult) -> None:
    told, office = read_told(result), desk.office.operator
    if told is None or office is None or member.role != "owner":
        desk.say("op_failed")
    elif told.code != "done":
        desk.say("op_gone", desk.button("op_button_list", "op:list:0"))
    else:
        await show_words(desk, member, office, TenantId(told.tenant_id), told.name)


async def show_words(desk: DeskTurn, member: Member, office: OperatorReader, tenant: TenantId, name: str) -> None:
    """Each look stands in the operator's audit."""
    reading = await office.reading(tenant, member.member_id)
    if reading is None:
        desk.say("op_reading_over", desk.button("op_button_read", f"op:read:{tenant}"))
        return
    desk.note("conversations.shown", tenant_id=tenant, conversations=len(reading.conversations))
    zone = desk.turn.tenant.time_zone
    until = write_moment(reading.until, desk.language, zone)
    desk.say("op_reading", name=quote(name, _NAME), until=until, count=len(reading.conversations))
    for number, conversation in enumerate(reading.conversations, 1):
        desk.send_text(_describe(desk, number, conversation))
    desk.say(
        "op_reading_end",
        desk.button("op_button_again", f"op:read:{tenant}"),
        desk.button("op_button_card", f"op:show:{tenant}"),
        until=until,
    )


def _describe(desk: DeskTurn, number: int, conversation: ReadConversation) -> str:
    authors = {
        "customer": desk.write("op_author_customer"), "bot": desk.write("author_bot"),
        "owner": desk.write("author_owner"), "system": desk.write("author_bot"),
    }  # fmt: skip
    channel = name_channel(conversation.channel or "")
    at = write_moment(conversation.messages[-1].at, desk.language, desk.turn.tenant.time_zone)
    lines = [desk.write("op_conversation", number=number, channel=channel, at=at)]
    lines += [
        f"**{authors[message.author]}:** {quote(message.text, _TEXT) or desk.write('no_words')}"
        for message in conversation.messages
    ]
    return "\n".join(lines)


def _propose(desk: DeskTurn, tenant: TenantId, reason: str) -> None:
    reason = " ".join(reason.replace("\0", "").split())
    if not SHORTEST_REASON <= len(reason) <= LONGEST_REASON:
        button = desk.button("op_button_read", f"op:read:{tenant}")
        desk.say("op_bad_reason", button, shortest=SHORTEST_REASON, longest=LONGEST_REASON)
        return
    desk.propose(propose(READ_CONVERSATIONS, ReadArguments(tenant_id=tenant, reason=reason)))
