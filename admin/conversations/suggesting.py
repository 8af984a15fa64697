"""*Suggest a reply*: what the bot would answer to the customer's last words, for the owner to send or leave."""

import re

from pydantic import ValidationError

from admin.cards import name_customer
from admin.conversations.silence import SECTION_NAME
from admin.session import DeskTurn
from admin.state import Relay, Suggestion
from admin.texts import quote
from agents.actions.desks.declaring import propose
from agents.actions.desks.opening import RehearseArguments
from agents.actions.desks.suggesting import SUGGEST_REPLY
from agents.language import detect_language
from core.errors import Rejected
from core.events import ActionResult, ButtonTapped, RecordedEvent
from core.ids import ApprovalId
from core.messages import Button
from core.turns import Member

_BUTTON = re.compile(r"rel:suggest:([A-Za-z0-9_-]{1,40})", re.ASCII)
_LOOKED_AT, _LONGEST, _SHOWN = 10, 1_000, 800


def suggest_button(desk: DeskTurn, relay: Relay) -> Button:
    return desk.button("button_suggest", f"{SECTION_NAME}:suggest:{relay.approval_id}")


async def tap_suggest(desk: DeskTurn, member: Member, tap: ButtonTapped, recorded: RecordedEvent) -> bool:
    del recorded
    match = _BUTTON.fullmatch(tap.data)
    if match is None:
        return False
    relay = desk.state.relay(ApprovalId(match[1]))
    if member.role == "viewer":
        desk.say("viewer_cannot")
    elif relay is None:
        desk.say("suggestion_gone")
    else:
        await _ask(desk, relay)
    return True


async def _ask(desk: DeskTurn, relay: Relay) -> None:
    history = await desk.tools.reader.history(relay.stream_id, _LOOKED_AT)
    said = next((each.text for each in reversed(history) if each.author == "customer" and each.text.strip()), "")
    language = relay.language or detect_language(said) or desk.turn.tenant.language
    try:
        desk.propose(propose(SUGGEST_REPLY, RehearseArguments(text=said[:_LONGEST], language=language)))
    except (ValidationError, Rejected):  # the customer has sent no words yet
        desk.say("no_suggestion", customer=name_customer(desk, relay.name))
        return
    desk.keep(SECTION_NAME, relay.approval_id)


async def show_suggested(desk: DeskTurn, member: Member, result: ActionResult) -> None:
    """For the conversation it was asked for, while that is still this desk's."""
    del member
    asked = desk.kept(SECTION_NAME)
    desk.keep(SECTION_NAME, None)
    relay = desk.state.relay(ApprovalId(asked)) if isinstance(asked, str) else None
    if relay is None:
        return
    customer, text = name_customer(desk, relay.name), result.result.get("text") if result.ok else None
    if not isinstance(text, str) or not text.strip() or result.result.get("escalated"):
        desk.say("no_suggestion", customer=customer)
        return
    seq = desk.turn.upto_seq
    desk.state = desk.state.with_suggestion(Suggestion(seq=seq, approval_id=relay.approval_id, text=text))
    shown = desk.write("suggestion", customer=customer, text=quote(text, _SHOWN))
    desk.send_text(shown, desk.button("button_send", f"sug:send:{seq}"), card=f"sug:{seq}")
