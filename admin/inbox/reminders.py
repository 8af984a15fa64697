"""Questions that wait are brought up again: soon at first, then by the ladder, three times and no more.

    step 1   after half an hour, urgent ones after ten minutes: the owners
    step 2   two hours later: the others who may answer; without any, the owners
    step 3   two hours later: everybody

Each desk keeps to its own steps. All of them fall into working hours, but for an urgent question's first. One message
stands for all that waits. Actions have a ladder of their own: `agents/acting/approvals.py`.
"""

from collections.abc import Sequence
from dataclasses import replace
from datetime import datetime, timedelta

from admin.cards import name_business
from admin.inbox.hours import WorkingHours, hours_of
from admin.inbox.kept import SECTION, Followed, Kept, keep, read_kept
from admin.inbox.lines import write_count, write_wait
from admin.inbox.snoozing import is_busy
from admin.session import DeskTurn
from core.events import EscalationOpened
from core.ids import ApprovalId
from core.turns import Member

REMIND = "remind"
FIRST, URGENT, NEXT = timedelta(minutes=30), timedelta(minutes=10), timedelta(hours=2)
LAST_STEP = 3
URGENT_REASONS = frozenset({"upset", "asked_for_person", "risk"})
"""As `migrations/0012_inbox.sql` has them."""
_BUSY = timedelta(minutes=5)


def plan_first(at: datetime, hours: WorkingHours, *, urgent: bool) -> datetime:
    """An urgent question's first reminder also comes at night; once."""
    return at + URGENT if urgent else hours.within(at + FIRST)


def plan_next(due: datetime, hours: WorkingHours) -> datetime:
    return hours.within(due + NEXT)


def follow_question(desk: DeskTurn, member: Member, event: EscalationOpened, at: datetime) -> None:
    """From when its card was shown."""
    if member.role == "viewer":
        return
    hours = hours_of(desk.turn.tenant)
    due, step = plan_first(at, hours, urgent=event.reason in URGENT_REASONS), 1
    if member.role != "owner":
        due, step = plan_next(due, hours), 2
    _remember(desk, read_kept(desk).with_followed(Followed(approval_id=event.approval_id, due=due, step=step)))


def let_go(desk: DeskTurn, approval_id: ApprovalId) -> None:
    """It is decided. With the last one the timer goes, too."""
    kept = read_kept(desk)
    left = tuple(each for each in kept.followed if each.approval_id != approval_id)
    if len(left) < len(kept.followed):
        _remember(desk, replace(kept, followed=left))


async def remind(desk: DeskTurn, member: Member, at: datetime) -> None:
    """Not while the owner is writing an answer: then a little later."""
    kept = replace(read_kept(desk), remind_at=None)
    if is_busy(desk, at):
        _remember(desk, kept, not_before=at + _BUSY)
        return
    standing = {each.approval_id: each for each in await desk.office.inbox.standing(_ids(kept.followed))}
    hours, steps = hours_of(desk.turn.tenant), await _list_steps(desk, member)
    told, left = False, list[Followed]()
    for each in kept.followed:
        found = standing.get(each.approval_id)
        if found is None:
            continue  # decided, and the news of it is on its way
        if found.snoozed_until is not None and found.snoozed_until > at:
            left.append(replace(each, due=hours.within(max(each.due, found.snoozed_until + FIRST))))
        elif each.due <= at:
            told = True
            left += _advance(each, at, hours, steps)
        else:
            left.append(each)
    if told:
        await _tell(desk)
        # Those that were asked a little later have been told of with the others.
        left = [replace(each, due=max(each.due, hours.within(at + FIRST))) for each in left]
    _remember(desk, replace(kept, followed=tuple(left)))


async def _tell(desk: DeskTurn) -> None:
    questions = await desk.office.inbox.questions(desk.tools.clock.now())
    if questions.oldest is not None:
        wait = write_wait(desk, questions.oldest)
        text = write_count(desk, "box_remind", questions.count, wait=wait)
        desk.send_text(f"⏰ {name_business(desk)} · {text}", desk.button("box_show", "box:show"))


async def _list_steps(desk: DeskTurn, member: Member) -> Sequence[int]:
    if member.role == "manager":
        return (2, 3)
    others = any(each.role == "manager" for each in await desk.tools.reader.members())
    return (1, 3) if others else (1, 2, 3)


def _advance(item: Followed, at: datetime, hours: WorkingHours, steps: Sequence[int]) -> tuple[Followed, ...]:
    """To this desk's next step; none when that was the last."""
    due = at
    for step in range(item.step + 1, LAST_STEP + 1):
        due = plan_next(due, hours)
        if step in steps:
            return (replace(item, due=due, step=step),)
    return ()


def _remember(desk: DeskTurn, kept: Kept, *, not_before: datetime | None = None) -> None:
    """One timer, for whatever is due first; it is left alone where it is right already."""
    due = min((each.due for each in kept.followed), default=None)
    if due is not None and not_before is not None:
        due = max(due, not_before)
    if due != kept.remind_at:
        desk.set_timer(SECTION, REMIND, due)
    keep(desk, replace(kept, remind_at=due))


def _ids(followed: Sequence[Followed]) -> tuple[ApprovalId, ...]:
    return tuple(each.approval_id for each in followed)
