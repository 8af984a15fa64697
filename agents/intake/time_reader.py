"""The parts of a text that say when: days, hours, parts of the day, spans. One pass over its tokens."""

import re
from collections.abc import Iterator
from dataclasses import dataclass
from datetime import date, datetime, time, timedelta

from agents.intake.clock_words import Kind, Meanings, clock_words
from memory.lexicon import FUNCTION_WORDS
from memory.words import fold

_TOKEN = re.compile(
    r"(?P<iso>\d{4}-\d\d?-\d\d?(?!\d))(?:t(?=\d))?|(?P<date>\d{1,2}[./]\d{1,2}(?:[./]\d{4}|[./]\d\d(?!\d)|\.(?!\d))?(?!\d))"
    r"|(?P<clock>\d{1,2}(?::\d\d(?!\d)|\s?h\s?\d\d(?!\d)|\s?h(?![^\W\d_])))(?::\d\d)?|(?P<number>\d+)(?:st|nd|rd|th|er|º|ª|-?го|\.)?(?![^\W_])"
    r"|(?P<glued>\d{1,2}(?::\d\d)?)(?P<meridiem>[ap]\.?m\b\.?)"
    r"|(?P<word>[^\W\d_]+(?:['’][^\W_]+)*|@)|(?P<mark>[,;!?…\n.()])|(?P<other>\w+|%|€|\$|£)"
)
_LONGEST = 2_000
_PART_HOURS = (9, 12, 15, 19, 0)
"""What is meant by morning, noon, afternoon, evening and midnight when no hour is named."""


@dataclass(slots=True)
class TimeItem:
    """A day, an hour, a part of the day, or an instant, and where it stands."""

    start: int
    end: int
    day: date | None = None
    clock: time | None = None
    bare: bool = False
    """The hour may be meant in the morning or in the evening."""
    part: int | None = None
    instant: datetime | None = None


def read_items(text: str, language: str, now: datetime) -> list[TimeItem]:
    """In the text's order. Raises OverflowError at the end of the calendar."""
    return _Reader(text, language, now).items()


@dataclass(frozen=True, slots=True)
class _Token:
    kind: str
    text: str


