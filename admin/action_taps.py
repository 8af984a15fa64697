"""Taps on the card of an action. Who may is checked at each tap; the first one wins, and the finish sees to that."""

import re
from dataclasses import replace
from datetime import datetime

from pydantic import JsonValue

from admin.action_card import refresh_action, take_undo_away
from admin.action_edit import ask_field, begin_edit, cancel_edit, name_preview, preview
from admin.action_fields import find_declared
from admin.action_rights import is_open, may_approve
from admin.action_text import EDITED
from admin.cards import describe_decided, name_customer
from admin.session import DeskTurn
from admin.state import ANSWER_LAPSES, Editing
from agents.policy.hashing import hash_action
from core.changes import AskedAction, DecideApproval
from core.events import ButtonTapped, OwnerDecision
from core.ids import ApprovalId
from core.turns import Approval, Member

_BUTTON = re.compile(
    r"act:(?:(approve|edit|reject|undo|confirm|cancel):([A-Za-z0-9_-]{1,40})|field:([A-Za-z0-9_-]{1,40}):(\d{1,2}))",
    re.ASCII,
)


async def tap_action(desk: DeskTurn, member: Member, tap: ButtonTapped, at: datetime) -> bool:
    """False for a button that is not an action's. `at` is when the tap was recorded."""
    if not tap.data.startswith("act:"):
        return False
    match = _BUTTON.fullmatch(tap.data)
    approval = await desk.approval(ApprovalId(match[2] or match[3])) if match else None
    if match is None or approval is None or approval.asked is None:
        desk.say("card_invalid")
    elif member.role == "viewer":
        desk.say("viewer_cannot")
    elif match[1] == "cancel":
        cancel_edit(desk, approval.approval_id)
    elif match[1] == "undo":
        if approval.status != "approve":
            await refresh_action(desk, approval, approval.asked, tap.message_id)
        _undo(desk, member, approval, approval.asked, at)
    elif not is_open(desk, approval):
        desk.send_text(desk.write("act_expired") if approval.status == "pending" else describe_decided(desk, approval))
        await refresh_action(desk, approval, approval.asked, tap.message_id)
    elif match[1] == "reject":
        _reject(desk, member, approval)
    elif not may_approve(desk, approval.asked):
        desk.say("act_owner_only")
    elif find_declared(desk, approval.asked.action.name) is None:
        desk.say("act_gone")
    else:
        _go_on(desk, member, approval, approval.asked, match[1] or "field", int(match[4] or 0), at)
    return True


def _go_on(
    desk: DeskTurn, member: Member, approval: Approval, asked: AskedAction, verb: str, number: int, at: datetime
) -> None:
    """For whoever may approve."""
    editing = desk.state.editing
    if editing is not None and (editing.approval_id != approval.approval_id or at - editing.since > ANSWER_LAPSES):
        editing = None
    match verb:
        case "edit":
            begin_edit(desk, approval, asked, at)
        case "field":
            ask_field(desk, approval, asked, number, at)
        case "confirm" if editing is None:
            desk.say("act_edit_gone")
        case "confirm" if editing is not None and editing.changed:
            _approve(desk, member, approval, _bind(approval, asked, editing), editing.changed)
        case "approve" if editing is not None and editing.changed:
            preview(desk, approval, asked, editing)  # the old card's button must not approve what was changed since
        case _:
            _approve(desk, member, approval, None, ())


def _bind(approval: Approval, asked: AskedAction, editing: Editing) -> AskedAction:
    """The approval holds for the changed action from here on, and not a minute longer than before."""
    name, arguments = asked.action.name, editing.arguments
    bound = hash_action(approval.tenant_id, approval.stream_id, name, arguments, asked.expires_at)
    return replace(asked, action=replace(asked.action, arguments=arguments), action_hash=bound)


def approve_asked(
    desk: DeskTurn, member: Member, approval: Approval, edited: AskedAction | None = None, changed: tuple[str, ...] = ()
) -> None:
    """The caller has seen that it is open and that the member may. Says nothing."""
    decision = DecideApproval(
        approval_id=approval.approval_id, expected="pending", status="approve", member_id=member.member_id,
        text=EDITED if edited else "", edited=edited,
    )  # fmt: skip
    words = OwnerDecision(approval_id=approval.approval_id, decision="approve", member_name=member.name)
    _end_edit(desk, approval)
    details: dict[str, JsonValue] = {"changed": [*changed]} if edited else {}
    desk.decide(member, approval, decision, words, **details)


def _approve(
    desk: DeskTurn, member: Member, approval: Approval, edited: AskedAction | None, changed: tuple[str, ...]
) -> None:
    approve_asked(desk, member, approval, edited, changed)
    if edited:
        desk.edit_card(name_preview(approval.approval_id), desk.write("act_approved"))
    else:
        desk.say("act_approved")


def _reject(desk: DeskTurn, member: Member, approval: Approval) -> None:
    decision = DecideApproval(
        approval_id=approval.approval_id, expected="pending", status="reject", member_id=member.member_id
    )  # fmt: skip
    words = OwnerDecision(approval_id=approval.approval_id, decision="reject", member_name=member.name)
    _end_edit(desk, approval)
    desk.decide(member, approval, decision, words)
    desk.say("act_rejected", customer=name_customer(desk, approval.contact_name))


def _undo(desk: DeskTurn, member: Member, approval: Approval, asked: AskedAction, at: datetime) -> None:
    until = desk.state.undo_until(approval.approval_id)
    if approval.status != "approve":
        desk.send_text(describe_decided(desk, approval))
    elif not may_approve(desk, asked):
        desk.say("act_owner_only")
    elif until is None:
        desk.say("act_undo_never")
    elif at > until:
        take_undo_away(desk, approval)
        desk.say("act_undo_late")
    else:
        decision = DecideApproval(
            approval_id=approval.approval_id, expected="approve", status="undone", member_id=member.member_id
        )  # fmt: skip
        words = OwnerDecision(approval_id=approval.approval_id, decision="undo", member_name=member.name)
        desk.decide(member, approval, decision, words)
        desk.say("act_undone")


def _end_edit(desk: DeskTurn, approval: Approval) -> None:
    if desk.state.editing is not None and desk.state.editing.approval_id == approval.approval_id:
        desk.state = replace(desk.state, editing=None)
