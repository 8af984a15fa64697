"""When: days and hours as people write them in chats, from now on, in the tenant's zone. By rules, in six languages."""

from collections.abc import Sequence
from datetime import date, datetime, time, timedelta
from functools import lru_cache
from zoneinfo import ZoneInfo, ZoneInfoNotFoundError

from agents.intake.time_reader import TimeItem, read_items

_MOST = 8
"""Times and days of one message."""
_LATE_HOUR = 7
"""A bare hour below it is one of the afternoon: nobody wants to be called at three at night."""
_LAST_EVENING = 22
_NEAR = 5
"""Tokens between an hour and its day."""


def find_times(text: str, language: str, now: datetime, zone: str) -> tuple[tuple[datetime, ...], tuple[date, ...]]:
    """Times later than now, and days from today on, in the text's order. Never raises."""
    try:
        return _find(text, language, now.astimezone(find_zone(zone)))
    except (OverflowError, ValueError):
        return (), ()  # at an end of the calendar


@lru_cache(maxsize=256)
def find_zone(name: str) -> ZoneInfo:
    try:
        return ZoneInfo(name)
    except (ZoneInfoNotFoundError, ValueError, OSError):
        return ZoneInfo("UTC")


def _find(text: str, language: str, now: datetime) -> tuple[tuple[datetime, ...], tuple[date, ...]]:
    items = read_items(text, language, now)
    times: list[datetime] = []
    dates: list[date] = []
    led: set[int] = set()
    for at, item in enumerate(items):
        if item.instant is not None:
            times.append(item.instant)
        if item.day is not None and item.day >= now.date():
            dates.append(item.day)
        if item.clock is not None:
            times += _resolve(item, _day_of(items, at, led), now)
    later = [each for each in times if each.timestamp() > now.timestamp()]
    return tuple(dict.fromkeys(later))[:_MOST], tuple(dict.fromkeys(dates))[:_MOST]


def _day_of(items: Sequence[TimeItem], at: int, led: set[int]) -> date | None:
    """The day before the hour, or else the one right after it; `led`: days whose hour came first."""
    item = items[at]
    after = at + 1 if at + 1 < len(items) and items[at + 1].day and items[at + 1].start - item.end <= _NEAR else None
    before = next((i for i in range(at - 1, -1, -1) if items[i].day), None)
    if before is not None and not (before in led and after is not None):
        last = items[at - 1]
        if item.start - last.end <= _NEAR:
            return items[before].day
    if after is None:
        return None
    led.add(after)
    return items[after].day


def _resolve(item: TimeItem, day: date | None, now: datetime) -> list[datetime]:
    """The times that an hour may mean on a day; without a day, the next such hour."""
    assert item.clock is not None
    clock = item.clock
    evening = clock.replace(hour=clock.hour + 12) if item.bare and 0 < clock.hour < 12 else None
    if evening is not None and clock.hour < _LATE_HOUR:
        clock, evening = evening, None
    today = now.date()
    first = _at(day or today, clock, now)
    if first > now:
        return [first]
    later = [_at(today, evening, now)] if evening is not None and evening.hour <= _LAST_EVENING else []
    if day is None:
        return [*(each for each in later if each > now), _at(today + timedelta(1), clock, now)]
    return later if day == today else []


def _at(day: date, clock: time, now: datetime) -> datetime:
    return datetime.combine(day, clock, now.tzinfo)
