"""Reports as they are sent, and the settings of when."""

from collections.abc import Sequence
from datetime import date, time, timedelta

from babel.dates import format_time

from admin.cards import name_business
from admin.changing import change_business
from admin.money.days import today_of
from admin.reports.figures import Figures, describe, read_figures
from admin.reports.hours import DigestWish
from admin.reports.periods import Period, PeriodName, end_of_month, find_period
from admin.reports.pictures import draw_messages, draw_spending
from admin.reports.timing import DEFAULT_HOUR
from admin.session import DeskTurn
from core.messages import Button
from core.texts import find_locale
from core.turns import Member
from tenants.settings import BusinessSettings, read_settings

_SHOWN: Sequence[PeriodName] = ("today", "yesterday", "week", "month", "last_month")
_HOURS = (time(7, 0), time(8, 0), time(20, 0))
_NOON = time(12, 0)


async def show_report(desk: DeskTurn, member: Member, name: PeriodName) -> None:
    period = find_period(name, today_of(desk))
    figures = await read_figures(desk, period, compare=name in ("week", "last_month"))
    times = [desk.button(f"rep_button_{each}", f"rep:show:{each}") for each in _SHOWN if each != name]
    more = [desk.button("rep_button_spending", "mon:show:month")]
    if member.role != "viewer":
        more.append(desk.button("rep_button_digest", "rep:set"))
    desk.send_rows(await describe(desk, figures), [tuple(times[:2]), tuple(times[2:]), tuple(more)])
    _draw(desk, figures)


async def send_digest(desk: DeskTurn, settings: BusinessSettings) -> bool:
    """Of yesterday in the morning, of today so far later in the day. False: there was nothing to tell."""
    morning = (settings.digest_at or DEFAULT_HOUR) < _NOON
    period = find_period("yesterday" if morning else "today", today_of(desk))
    figures = await read_figures(desk, period, compare=False)
    if figures.nothing:
        return False
    first = desk.button("rep_button_week", "rep:show:week")
    if figures.standing.waiting:
        first = desk.button("rep_button_inbox", "menu:inbox")
    more = desk.button("rep_button_spending", "mon:show:month"), desk.button("rep_button_digest", "rep:set")
    desk.send_text(await describe(desk, figures), first, *more)
    return True


async def send_week(desk: DeskTurn, monday: date) -> bool:
    """The seven days before."""
    period = Period(name="week", first=monday - timedelta(days=7), last=monday - timedelta(days=1))
    return await _send_long(desk, period)


async def send_month(desk: DeskTurn, first: date) -> bool:
    """The month before the one that begins."""
    last = first - timedelta(days=1)
    return await _send_long(desk, Period(name="last_month", first=last.replace(day=1), last=end_of_month(last)))


async def _send_long(desk: DeskTurn, period: Period) -> bool:
    figures = await read_figures(desk, period, compare=True)
    if figures.activity.conversations == 0 and not figures.spent.micros:
        return False
    spending, digest = desk.button("rep_button_spending", "mon:show:month"), desk.button("rep_button_digest", "rep:set")
    desk.send_text(await describe(desk, figures), spending, digest)
    _draw(desk, figures)
    return True


def _draw(desk: DeskTurn, figures: Figures) -> None:
    if figures.period.first == figures.period.last:
        return
    if figures.activity.messages:
        draw_messages(desk, figures.period)
    if figures.spent.micros:
        draw_spending(desk, figures.period)


async def show_settings(desk: DeskTurn) -> None:
    business = await desk.business()
    settings = read_settings(business.settings)
    at = settings.digest_at
    when = desk.write("rep_digest_at", time=write_hour(at, desk.language)) if at else desk.write("rep_digest_off")
    weekly, monthly = _switched(desk, on=settings.weekly), _switched(desk, on=settings.monthly)
    lines = [f"**{name_business(desk)}** · {when}", desk.write("rep_long", weekly=weekly, monthly=monthly)]
    lines.append(desk.write("rep_digest_hint", zone=business.time_zone))
    hours = [Button(id=f"rep:at:{each:%H:%M}", label=write_hour(each, desk.language)) for each in _HOURS if each != at]
    other = [desk.button("rep_button_other", "rep:other")]
    if at is not None:
        other.append(desk.button("rep_button_off", "rep:off"))
    week = desk.button(
        f"rep_button_weekly_{'off' if settings.weekly else 'on'}", f"rep:weekly:{int(not settings.weekly)}"
    )
    month = desk.button(
        f"rep_button_monthly_{'off' if settings.monthly else 'on'}", f"rep:monthly:{int(not settings.monthly)}"
    )
    desk.send_rows("\n".join(lines), [tuple(hours), tuple(other), (week,), (month,)])


async def change_settings(desk: DeskTurn, wish: DigestWish) -> None:
    settings = read_settings((await desk.business()).settings)
    if wish.what == "digest_at":
        at = (wish.at or settings.digest_at or DEFAULT_HOUR) if wish.on else None
        await change_business(desk, "digest.set", digest_at=at)
    elif wish.what == "weekly":
        await change_business(desk, "report.set", weekly=wish.on)
    else:
        await change_business(desk, "report.set", monthly=wish.on)
    await show_settings(desk)


def write_hour(at: time, language: str) -> str:
    return format_time(at, "short", locale=find_locale(language))


def _switched(desk: DeskTurn, *, on: bool) -> str:
    return desk.write("rep_on" if on else "rep_off")
