"""*Edit*: an owner changes an action before approving it. Nothing is done until the changed one is approved."""

from dataclasses import replace
from datetime import datetime

from pydantic import JsonValue

from admin.action_card import show_in_full
from admin.action_fields import ActionField, label_field, list_fields, name_field, write_value
from admin.action_rights import is_open, may_approve
from admin.action_text import describe_action
from admin.action_values import WrongValue, change_arguments, read_value
from admin.answers import cancel_answer
from admin.cards import describe_decided
from admin.session import DeskTurn
from admin.state import ANSWER_LAPSES, Editing
from admin.takeover import remind_active
from core.changes import AskedAction
from core.ids import ApprovalId
from core.messages import Button
from core.turns import Approval

_LABEL, _SHOWN = 60, 300
_A_ROW = 2


def begin_edit(desk: DeskTurn, approval: Approval, asked: AskedAction, at: datetime) -> None:
    """Shows what can be changed; what was changed before stays changed."""
    fields = _editable(desk, asked)
    if not fields:
        desk.say("act_nothing_to_edit")
        return
    _take_turn(desk, approval, asked, at)
    buttons = [
        Button(id=f"act:field:{approval.approval_id}:{place}", label=label_field(desk, field))
        for place, field in enumerate(fields)
    ]
    rows = [tuple(buttons[place : place + _A_ROW]) for place in range(0, len(buttons), _A_ROW)]
    desk.send_rows(desk.write("act_which"), [*rows, (_cancel_button(desk, approval),)])


def ask_field(desk: DeskTurn, approval: Approval, asked: AskedAction, number: int, at: datetime) -> None:
    fields = _editable(desk, asked)
    if number >= len(fields):
        desk.say("card_invalid")
        return
    field = fields[number]
    editing = _take_turn(desk, approval, asked, at)
    current = editing.arguments.get(field.name)
    if field.kind == "yes_no":  # there is nothing to write: it is the other one
        _change(desk, approval, asked, editing, field, not current, at)
        return
    desk.state = replace(desk.state, editing=replace(editing, field=field.name))
    shown = "–" if current is None else write_value(desk, field, current, _SHOWN)
    hint = f"act_hint_{field.kind}" if field.kind in ("moment", "date") else "act_hint"
    text = desk.write("act_write", field=name_field(desk, field, _LABEL), value=shown, hint=desk.write(hint))
    desk.send_text(text, _cancel_button(desk, approval))


async def take_value(desk: DeskTurn, editing: Editing, text: str, at: datetime) -> None:
    """The words after *Edit*. What does not fit is asked for again; the words go to nobody in any case."""
    approval = await desk.approval(editing.approval_id)
    asked = approval.asked if approval else None
    fields = {field.name: field for field in _editable(desk, asked)} if asked else {}
    field = fields.get(editing.field or "")
    if approval is None or asked is None or field is None or at - editing.since > ANSWER_LAPSES:
        _stop(desk, desk.write("act_edit_gone"))
    elif not is_open(desk, approval):
        why = desk.write("act_expired") if approval.status == "pending" else describe_decided(desk, approval)
        _stop(desk, why)
    elif not may_approve(desk, asked):
        _stop(desk, desk.write("act_owner_only"))
    else:
        try:
            value = read_value(desk, field, text, at)
        except WrongValue as wrong:
            _ask_again(desk, approval, wrong)
        else:
            _change(desk, approval, asked, editing, field, value, at)


def cancel_edit(desk: DeskTurn, approval_id: ApprovalId | None) -> None:
    """None cancels whatever edit was begun."""
    editing = desk.state.editing
    if editing is None or approval_id not in (None, editing.approval_id):
        desk.say("act_edit_gone")
    elif editing.changed:
        desk.state = replace(desk.state, editing=None)
        desk.edit_card(name_preview(editing.approval_id), desk.write("act_edit_cancelled"))
        remind_active(desk)
    else:
        _stop(desk, desk.write("act_edit_cancelled"))


def preview(desk: DeskTurn, approval: Approval, asked: AskedAction, editing: Editing) -> None:
    changed = replace(asked, action=replace(asked.action, arguments=editing.arguments))
    text = describe_action(desk, approval, changed, before=desk.write("act_preview"))
    show_in_full(desk, changed, text)
    desk.send_text(
        text,
        desk.button("button_approve", f"act:confirm:{approval.approval_id}"),
        desk.button("button_edit_more", f"act:edit:{approval.approval_id}"),
        _cancel_button(desk, approval),
        card=name_preview(approval.approval_id),
    )


def name_preview(approval_id: ApprovalId) -> str:
    """The preview loses its buttons once it is approved or cancelled."""
    return f"act:{approval_id}:preview"


def _change(
    desk: DeskTurn,
    approval: Approval,
    asked: AskedAction,
    editing: Editing,
    field: ActionField,
    value: JsonValue,
    at: datetime,
) -> None:
    try:
        arguments = change_arguments(desk, replace(asked.action, arguments=editing.arguments), field, value)
    except WrongValue as wrong:
        _ask_again(desk, approval, wrong)
        return
    names = tuple(dict.fromkeys((*editing.changed, field.name)))
    changed = tuple(name for name in names if arguments.get(name) != asked.action.arguments.get(name))
    editing = replace(editing, arguments=arguments, changed=changed, field=None, since=at)
    desk.state = replace(desk.state, editing=editing)
    preview(desk, approval, asked, editing)
    remind_active(desk)


def _take_turn(desk: DeskTurn, approval: Approval, asked: AskedAction, at: datetime) -> Editing:
    """One edit at a time, and no other question open: a value must not go to a customer."""
    if desk.state.answering:
        cancel_answer(desk, None)
    editing = desk.state.editing
    fresh = Editing(approval_id=approval.approval_id, arguments=asked.action.arguments, since=at)
    if editing is None or editing.approval_id != approval.approval_id or at - editing.since > ANSWER_LAPSES:
        editing = fresh
    editing = replace(editing, field=None, since=at)
    desk.state = desk.state.expecting(editing=editing)
    return editing


def _ask_again(desk: DeskTurn, approval: Approval, wrong: WrongValue) -> None:
    desk.send_text(f"{wrong} {desk.write('act_try_again')}", _cancel_button(desk, approval))


def _stop(desk: DeskTurn, why: str) -> None:
    desk.state = replace(desk.state, editing=None)
    desk.send_text(why)
    remind_active(desk)


def _editable(desk: DeskTurn, asked: AskedAction) -> list[ActionField]:
    return [field for field in list_fields(desk, asked.action.name) if field.editable]


def _cancel_button(desk: DeskTurn, approval: Approval) -> Button:
    return desk.button("button_cancel", f"act:cancel:{approval.approval_id}")
