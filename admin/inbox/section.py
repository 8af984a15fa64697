"""The section's door: `/inbox`, `/pause`, `/resume`, and everything that is tapped on a list."""

import re

from admin.inbox.bulk import answer_bulk, ask_alike, ask_old
from admin.inbox.listing import show_list, turn_page
from admin.inbox.opening import open_card, open_limit
from admin.inbox.pausing import pause, pause_by_button, preview_pause, resume
from admin.inbox.reminders import REMIND, remind
from admin.inbox.snoozing import WAKE, ask_when, snooze, wake
from admin.section import Command, Section, may_use, refuse
from admin.session import DeskTurn
from core.events import ButtonTapped, RecordedEvent, TimerFired
from core.ids import ApprovalId
from core.turns import Member

_ID = r"([A-Za-z0-9_-]{1,20})"
_LOOK = re.compile(
    rf"box:(?:show|go:(\d{{1,12}}):(\d{{1,6}}):(more|back|question|action|held|all)|open:{_ID}"
    r"|limit:(day|month):(\d{4}-\d{2}(?:-\d{2})?):(\d{1,18}))",
    re.ASCII,
)
_CHANGE = re.compile(
    rf"box:(?:(later|alike):{_ID}|snooze:(hour|evening|morning):{_ID}|(old|resume)|(yes|no):(\d{{1,12}})"
    r"|pause:(hour|tomorrow|open))",
    re.ASCII,
)


async def _show(desk: DeskTurn, member: Member, argument: str) -> None:
    del member, argument
    await show_list(desk)


async def _tap(desk: DeskTurn, member: Member, tap: ButtonTapped, recorded: RecordedEvent) -> bool:
    if (match := _LOOK.fullmatch(tap.data)) is not None:
        return await _look(desk, match, tap)
    if (match := _CHANGE.fullmatch(tap.data)) is None:
        return False
    if not may_use(member, "manager"):
        refuse(desk, "manager")
        return True
    return await _change(desk, member, match, tap, recorded)


async def _look(desk: DeskTurn, match: re.Match[str], tap: ButtonTapped) -> bool:
    number, page, where, opened, scope, period, micros = match.groups()
    if opened:
        return await open_card(desk, ApprovalId(opened))
    if scope:
        return await open_limit(desk, scope, period, int(micros))
    if where:
        await turn_page(desk, int(number), int(page), where, tap.message_id)
    else:
        await show_list(desk)
    return True


async def _change(
    desk: DeskTurn, member: Member, match: re.Match[str], tap: ButtonTapped, recorded: RecordedEvent
) -> bool:
    verb, approval, choice, snoozed, word, answer, number, until = match.groups()
    at = recorded.recorded_at
    if verb == "later":
        return await ask_when(desk, ApprovalId(approval), at)
    if verb == "alike":
        return await ask_alike(desk, ApprovalId(approval))
    if choice:
        return await snooze(desk, choice, ApprovalId(snoozed), at, tap.message_id)
    if word == "old":
        await ask_old(desk)
    elif word == "resume":
        await resume(desk, member, "")
    elif answer:
        await answer_bulk(desk, member, int(number), tap.message_id, yes=answer == "yes")
    else:
        await pause_by_button(desk, until, at)
    return True


async def _remind(desk: DeskTurn, member: Member, timer: TimerFired, recorded: RecordedEvent) -> None:
    del timer
    await remind(desk, member, recorded.recorded_at)


async def _wake(desk: DeskTurn, member: Member, timer: TimerFired, recorded: RecordedEvent) -> None:
    del member, timer
    await wake(desk, recorded.recorded_at)


SECTION = Section(
    name="box",
    commands=(
        Command(
            name="inbox", role="viewer", changes=False, run=_show,
            about="Shows what waits for a person: questions, actions to approve, conversations taken over. "
            "No argument. 'who is waiting?' -> /inbox",
        ),
        Command(
            name="pause", role="manager", changes=True, run=pause, preview=preview_pause,
            about="Pauses the bot: customers get one line and their questions go to people. The argument says until "
            "when, in the owner's own words; empty to be asked. 'pause the bot until Monday 9:00' -> "
            "/pause until Monday 9:00; 'stop answering for two hours' -> /pause 2h",
        ),
        Command(
            name="resume", role="manager", changes=True, at_once=True, run=resume,
            about="Lets a paused bot answer again. No argument. 'start the bot again' -> /resume",
        ),
    ),
    tap=_tap,
    timers={REMIND: _remind, WAKE: _wake},
)  # fmt: skip
