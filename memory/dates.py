"""When a question asks about: “in May 2023”, “on 19 August”, “vor zwei Wochen”, «вчера», 2023-05-23.

A turn is told apart by the day it was said on. People tell what happened a few days later, so days after the one asked
about still fit, the less the later.
"""

import re
from collections.abc import Iterator
from dataclasses import dataclass
from datetime import date

from memory.concepts import QUALIFIERS, find_concept
from memory.segments import fold, split_words

_MONTHS = (
    "january", "february", "march", "april", "may", "june", "july", "august", "september", "october", "november",
    "december",
)  # fmt: skip
_ISO = re.compile(r"\b(\d{4})-(\d{1,2})-(\d{1,2})\b|\b(\d{1,2})[./](\d{1,2})[./](\d{4})\b")
_CJK = re.compile(r"(?:(\d{4})\s?[年년])?\s?(\d{1,2})\s?[月월](?:\s?(\d{1,2})\s?[日일])?")
_ORDINAL = re.compile(r"^(\d{1,2})(?:st|nd|rd|th|er|e|o|º|ª)?$")
_BETWEEN = frozenset(["of", "the", "de", "del", "do", "der", "den", "von", "le", "la"])
_TODAY, _YESTERDAY, _WEEK, _MONTH = range(4)
_PHRASES = {
    _TODAY: "today|hoy|heute|aujourd'hui|hoje|сегодня|今天|今日|오늘",
    _YESTERDAY: "yesterday|ayer|gestern|ontem|вчера|昨天|昨日|어제",
    _WEEK: "last week|semana pasada|letzte woche|semaine derniere|semana passada|прошлой неделе|上周|先週",
    _MONTH: "last month|mes pasado|letzten monat|mois dernier|mes passado|прошлом месяце|上个月|先月",
}
_RECENT = {phrase: recent for recent, phrases in _PHRASES.items() for phrase in phrases.split("|")}
"""Folded."""
_SPOKEN = {phrase: re.compile(rf"(?<!\w){phrase}(?!\w)" if phrase[0] < "\u2e80" else phrase) for phrase in _RECENT}
_NEAR_DAYS, _LATER_DAYS = 1, 10
_LATER, _SAME_MONTH = 0.7, 0.4
"""How well a day fits that comes up to ten days after the one asked about, and one of its month."""


@dataclass(frozen=True, slots=True)
class Span:
    """Days from `first` to `last`, counted as `date.toordinal` does; `whole` when more than one day was asked for."""

    first: int
    last: int
    whole: bool

    def fits(self, day: date) -> float:
        """Between 0 and 1."""
        at = day.toordinal()
        if self.first - _NEAR_DAYS <= at <= self.last + _NEAR_DAYS:
            return 1.0
        if self.whole:
            return 0.0
        if self.last < at <= self.last + _LATER_DAYS:
            return _LATER
        asked = date.fromordinal(self.first)
        return _SAME_MONTH if (day.year, day.month) == (asked.year, asked.month) else 0.0


def find_spans(question: str, today: date) -> tuple[Span, ...]:
    """The times a question names. A month without a year is the last one."""
    text = fold(question)
    spans = [*_numeric(text), *_numbered(text, today), *_named(split_words(question), today)]
    for phrase, recent in _RECENT.items():
        if phrase in text and _SPOKEN[phrase].search(text):
            spans += _recent(recent, today)
    return tuple(dict.fromkeys(spans))


def _recent(recent: int, today: date) -> Iterator[Span]:
    if recent == _MONTH:
        yield from _span(today.year - (today.month == 1), (today.month - 2) % 12 + 1, None)
    else:
        now = today.toordinal()
        most, least = {_TODAY: (0, 0), _YESTERDAY: (1, 1), _WEEK: (13, 3)}[recent]
        yield Span(max(1, now - most), max(1, now - least), most != least)


def _numeric(text: str) -> Iterator[Span]:
    for found in _ISO.finditer(text):
        year, month, day = (int(part) for part in found.groups() if part is not None)
        if found.group(4):
            day, month, year = year, month, day
        # 05/23/2023 can only be the American order; 05/06/2023 is read the way most of the world does.
        yield from _span(year, day, month) if month > 12 else _span(year, month, day)


def _named(words: list[str], today: date) -> Iterator[Span]:
    for at, word in enumerate(words):
        concept = find_concept(word)
        if concept not in QUALIFIERS or concept[1:] not in _MONTHS:
            continue
        before = [w for w in words[max(0, at - 2) : at] if w not in _BETWEEN]
        after = [w for w in words[at + 1 : at + 5] if w not in _BETWEEN]
        day = next((int(m[1]) for w in (*before[-1:], *after[:1]) if (m := _ORDINAL.match(w))), None)
        year = next((int(w) for w in after[:2] if len(w) == 4 and w.isdigit()), None)
        if word in ("may", "march", "mai", "marco") and day is None and year is None and before[-1:] != ["in"]:
            continue
        yield from _dated(year, _MONTHS.index(concept[1:]) + 1, day, today)


def _numbered(question: str, today: date) -> Iterator[Span]:
    for found in _CJK.finditer(question):
        year, month, day = (int(part) if part else None for part in found.groups())
        if month and month <= 12:
            yield from _dated(year, month, day, today)


def _dated(year: int | None, month: int, day: int | None, today: date) -> Iterator[Span]:
    yield from _span(year or (today.year if month <= today.month else today.year - 1), month, day)


def _span(year: int, month: int, day: int | None) -> Iterator[Span]:
    """Nothing for a day that does not exist."""
    try:
        first = date(year, month, day or 1).toordinal()
        last = first if day else date(year + month // 12, month % 12 + 1, 1).toordinal() - 1
    except ValueError:
        return
    yield Span(first, last, day is None)
