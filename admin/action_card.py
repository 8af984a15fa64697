"""The card of an action that needs an owner: shown with what can be done about it, and later with how it ended."""

from datetime import UTC, datetime

from admin.action_fields import find_declared, list_fields, name_action
from admin.action_rights import is_open, may_approve, needs_owner
from admin.action_text import describe_action, describe_end, describe_outcome, list_cut_values
from admin.cards import later_buttons
from admin.session import DeskTurn
from admin.state import Undoable
from admin.texts import quote
from core.changes import AskedAction
from core.events import ActionAsked, ActionEnded, EscalationClosed
from core.ids import ApprovalId
from core.messages import Button, EditCard
from core.texts import write_moment
from core.turns import Approval

_TITLE = 100


def name_action_card(approval_id: ApprovalId) -> str:
    return f"act:{approval_id}"


async def show_asked(desk: DeskTurn, event: ActionAsked) -> None:
    approval = await desk.approval(event.approval_id)
    if approval is not None:
        show_action(desk, approval, again=event.step == "next")


def show_action(
    desk: DeskTurn, approval: Approval, *, again: bool = False, above: str | None = None, from_inbox: bool = False
) -> None:
    """`again`: whoever was asked first has not decided. What is decided or too late says how it ended.

    `above` stands over it; one that comes `from_inbox` can be set aside.
    """
    asked, card = approval.asked, name_action_card(approval.approval_id)
    if asked is None:
        return
    if not is_open(desk, approval):
        desk.send_text(describe_action(desk, approval, asked, after=_outcome(desk, approval)), card=card)
        return
    after = desk.write("act_until", until=write_moment(asked.expires_at, desk.language, desk.turn.tenant.time_zone))
    if needs_owner(desk, asked) and not may_approve(desk, asked):
        after += "\n" + desk.write("act_owner_decides")
    before = desk.write("act_next") if again else above
    text = describe_action(desk, approval, asked, before=before, after=after)
    show_in_full(desk, asked, text)
    rows = (_buttons(desk, approval, asked), later_buttons(desk, approval) if from_inbox else ())
    desk.send_rows(text, [row for row in rows if row], card=card)


async def show_ended(desk: DeskTurn, approval: Approval, asked: AskedAction) -> None:
    """For whoever opens it after all."""
    after, buttons = await _describe_ended(desk, approval, asked)
    text = describe_action(desk, approval, asked, after=after)
    desk.send_text(text, *buttons, card=name_action_card(approval.approval_id))


async def refresh_action(desk: DeskTurn, approval: Approval, asked: AskedAction, message_id: str) -> None:
    """What was tapped shows how things stand by now, where a message can be changed."""
    after, buttons = await _describe_ended(desk, approval, asked)
    text, rows = describe_action(desk, approval, asked, after=after), (buttons,) if buttons else ()
    card = name_action_card(approval.approval_id)
    desk.send(EditCard(card=card, text=text, buttons=rows, message_id=message_id, quiet=True))


def show_in_full(desk: DeskTurn, asked: AskedAction, text: str) -> None:
    if lines := list_cut_values(desk, asked, text):
        title = quote(name_action(desk, asked.action.name), _TITLE)
        desk.send_text("\n".join((desk.write("act_in_full", title=title), *lines)))


async def close_action(desk: DeskTurn, event: EscalationClosed) -> bool:
    """The card loses its buttons and says who did what. False when it is not the card of an action."""
    approval = await desk.approval(event.approval_id)
    if approval is None or approval.asked is None:
        return False
    _edit(desk, approval, approval.asked, describe_outcome(desk, event.outcome, event.member_name, event.text))
    return True


async def end_action(desk: DeskTurn, event: ActionEnded) -> None:
    """Done or not; with *Undo* for whoever may approve, as long as it can be taken back."""
    approval = await desk.approval(event.approval_id)
    if approval is None or approval.asked is None or approval.status not in ("approve", "undone"):
        return
    until = datetime.fromtimestamp(event.undo_until, UTC) if event.undo_until else None
    undone = approval.status == "undone"
    lines = [describe_end(desk, event, about_undo=undone and until is None)]
    if not undone:
        lines.insert(0, _outcome(desk, approval))
    buttons: tuple[Button, ...] = ()
    if until is not None and event.ok and approval.status == "approve" and until > desk.tools.clock.now():
        desk.state = desk.state.with_undoable(Undoable(approval_id=approval.approval_id, until=until))
        shown = write_moment(until, desk.language, desk.turn.tenant.time_zone)
        lines.append(desk.write("act_undo_until", until=shown))
        if may_approve(desk, approval.asked):
            buttons = (desk.button("button_undo", f"act:undo:{approval.approval_id}"),)
    _edit(desk, approval, approval.asked, "\n".join(lines), *buttons)


def take_undo_away(desk: DeskTurn, approval: Approval) -> None:
    """The time for it is over: the card says so by having no button."""
    if approval.asked is not None:
        _edit(desk, approval, approval.asked, f"{_outcome(desk, approval)}\n{desk.write('act_done')}")


async def _describe_ended(desk: DeskTurn, approval: Approval, asked: AskedAction) -> tuple[str, tuple[Button, ...]]:
    """What became of one that is decided or too late, with *Undo* while it can be taken back."""
    outcome = _outcome(desk, approval)
    end = await desk.office.inbox.action_end(approval.approval_id) if approval.status == "approve" else None
    if end is None or end.status not in ("done", "failed"):
        return outcome, ()
    if end.status == "failed":
        return f"{outcome}\n{desk.write('act_failed')}", ()
    lines, until = [outcome, desk.write("act_done")], desk.state.undo_until(approval.approval_id)
    if until is None or until <= desk.tools.clock.now() or not may_approve(desk, asked):
        return "\n".join(lines), ()
    shown = write_moment(until, desk.language, desk.turn.tenant.time_zone)
    lines.append(desk.write("act_undo_until", until=shown))
    return "\n".join(lines), (desk.button("button_undo", f"act:undo:{approval.approval_id}"),)


def _outcome(desk: DeskTurn, approval: Approval) -> str:
    status = "expired" if approval.status == "pending" else approval.status
    return describe_outcome(desk, status, approval.decided_by, approval.decided_text)


def _buttons(desk: DeskTurn, approval: Approval, asked: AskedAction) -> tuple[Button, ...]:
    if desk.member is None or desk.member.role == "viewer":
        return ()
    buttons: list[Button] = []
    if may_approve(desk, asked) and find_declared(desk, asked.action.name) is not None:
        buttons.append(desk.button("button_approve", f"act:approve:{approval.approval_id}"))
        if any(field.editable for field in list_fields(desk, asked.action.name)):
            buttons.append(desk.button("button_edit", f"act:edit:{approval.approval_id}"))
    return (*buttons, desk.button("button_reject", f"act:reject:{approval.approval_id}"))


def _edit(desk: DeskTurn, approval: Approval, asked: AskedAction, after: str, *buttons: Button) -> None:
    text = describe_action(desk, approval, asked, after=after)
    desk.edit_card(name_action_card(approval.approval_id), text, *buttons)