class _Reader:
    """One pass over the tokens; each method takes what begins at a place."""

    def __init__(self, text: str, language: str, now: datetime) -> None:
        self._tokens = [_Token(m.lastgroup or "", m.group()) for m in _TOKEN.finditer(fold(text[:_LONGEST]))]
        self._words = [token.text for token in self._tokens]
        self._lexicon = clock_words(language)
        self._read: list[tuple[Meanings, int] | None] = [None] * len(self._words)
        self._fillers = FUNCTION_WORDS.get(language, frozenset[str]())
        self._now = now
        self._at = 0

    def items(self) -> list[TimeItem]:
        found: list[TimeItem] = []
        while self._at < len(self._tokens):
            item = self._take(found[-1] if found else None)
            if item is None:
                self._at += 1
            else:
                found.append(item)
                self._at = max(self._at + 1, item.end)
        return list(_settle(found))

    def _take(self, last: TimeItem | None) -> TimeItem | None:
        token = self._tokens[self._at]
        match token.kind:
            case "iso":
                return self._dated(*map(int, token.text.rstrip("t").split("-")), length=1)
            case "date":
                return self._digits(token.text)
            case "clock":
                hour, _, minute = re.sub(r"\s?h\s?", ":", token.text).partition(":")
                return self._hour(int(hour), int(minute or 0), 1, bare=False)
            case "meridiem":
                return self._meridiem(token.text)
            case "number":
                return self._number(last)
            case "word":
                return self._word(last)
            case _:
                return None

    def _means(self, at: int) -> tuple[Meanings, int]:
        if not 0 <= at < len(self._words):
            return {}, 1
        known = self._read[at]
        if known is None:
            known = self._read[at] = self._lexicon.read(self._words, at)
        return known

    def _follows(self, kind: Kind) -> bool:
        """Such a word stands right before this place."""
        for length in range(min(4, self._at), 0, -1):
            found, taken = self._means(self._at - length)
            if found and taken == length:
                return kind in found
        return False

    def _digits(self, text: str) -> TimeItem | None:
        parts = [int(part) for part in re.findall(r"\d+", text)]
        clock_like = len(parts) == 2 and re.fullmatch(r"\d{1,2}\.\d\d", text) is not None
        spoken = "oclock" in self._means(self._at + 1)[0]
        if clock_like and (spoken or (self._follows("at") and not (self._follows("on") and parts[1] <= 12))):
            return self._hour(parts[0], parts[1], 2 if spoken else 1, bare=False)
        if len(parts) == 2 and not text.endswith(".") and not self._follows("on"):
            return None
        day, month = parts[:2]
        if month > 12:
            day, month = month, day
        year = parts[2] + (2000 if parts[2] < 100 else 0) if len(parts) == 3 else None
        return self._dated(year, month, day, length=1)

    def _dated(self, year: int | None, month: int, day: int, length: int) -> TimeItem | None:
        """Without a year it is the next such day. Nothing for one that does not exist."""
        today = self._now.date()
        for candidate in (year,) if year is not None else (today.year, today.year + 1):
            try:
                found = date(candidate, month, day)
            except ValueError:
                continue
            if year is not None or found >= today:
                return TimeItem(self._at, self._at + length, day=found)
        return None

    def _hour(self, hour: int, minute: int, length: int, *, bare: bool) -> TimeItem | None:
        if hour > 23 or minute > 59:
            return None
        return TimeItem(self._at, self._at + length, clock=time(hour, minute), bare=bare)

    def _meridiem(self, text: str) -> TimeItem | None:
        hour, _, minute = re.sub("[^0-9:]", "", text).partition(":")
        if not 1 <= int(hour) <= 12:
            return None
        return self._hour(int(hour) % 12 + (12 if "p" in text else 0), int(minute or 0), 1, bare=False)

    def _number(self, last: TimeItem | None) -> TimeItem | None:
        digits = re.sub(r"\D", "", self._words[self._at])
        return self._numbered(int(digits), last) if len(digits) <= 2 else None

    def _numbered(self, value: int, last: TimeItem | None) -> TimeItem | None:
        """A number by what stands around it: of a month, of an hour; what else it counts is not for us."""
        following, taken = self._means(self._at + 1)
        between = self._words[self._at + 1 : self._at + 2] in (["de"], ["of"], ["do"])
        month = self._means(self._at + 2)[0] if between else following
        if "month" in month and not (between and "month" in following):
            length = 3 if between else 2
            ahead = self._at + length + (self._words[self._at + length : self._at + length + 1] in (["de"], [","]))
            year = self._year(ahead)
            return self._dated(year, month["month"] + 1, value, ahead + 1 - self._at if year else length)
        before = self._means(self._at - 1)[0] if self._at else {}
        if "month" in before and value <= 31 and (not last or last.end < self._at):
            year = self._year(self._at + 1) or self._year(self._at + 2)
            return self._dated(year, before["month"] + 1, value, 1)
        word = self._words[self._at + 1 : self._at + 2]
        if word in (["am"], ["pm"]) and 1 <= value <= 12:
            return self._hour(value % 12 + (12 if word == ["pm"] else 0), 0, 2, bare=False)
        if "oclock" in following and not self._follows("in") and (self._follows("at") or "unit" not in following):
            return self._whole(value, 1 + taken)
        if "part" in following and following["part"] != 1 and "unit" not in following:
            return self._whole(value, 1)
        if self._leads_hour(last) and not ({"unit", "month"} & following.keys()):
            return self._whole(value, 1)
        return None

    def _leads_hour(self, last: TimeItem | None) -> bool:
        if self._follows("half_past") or self._follows("half_to") or self._follows("sure"):
            return not self._counts_something()
        near_clock = last is not None and last.clock is not None and last.end == self._at - 1
        if near_clock and self._follows("or"):
            return not self._is_content(self._at + 1)
        if not self._follows("at"):
            return False
        after_day = last is not None and last.day is not None and last.end >= self._at - 2
        return (after_day or not self._is_content(self._at + 1)) and not self._counts_something()

    def _is_content(self, at: int) -> bool:
        """A word that may be what a number counts."""
        if at >= len(self._tokens) or self._tokens[at].kind == "mark":
            return False
        return self._words[at] not in self._fillers and not self._means(at)[0]

    def _counts_something(self) -> bool:
        """Money, weights and shares, whatever stands before."""
        return self._words[self._at + 1 : self._at + 2] != [] and _COUNTED.match(self._words[self._at + 1]) is not None

    def _year(self, at: int) -> int | None:
        text = self._words[at] if at < len(self._words) else ""
        return int(text) if re.fullmatch(r"20\d\d", text) else None

    def _whole(self, value: int, length: int) -> TimeItem | None:
        """An hour that may be followed by its half."""
        minute = 0
        found, taken = self._means(self._at + length)
        if "and_half" in found:
            minute, length = 30, length + taken
        elif self._follows("half_past"):
            minute = 30
        elif self._follows("half_to") and value:
            value, minute = (value - 1) or 12, 30
        return self._hour(value, minute, length, bare=value <= 12)

    def _word(self, last: TimeItem | None) -> TimeItem | None:
        found, taken = self._means(self._at)
        today = self._now.date()
        if "in" in found and (item := self._span(taken)):
            return item
        if "part" in found and ("day" not in found or (last and last.day and last.end == self._at)):
            tonight = self._words[self._at] == "tonight" or self._words[self._at : self._at + 1] in (["esta"], ["ce"])
            day = today if tonight else None
            return TimeItem(self._at, self._at + taken, day=day, part=found["part"])
        if "day" in found:
            if self._repeats(last, found["day"]):
                return TimeItem(self._at, self._at + taken, part=0)
            return TimeItem(self._at, self._at + taken, day=today + timedelta(found["day"]))
        if "weekday" in found:
            ahead = (found["weekday"] - today.weekday() - 1) % 7 + 1
            return TimeItem(self._at, self._at + taken, day=today + timedelta(ahead))
        if "number" in found:
            return None if self._words[self._at] in _ARTICLES else self._numbered(found["number"], last)
        if "nothing" in found:
            return TimeItem(self._at, self._at + taken)
        return None

    def _repeats(self, last: TimeItem | None, value: int) -> bool:
        """“morgen” after a day is the morning: “heute morgen”, “Montag morgen”."""
        if last is None or last.day is None or last.end != self._at:
            return False
        return value == 1 and self._words[self._at] == "morgen"

    def _span(self, taken: int) -> TimeItem | None:
        """`in 2 hours`: an instant; `in 2 days`: a day."""
        at = self._at + taken
        found, length = self._means(at)
        if "half" in found:
            return self._instant(timedelta(minutes=30), taken + length)
        count = 1
        if at < len(self._tokens) and self._tokens[at].kind == "clock" and self._words[at].endswith("h"):
            return self._instant(timedelta(hours=int(re.sub(r"\D", "", self._words[at]))), taken + 1)
        if at < len(self._tokens) and self._tokens[at].kind == "number" and len(self._words[at]) <= 3:
            count, at = int(re.sub(r"\D", "", self._words[at]) or 0), at + 1
        elif "number" in found:
            count, at = found["number"], at + length
        unit, length = self._means(at)
        if "unit" not in unit or not count:
            return None
        end = at + length - self._at
        match unit["unit"]:
            case 0:
                return self._instant(timedelta(minutes=count), end)
            case 1:
                return self._instant(timedelta(hours=count), end)
            case 2:
                return TimeItem(self._at, self._at + end, day=self._now.date() + timedelta(days=count))
            case _:
                return TimeItem(self._at, self._at + end, day=self._now.date() + timedelta(weeks=count))

    def _instant(self, span: timedelta, length: int) -> TimeItem:
        zone = self._now.tzinfo
        later = datetime.fromtimestamp(self._now.timestamp() + span.total_seconds(), zone)
        return TimeItem(self._at, self._at + length, instant=later.replace(second=0, microsecond=0))


