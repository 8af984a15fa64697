"""Tokens and keys that an owner sends: taken, taken away from the chat, and tried at once.

The words hold markers in their place, see `tenants/concealing.py`; nothing here can open them.
"""

import re
from datetime import datetime

from admin.bots.kept import NAME, BotMemory, MetaParts, recall, remember
from admin.bots.offering import ask_meta, token_button, whatsapp_button
from admin.session import DeskTurn
from admin.state import Asking
from agents.actions.desks.connecting import CONNECT_TELEGRAM, CONNECT_WHATSAPP, MetaAccess, PastedToken
from agents.actions.desks.declaring import propose
from core.events import MessageReceived, RecordedEvent
from core.ids import OPERATOR
from core.messages import DeleteMessage
from core.turns import Member
from tenants.concealing import Concealed, find_secrets, strip_secrets

_NUMBER_ID = re.compile(r"(?<![\d+])\d{6,25}(?!\d)", re.ASCII)
_PHONE = re.compile(r"\+\s?\d[\d\s()./-]{5,}", re.ASCII)


async def take_secrets(desk: DeskTurn, member: Member, message: MessageReceived, recorded: RecordedEvent) -> bool:
    """Before anybody else hears the words: a secret is for nobody else. False when there is none in them."""
    found = find_secrets(message.text)
    if not found:
        return False
    desk.send(DeleteMessage(message_id=message.message_id))
    if member.role != "owner":
        desk.send_text(_with_removal(desk, desk.write("bots_owner_only")))
        return True
    if desk.turn.tenant.tenant_id == OPERATOR:
        desk.send_text(_with_removal(desk, desk.write("bots_operator")))
        return True
    asking = desk.state.asking if desk.state.asking and desk.state.asking.section == NAME else None
    token = next((each.sealed for each in found if each.kind == "telegram"), None)
    if asking is None and not recall(desk).expecting:
        _offer(desk, token, _read_meta(found, message.text))
    elif token is not None:
        try_token(desk, token, expected=recall(desk).expected)
    else:
        _take_meta(desk, _read_meta(found, message.text), recorded.recorded_at)
    return True


async def hear_other_words(
    desk: DeskTurn, member: Member, asking: Asking, message: MessageReceived, recorded: RecordedEvent
) -> None:
    """Words without a secret in them, where one was asked for: a number's id, or something of no use."""
    del member
    if asking.what != "meta":
        desk.say("bots_token_unreadable", whatsapp_button(desk))
        return
    parts = (recall(desk).meta or MetaParts()).joined(_read_meta((), message.text))
    if parts == (recall(desk).meta or MetaParts()):
        is_phone = parts.phone_number_id is None and _PHONE.search(message.text)
        before = "bots_meta_not_phone" if is_phone else "bots_meta_unreadable"
        ask_meta(desk, recorded.recorded_at, parts, desk.write(before))
    else:
        _go_on(desk, parts, recorded.recorded_at, before="")


def accept_offered(desk: DeskTurn, at: datetime) -> None:
    """*Yes* to a token that was sent unasked."""
    memory = recall(desk)
    if memory.offered is not None:
        try_token(desk, memory.offered, removed=False)
    elif memory.meta is not None:
        _go_on(desk, memory.meta, at, before="")
    else:
        desk.say("bots_offer_gone", token_button(desk), whatsapp_button(desk))


def forget_offered(desk: DeskTurn) -> None:
    remember(desk, BotMemory())
    desk.say("bots_forgotten")


def try_token(desk: DeskTurn, sealed: str, *, expected: str | None = None, removed: bool = True) -> None:
    remember(desk, BotMemory(expected=expected))  # so that the same is asked for again
    _stop_asking(desk)
    desk.propose(propose(CONNECT_TELEGRAM, PastedToken(token=sealed, expected=expected)))
    checking = desk.write("bots_checking_token")
    desk.send_text(_with_removal(desk, checking) if removed else checking)


def _offer(desk: DeskTurn, token: str | None, parts: MetaParts) -> None:
    remember(desk, BotMemory(offered=token) if token else BotMemory(meta=parts))
    yes, no = desk.button("bots_button_yes", f"{NAME}:yes"), desk.button("bots_button_no", f"{NAME}:no")
    question = desk.write("bots_offered_token" if token else "bots_offered_meta")
    desk.send_text(_with_removal(desk, question), yes, no)


def _take_meta(desk: DeskTurn, parts: MetaParts, at: datetime) -> None:
    joined = (recall(desk).meta or MetaParts()).joined(parts)
    _go_on(desk, joined, at, before=desk.write(_removal(desk)))


def _go_on(desk: DeskTurn, parts: MetaParts, at: datetime, *, before: str) -> None:
    if parts.missing is not None or parts.phone_number_id is None or parts.token is None:
        ask_meta(desk, at, parts, before)
        return
    remember(desk, BotMemory(meta=parts))  # so that only what is wrong is asked for again
    _stop_asking(desk)
    access = MetaAccess(phone_number_id=parts.phone_number_id, token=parts.token, app_secret=parts.app_secret)
    desk.propose(propose(CONNECT_WHATSAPP, access))
    desk.send_text(" ".join(filter(None, (desk.write("bots_checking_number"), before))))


def _read_meta(found: tuple[Concealed, ...], text: str) -> MetaParts:
    number = _NUMBER_ID.search(strip_secrets(text))
    return MetaParts(
        phone_number_id=number[0] if number else None,
        token=next((each.sealed for each in found if each.kind == "meta"), None),
        app_secret=next((each.sealed for each in found if each.kind == "app"), None),
    )


def _stop_asking(desk: DeskTurn) -> None:
    if desk.state.asking is not None and desk.state.asking.section == NAME:
        desk.state = desk.state.expecting()


def _with_removal(desk: DeskTurn, text: str) -> str:
    return f"{text} {desk.write(_removal(desk))}"


def _removal(desk: DeskTurn) -> str:
    return "bots_remove_yourself" if desk.turn.channel == "whatsapp" else "bots_removed"
