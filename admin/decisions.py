"""Taps on cards, and what colleagues decided meanwhile. First tap wins; the finish sees to that."""

import re
from dataclasses import replace
from datetime import datetime

from admin.answers import begin_answer, cancel_answer
from admin.cards import describe_decided, name_customer, name_member, refresh_card
from admin.session import DeskTurn
from admin.takeover import ask_whom, release, switch, take_over, tell_standing
from admin.words import decide
from core.events import ButtonTapped, EscalationClosed
from core.ids import ApprovalId
from core.turns import Approval, Member

_BUTTON = re.compile(r"esc:(answer|take_over|dismiss|release|switch|cancel):([A-Za-z0-9_-]{1,40})", re.ASCII)


async def tap_card(desk: DeskTurn, member: Member, tap: ButtonTapped, at: datetime) -> None:
    """`at` is when the tap was recorded. Approvals of another tenant are not found, like forged ones."""
    match = _BUTTON.fullmatch(tap.data)
    approval = await desk.approval(ApprovalId(match[2])) if match else None
    if match is None or approval is None or approval.kind != "escalation":
        desk.say("card_invalid")
        return
    if member.role == "viewer":
        desk.say("viewer_cannot")
        return
    stale = approval.status != ("take_over" if match[1] in ("release", "switch") else "pending")
    if stale and match[1] != "cancel":
        tell_standing(desk, approval)
        refresh_card(desk, approval, tap.message_id)
        return
    match match[1]:
        case "cancel":
            cancel_answer(desk, approval.approval_id)
        case "switch":
            switch(desk, approval)
        case "release":
            await release(desk, member, approval)
        case "answer":
            begin_answer(desk, approval, at)
        case "take_over":
            await take_over(desk, member, approval)
        case _:
            _dismiss(desk, member, approval)


async def follow_closing(desk: DeskTurn, event: EscalationClosed) -> None:
    """What a colleague decided ends what this desk had begun; its owner must know before typing on."""
    answering, relay = desk.state.answering, desk.state.relay(event.approval_id)
    editing = desk.state.editing
    approval = await desk.approval(event.approval_id)
    if approval is not None and answering is not None and answering.approval_id == event.approval_id:
        desk.state = replace(desk.state, answering=None)
        desk.send_text(f"{describe_decided(desk, approval)} {desk.write('answer_dropped')}")
    if approval is not None and editing is not None and editing.approval_id == event.approval_id:
        desk.state = replace(desk.state, editing=None)
        desk.send_text(f"{describe_decided(desk, approval)} {desk.write('act_edit_dropped')}")
    if relay is not None and event.outcome != "take_over":
        desk.state = desk.state.without_relay(relay.approval_id)
        who = name_member(desk, event.member_name)
        desk.say("relay_ended", who=who, customer=name_customer(desk, relay.name))
        ask_whom(desk)


def _dismiss(desk: DeskTurn, member: Member, approval: Approval) -> None:
    decide(desk, member, approval, "dismiss")
    if desk.state.answering and desk.state.answering.approval_id == approval.approval_id:
        desk.state = replace(desk.state, answering=None)
    desk.say("dismissed", customer=name_customer(desk, approval.contact_name))
