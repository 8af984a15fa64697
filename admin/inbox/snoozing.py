"""*Later*: out of sight until then, and then shown again at the desk where it was set aside."""

from dataclasses import replace
from datetime import datetime, timedelta

from admin.action_rights import is_open
from admin.cards import name_customer, note_later
from admin.inbox.hours import WorkingHours, hours_of
from admin.inbox.kept import SECTION, Kept, Snoozed, keep, read_kept
from admin.inbox.opening import open_card
from admin.session import DeskTurn
from core.desk_changes import SnoozeApproval
from core.ids import ApprovalId
from core.messages import EditCard, SendText
from core.texts import write_moment
from core.turns import Approval

WAKE = "wake"
_BUSY = timedelta(minutes=5)
_BEFORE_DEADLINE = timedelta(minutes=30)
_CHOICES = ("hour", "evening", "morning")


async def ask_when(desk: DeskTurn, approval_id: ApprovalId, at: datetime) -> bool:
    """False for a card that is none."""
    approval = await desk.approval(approval_id)
    if approval is None:
        return False
    if not _waits(desk, approval):
        await open_card(desk, approval_id)
        return True
    hours = hours_of(desk.turn.tenant)
    buttons = tuple(
        desk.button(f"box_later_{name}", f"box:snooze:{name}:{approval_id}")
        for name in _CHOICES
        if _choose(name, hours, at) is not None
    )
    text = desk.write("box_later_ask", customer=name_customer(desk, approval.contact_name))
    desk.send(SendText(text=text, author="system", buttons=(buttons,), card=_name_card(approval_id)))
    return True


async def snooze(desk: DeskTurn, choice: str, approval_id: ApprovalId, at: datetime, message_id: str) -> bool:
    """The deadline of an action comes before what was chosen."""
    approval = await desk.approval(approval_id)
    if approval is None:
        return False
    if not _waits(desk, approval):
        await open_card(desk, approval_id)
        return True
    hours = hours_of(desk.turn.tenant)
    wanted = _choose(choice, hours, at) or hours.tomorrow_morning(at)
    until = _before_deadline(approval, wanted, at)
    desk.change(SnoozeApproval(approval_id=approval_id, until=until))
    desk.note(f"{approval.kind}.snoozed", approval=approval_id)
    _remember(desk, read_kept(desk).with_snoozed(Snoozed(approval_id=approval_id, until=until)))
    moment = write_moment(until, desk.language, desk.turn.tenant.time_zone)
    key = "box_snoozed" if until == wanted else "box_snoozed_deadline"
    said = desk.write(key, customer=name_customer(desk, approval.contact_name), moment=moment)
    desk.send(EditCard(card=_name_card(approval_id), text=said, message_id=message_id))
    note_later(desk, approval, desk.write("box_set_aside", moment=moment))
    return True


async def wake(desk: DeskTurn, at: datetime) -> None:
    """Shows what is due again, unless it was decided. Never between a question and the words that answer it."""
    kept = read_kept(desk)
    if is_busy(desk, at):
        desk.set_timer(SECTION, WAKE, at + _BUSY)
        return
    due = [each for each in kept.snoozed if each.until <= at]
    for each in due:
        approval = await desk.approval(each.approval_id)
        if approval is not None and _waits(desk, approval):
            await open_card(desk, each.approval_id, before=desk.write("box_again"))
    _remember(desk, replace(kept, snoozed=tuple(each for each in kept.snoozed if each not in due)))


def is_busy(desk: DeskTurn, at: datetime) -> bool:
    """The next words are for something that was begun a short while ago."""
    state = desk.state
    begun = (state.answering, state.raising, state.editing, state.asking)
    return any(each is not None and at - each.since < timedelta(minutes=15) for each in begun)


def _choose(choice: str, hours: WorkingHours, at: datetime) -> datetime | None:
    """None for an evening that has begun."""
    match choice:
        case "hour":
            return at + timedelta(hours=1)
        case "evening":
            return hours.this_evening(at)
        case _:
            return hours.tomorrow_morning(at)


def _remember(desk: DeskTurn, kept: Kept) -> None:
    keep(desk, kept)
    desk.set_timer(SECTION, WAKE, min((each.until for each in kept.snoozed), default=None))


def _waits(desk: DeskTurn, approval: Approval) -> bool:
    return approval.status == "pending" and (approval.asked is None or is_open(desk, approval))


def _before_deadline(approval: Approval, wanted: datetime, at: datetime) -> datetime:
    """Half an hour before it, or half of the time there is when that is less."""
    if approval.asked is None:
        return wanted
    left = approval.asked.expires_at - at
    return min(wanted, approval.asked.expires_at - min(_BEFORE_DEADLINE, left / 2))


def _name_card(approval_id: ApprovalId) -> str:
    return f"box:later:{approval_id}"
