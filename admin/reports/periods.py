"""The times that are reported on, as owners name them. Days are the business's own."""

import calendar
import unicodedata
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import UTC, date, datetime, time, timedelta
from typing import Literal
from zoneinfo import ZoneInfo, ZoneInfoNotFoundError

from babel.dates import format_date, format_interval, format_skeleton

from core.texts import find_locale, write_date

PeriodName = Literal["today", "yesterday", "week", "month", "last_month"]
_WORDS: Mapping[PeriodName, str] = {
    "today": "today hoy сегодня heute aujourd hoje",
    "yesterday": "yesterday ayer вчера gestern hier ontem",
    "week": "week weekly semana semanal неделя неделю недели неделе недельный woche wochen wochentlich semaine hebdo",
    "month": "month monthly mes mensual месяц месяца месяце monat monats monatlich mois mensuel mensal",
}
"""Beginnings are not enough: `monday` is no month."""
_BEFORE = (
    "last previous pasado pasada anterior прошлый прошлого прошлом прошлую letzten letzter letzte vorigen "
    "dernier passe precedent passado"
)


@dataclass(frozen=True, slots=True, kw_only=True)
class Period:
    name: PeriodName
    first: date
    last: date
    """Of the month that is under way: its last day, which is still to come."""

    @property
    def is_month(self) -> bool:
        return self.name in ("month", "last_month")

    def before(self) -> "Period":
        """As long, just before it; of a month the month before."""
        if self.is_month:
            last = self.first - timedelta(days=1)
            return Period(name="last_month", first=last.replace(day=1), last=last)
        days = (self.last - self.first).days + 1
        return Period(name=self.name, first=self.first - timedelta(days=days), last=self.last - timedelta(days=days))


def find_period(name: PeriodName, today: date) -> Period:
    """A week is the seven days that end today."""
    first, last = today, today
    match name:
        case "today":
            pass
        case "yesterday":
            first = last = today - timedelta(days=1)
        case "week":
            first = today - timedelta(days=6)
        case "month":
            first, last = today.replace(day=1), end_of_month(today)
        case "last_month":
            last = today.replace(day=1) - timedelta(days=1)
            first = last.replace(day=1)
    return Period(name=name, first=first, last=last)


def read_period(words: str) -> PeriodName | None:
    """The one that the words name; None when they name none."""
    said = set(fold(words))
    known: list[PeriodName] = [name for name, of in _TABLE.items() if said & of]
    if not known:
        return None
    if known[0] == "month" and said & _PAST:
        return "last_month"
    return known[0]


def span(first: date, last: date, time_zone: str) -> tuple[datetime, datetime]:
    """From the first midnight to the one after the last day, as instants: days with a change of the clocks included."""
    zone = find_zone(time_zone)
    begin, end = (datetime.combine(day, time(), tzinfo=zone) for day in (first, last + timedelta(days=1)))
    return begin.astimezone(UTC), end.astimezone(UTC)


def find_zone(name: str) -> ZoneInfo:
    """UTC for a zone nobody knows."""
    try:
        return ZoneInfo(name)
    except (ZoneInfoNotFoundError, ValueError, OSError):
        return ZoneInfo("UTC")


def end_of_month(day: date) -> date:
    return day.replace(day=calendar.monthrange(day.year, day.month)[1])


def name_days(first: date, last: date, language: str) -> str:
    """`November 2026`, `Nov 26, 2026`, `Nov 16 – 22, 2026`."""
    if first == last:
        return write_date(first, language)
    locale = find_locale(language)
    if first.day == 1 and last == end_of_month(first):
        return str(format_skeleton("yMMMM", first, locale=locale))
    return str(format_interval(first, last, skeleton="yMMMd", locale=locale))


def name_weekday(day: date, language: str) -> str:
    """`Mon 16`, for under a bar."""
    return f"{format_date(day, 'ccc', locale=find_locale(language))} {day.day}"


def fold(words: str) -> list[str]:
    """Words in small letters, without accents."""
    plain = unicodedata.normalize("NFKD", words.casefold().replace("’", " ").replace("'", " "))
    letters = "".join(letter if letter.isalnum() else " " for letter in plain if not unicodedata.combining(letter))
    return letters.split()


_TABLE: Mapping[PeriodName, frozenset[str]] = {name: frozenset(fold(words)) for name, words in _WORDS.items()}
_PAST = frozenset(fold(_BEFORE))
