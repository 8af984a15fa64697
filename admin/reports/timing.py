"""When a desk's reports come: one timer, at the business's hour, set again each time it fires."""

from collections.abc import Iterator
from datetime import UTC, date, datetime, time, timedelta

from admin.reports.periods import find_zone
from admin.session import DeskTurn
from core.events import NewEvent, TimerFired
from core.ids import INTERNAL
from tenants.settings import BusinessSettings, read_settings

NAME, TIMER, RETIME = "rep", "next", "retime"
TIMED_BY = frozenset({"digest_at", "weekly", "monthly"})
"""Settings with which the timer changes; so does the time zone."""
DEFAULT_HOUR = time(8, 0)
"""Of weekly and monthly reports, where there is no digest."""
_LONGEST = 31
"""Days: what was missed longer ago is not made up for."""


async def plan_reports(desk: DeskTurn) -> None:
    """Sets the timer for the next time, whatever it was set for before; every member has one, whoever gets reports."""
    business = await desk.business()
    settings, now = read_settings(business.settings), desk.tools.clock.now()
    if settings.digest_at is None and not settings.weekly and not settings.monthly:
        desk.set_timer(NAME, TIMER, None)
        return
    day = now.astimezone(find_zone(business.time_zone)).date()
    if due_on(day, settings, business.time_zone) <= now:
        day += timedelta(days=1)
    desk.set_timer(NAME, TIMER, due_on(day, settings, business.time_zone), day=day.isoformat())


async def retime_reports(desk: DeskTurn) -> None:
    """After the hour or the time zone was changed: of this desk, and of all others of the business."""
    await plan_reports(desk)
    business = await desk.business()
    for member in await desk.tools.reader.members():
        if member.desk != desk.turn.stream_id:
            desk.tell(
                NewEvent(
                    tenant_id=business.tenant_id,
                    stream_id=member.desk,
                    stream_kind="desk",
                    account_id=INTERNAL,
                    external_id=f"retime:{business.version}:{member.desk.hex}",
                    chat=member.chat,
                    event=TimerFired(name=f"{NAME}:{RETIME}", payload={}),
                )
            )


def due_on(day: date, settings: BusinessSettings, time_zone: str) -> datetime:
    """An hour that the clocks leave out that night counts as if they had not; of one that comes twice, the first."""
    at = settings.digest_at or DEFAULT_HOUR
    return datetime.combine(day, at, tzinfo=find_zone(time_zone)).astimezone(UTC)


def missed_days(timer: TimerFired, today: date) -> Iterator[date]:
    """From the day that the timer was set for to today: more than one where nobody was there to fire it."""
    try:
        first = date.fromisoformat(str(timer.payload.get("day", "")))
    except ValueError:
        first = today
    first = max(first, today - timedelta(days=_LONGEST))
    return (first + timedelta(days=n) for n in range((today - first).days + 1))
