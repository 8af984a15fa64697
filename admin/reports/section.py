"""The section's door: `/report`, `/digest`, and what comes by itself at the business's hour."""

import re
from datetime import date, time
from typing import Literal, cast

from admin.reports.hours import DigestWish, read_digest_wish, read_hour
from admin.reports.periods import PeriodName, find_zone, read_period
from admin.reports.screens import change_settings, send_digest, send_month, send_week, show_report, show_settings
from admin.reports.timing import NAME, RETIME, TIMER, due_on, missed_days, plan_reports
from admin.section import Command, Section
from admin.session import DeskTurn
from admin.state import ANSWER_LAPSES, Asking
from core.events import ButtonTapped, DeskOpened, MessageReceived, RecordedEvent, TimerFired
from core.turns import Member
from tenants.settings import BusinessSettings, read_settings

_LOOK = re.compile(r"rep:(?:(set)|show:(today|yesterday|week|month|last_month))", re.ASCII)
_CHANGE = re.compile(r"rep:(?:(off|other)|at:([01]\d|2[0-3]):([0-5]\d)|(weekly|monthly):([01]))", re.ASCII)


async def run_report(desk: DeskTurn, member: Member, argument: str) -> None:
    await show_report(desk, member, read_period(argument) or "today")
    await plan_reports(desk)


async def run_digest(desk: DeskTurn, member: Member, argument: str) -> None:
    del member
    try:
        wish = read_digest_wish(argument)
    except ValueError:
        desk.say("rep_bad_hour")
        return
    if wish is None:
        await show_settings(desk)
        await plan_reports(desk)
    else:
        await change_settings(desk, wish)


async def tap(desk: DeskTurn, member: Member, tapped: ButtonTapped, recorded: RecordedEvent) -> bool:
    look, change = _LOOK.fullmatch(tapped.data), _CHANGE.fullmatch(tapped.data)
    if look is not None and look[2]:
        await show_report(desk, member, cast("PeriodName", look[2]))
    elif member.role == "viewer" and (look or change):
        desk.say("viewer_cannot")
    elif look is not None:
        await show_settings(desk)
    elif change is None:
        return False
    elif change[1] == "other":
        desk.ask(NAME, "hour", recorded.recorded_at)
        desk.say("rep_ask_hour")
    else:
        await change_settings(desk, _read_change(change))
    return True


def _read_change(change: re.Match[str]) -> DigestWish:
    if change[4]:
        return DigestWish(what=cast("Literal['weekly', 'monthly']", change[4]), on=change[5] == "1")
    if change[1] == "off":
        return DigestWish(what="digest_at", on=False)
    return DigestWish(what="digest_at", on=True, at=time(int(change[2]), int(change[3])))


async def hear(
    desk: DeskTurn, member: Member, asking: Asking, message: MessageReceived, recorded: RecordedEvent
) -> None:
    if member.role == "viewer" or recorded.recorded_at - asking.since > ANSWER_LAPSES:
        desk.state = desk.state.expecting()
        desk.say("rep_lapsed")
        return
    try:
        at = read_hour(message.text)
    except ValueError:
        desk.say("rep_bad_hour")
        return
    desk.state = desk.state.expecting()
    await change_settings(desk, DigestWish(what="digest_at", on=True, at=at))


async def take_time(desk: DeskTurn, member: Member, timer: TimerFired, recorded: RecordedEvent) -> None:
    """What is due, once, however long it was due; then the next time."""
    del recorded
    business = await desk.business()
    settings, now = read_settings(business.settings), desk.tools.clock.now()
    today = now.astimezone(find_zone(business.time_zone)).date()
    due = due_on(today, settings, business.time_zone) <= now
    days = list(missed_days(timer, today)) if due else []
    held = not desk.turn.window_open and desk.state.held
    if days and member.role != "viewer" and settings.set_up and not business.suspended and not held:
        await _send(desk, settings, days)
    await plan_reports(desk)


async def _send(desk: DeskTurn, settings: BusinessSettings, days: list[date]) -> None:
    if settings.digest_at is not None:
        await send_digest(desk, settings)
    if settings.weekly and (mondays := [day for day in days if day.weekday() == 0]):
        await send_week(desk, mondays[-1])
    if settings.monthly and (firsts := [day for day in days if day.day == 1]):
        await send_month(desk, firsts[-1])


async def retime(desk: DeskTurn, member: Member, timer: TimerFired, recorded: RecordedEvent) -> None:
    """Another desk has changed the hour."""
    del member, timer, recorded
    await plan_reports(desk)


async def opened(desk: DeskTurn, member: Member, event: DeskOpened) -> None:
    del member, event
    await plan_reports(desk)


SECTION = Section(
    name=NAME,
    commands=(
        Command(
            name="report", role="viewer", changes=False, run=run_report,
            about="what happened: messages, who answered, actions, gaps, money: `today`, `yesterday`, `week`, `month` "
            "or `last month`",
        ),
        Command(
            name="digest", role="manager", changes=True, run=run_digest,
            about="when the daily digest comes, and whether a weekly and a monthly report do: `8:00`, `off`, "
            "`weekly off`, `monthly on`",
        ),
    ),
    tap=tap,
    hear=hear,
    timers={TIMER: take_time, RETIME: retime},
    opened=opened,
)  # fmt: skip
