"""Cards: a question that waits for a person, shown with what can be done about it, and later with how it ended."""

from admin.session import DeskTurn
from admin.texts import load_catalogue, quote
from core.events import Channel, EscalationClosed, EscalationOpened
from core.ids import ApprovalId
from core.messages import Button, EditCard
from core.turns import Approval

_CHANNELS: dict[str, str] = {"telegram": "Telegram", "whatsapp": "WhatsApp"}
_NAME, _QUESTION, _REASON, _DRAFT, _ANSWER = 60, 420, 120, 160, 200
"""Characters of each part, so that every card fits into `TEXT_WITH_BUTTONS`."""


def name_card(approval_id: ApprovalId) -> str:
    return f"esc:{approval_id}"


def name_channel(channel: str) -> str:
    return _CHANNELS.get(channel) or quote(channel, _NAME) or "–"


def name_place(desk: DeskTurn, channel: str) -> str:
    """With the business: one person may have the desks of several in the same chat."""
    return f"{name_channel(channel)} · {name_business(desk)}"


def name_business(desk: DeskTurn) -> str:
    return quote(desk.turn.tenant.name, _NAME)


def name_customer(desk: DeskTurn, name: str) -> str:
    return quote(name, _NAME) or desk.write("unnamed_customer")


def name_member(desk: DeskTurn, name: str) -> str:
    return quote(name, _NAME) or desk.write("someone")


def show_escalation(desk: DeskTurn, event: EscalationOpened) -> None:
    text = _describe(desk, event.contact_name, event.channel, event.question, event.reason)
    if event.draft:
        text += "\n" + desk.write("card_draft", draft=quote(event.draft, _DRAFT))
    _send_card(desk, event.approval_id, text, *_decide_buttons(desk, event.approval_id))


def show_approval(desk: DeskTurn, approval: Approval, *, before: str | None = None, waits: str | None = None) -> None:
    """For `/inbox`: a pending one can be decided or set aside, a taken-over one handed back. `waits`: how long."""
    text = _describe_now(desk, approval)
    rows = [_buttons_now(desk, approval)]
    if approval.status == "pending":
        text = "\n".join(line for line in (before, text, waits) if line)
        rows.append(later_buttons(desk, approval))
    desk.send_rows(text, [row for row in rows if row], card=name_card(approval.approval_id))


def refresh_card(desk: DeskTurn, approval: Approval, message_id: str) -> None:
    """What was tapped shows how things stand by now, where a message can be changed."""
    buttons = _buttons_now(desk, approval)
    if approval.status == "take_over" and desk.state.relay(approval.approval_id) is None:
        buttons = ()
    _edit_quietly(desk, approval, _describe_now(desk, approval), buttons, message_id)


def note_later(desk: DeskTurn, approval: Approval, said: str) -> None:
    """The card of what is set aside says until when. It can still be decided."""
    if approval.kind == "escalation":
        _edit_quietly(desk, approval, f"{_describe_now(desk, approval)}\n\n{said}", _buttons_now(desk, approval), None)


def retire_card(desk: DeskTurn, approval: Approval) -> None:
    """Before it is shown anew: the copy further up loses its buttons, so that only one is to be tapped."""
    if approval.status == "pending":
        who = name_customer(desk, approval.contact_name)
        card = f"act:{approval.approval_id}" if approval.asked else name_card(approval.approval_id)
        desk.send(EditCard(card=card, text=desk.write("box_shown_below", customer=who), quiet=True))


def later_buttons(desk: DeskTurn, approval: Approval) -> tuple[Button, ...]:
    if desk.member is None or desk.member.role == "viewer":
        return ()
    return (desk.button("box_later", f"box:later:{approval.approval_id}"),)


async def close_card(desk: DeskTurn, event: EscalationClosed) -> None:
    """The card loses its buttons and says who did what; whoever took the conversation over can hand it back there."""
    approval = await desk.approval(event.approval_id)
    if approval is None:
        return
    text = _describe(desk, approval.contact_name, approval.channel, approval.question, approval.reason)
    text += "\n\n" + describe_outcome(desk, event.outcome, event.member_name, event.text)
    held_here = event.outcome == "take_over" and desk.state.relay(event.approval_id) is not None
    buttons = _release_buttons(desk, approval) if held_here else ()
    desk.edit_card(name_card(event.approval_id), text, *buttons)


def describe_outcome(desk: DeskTurn, outcome: str, member_name: str, text: str) -> str:
    who = name_member(desk, member_name)
    if outcome == "answer" and text:
        return desk.write("closed_answer_text", who=who, text=quote(text, _ANSWER))
    return desk.write(f"closed_{outcome}", who=who)


def describe_decided(desk: DeskTurn, approval: Approval) -> str:
    """For whoever comes second."""
    if approval.kind == "action" and approval.status == "expired":
        return desk.write("act_expired")
    customer = name_customer(desk, approval.contact_name)
    return desk.write(f"already_{approval.status}", who=name_member(desk, approval.decided_by), customer=customer)


def _describe(desk: DeskTurn, name: str, channel: Channel, question: str, reason: str) -> str:
    shown = quote(question, _QUESTION) or desk.write("no_words")
    title = desk.write("card_title", customer=name_customer(desk, name), channel=name_place(desk, channel))
    return f"{title}\n{shown}\n\n{desk.write('card_reason', reason=explain(desk, reason))}"


def explain(desk: DeskTurn, reason: str, limit: int = _REASON) -> str:
    """The reasons that the desk has words for are codes such as `not_in_knowledge`; others are shown as they are."""
    key = f"reason_{reason}"
    return desk.write(key) if key in load_catalogue().keys else quote(reason, limit)


def _describe_now(desk: DeskTurn, approval: Approval) -> str:
    text = _describe(desk, approval.contact_name, approval.channel, approval.question, approval.reason)
    if approval.status == "pending":
        return text
    outcome = describe_outcome(desk, approval.status, approval.decided_by, approval.decided_text)
    return f"{text}\n\n{outcome}"


def _buttons_now(desk: DeskTurn, approval: Approval) -> tuple[Button, ...]:
    if approval.status == "pending":
        return _decide_buttons(desk, approval.approval_id)
    return _release_buttons(desk, approval) if approval.status == "take_over" else ()


def _edit_quietly(
    desk: DeskTurn, approval: Approval, text: str, buttons: tuple[Button, ...], message_id: str | None
) -> None:
    rows, card = (buttons,) if buttons else (), name_card(approval.approval_id)
    desk.send(EditCard(card=card, text=text, buttons=rows, message_id=message_id, quiet=True))


def _decide_buttons(desk: DeskTurn, approval_id: ApprovalId) -> tuple[Button, ...]:
    if desk.member is None or desk.member.role == "viewer":
        return ()
    return (
        desk.button("button_answer", f"esc:answer:{approval_id}"),
        desk.button("button_take_over", f"esc:take_over:{approval_id}"),
        desk.button("button_dismiss", f"esc:dismiss:{approval_id}"),
    )


def _release_buttons(desk: DeskTurn, approval: Approval) -> tuple[Button, ...]:
    if desk.member is None or desk.member.role == "viewer":
        return ()
    return (desk.button("button_release", f"esc:release:{approval.approval_id}"),)


def _send_card(desk: DeskTurn, approval_id: ApprovalId, text: str, *buttons: Button) -> None:
    desk.send_text(text, *buttons, card=name_card(approval_id))