_COUNTED = re.compile(
    r"€|\$|£|%|eur|usd|euro|dollar|рубл|руб|kg|кг|prozent|percent|раз|шт|person|people|pieces|reais|pesos"
)
_ARTICLES = frozenset(["a", "an", "un", "um", "une", "ein", "einer", "einem", "один", "одну"])
"""They count in spans only: `in an hour`."""


def _settle(items: list[TimeItem]) -> Iterator[TimeItem]:
    """Parts of the day make an hour beside them sure; beside a day alone they are an hour; else they are a greeting."""
    for at, item in enumerate(items):
        if item.part is None:
            yield item
            continue
        near = [other for other in items if other.clock and other.part is None and _distance(item, other) <= 1]
        if near and item.part != 1:
            for clock in near[:1]:
                _make_sure(clock, item.part)
            if item.day:
                yield TimeItem(item.start, item.start, day=item.day)
            continue
        beside = items[max(0, at - 1) : at] + items[at + 1 : at + 2]
        if item.day or item.part in (1, 4) or any(each.day and _distance(item, each) <= 2 for each in beside):
            item.clock, item.bare = time(_PART_HOURS[item.part]), False
            yield item


def _distance(one: TimeItem, other: TimeItem) -> int:
    return max(one.start - other.end, other.start - one.end)


def _make_sure(item: TimeItem, part: int) -> None:
    assert item.clock is not None
    hour = item.clock.hour
    if part in (2, 3) and hour < 12 and not (part == 3 and hour < 5):
        hour += 12
    elif part in (0, 4) and hour == 12:
        hour = 0
    item.clock, item.bare = item.clock.replace(hour=hour), False
