"""Until when: `2h`, `for 90 minutes`, `until Monday 9:00`, in six languages. Days and hours by the intake's reader."""

import re
from collections.abc import Iterator
from datetime import UTC, datetime, time, timedelta

from agents.intake.times import find_times, find_zone

LONGEST = timedelta(days=366)
_SHORTEST = timedelta(minutes=1)
_COMPACT = re.compile(r"(\d{1,3})\s?(m|min|мин|h|hr|std|ч|d|t|j|д)\.?", re.IGNORECASE)
_UNITS = {
    "m": timedelta(minutes=1), "min": timedelta(minutes=1), "мин": timedelta(minutes=1),
    "h": timedelta(hours=1), "hr": timedelta(hours=1), "std": timedelta(hours=1), "ч": timedelta(hours=1),
    "d": timedelta(days=1), "t": timedelta(days=1), "j": timedelta(days=1), "д": timedelta(days=1),
}  # fmt: skip
_IN = {"en": "in", "es": "en", "ru": "через", "de": "in", "fr": "dans", "pt": "em"}
_FOR = re.compile(r"(?<!\w)(?:for|por|durante|на|für|fuer|pendant|pour)\s+(?=\d)", re.IGNORECASE)


def read_until(text: str, languages: tuple[str, ...], now: datetime, zone: str, opens: time) -> datetime | None:
    """The first moment that is read, in UTC; a day alone is meant until it opens. None: nothing fits, or what does is
    over already or more than a year away."""
    text = " ".join(text.split())[:200]
    if match := _COMPACT.fullmatch(text):
        return _fit(now + int(match[1]) * _UNITS[match[2].lower()], now)
    for language in dict.fromkeys((*(each.partition("-")[0].partition("_")[0].lower() for each in languages), "en")):
        for words in _variants(text, language):
            times, dates = find_times(words, language, now, zone)
            days = [datetime.combine(day, opens, find_zone(zone)) for day in dates]
            for moment in (*times[:1], *days[:1]):
                if (found := _fit(moment.astimezone(UTC), now)) is not None:
                    return found
    return None


def _variants(text: str, language: str) -> Iterator[str]:
    """`for 2 hours` is `in 2 hours`, and so is `2 hours`."""
    word = _IN.get(language, "in")
    if _FOR.search(text):
        yield _FOR.sub(f"{word} ", text)
    yield text
    if text[:1].isdigit():
        yield f"{word} {text}"


def _fit(moment: datetime, now: datetime) -> datetime | None:
    return moment.astimezone(UTC) if _SHORTEST <= moment - now <= LONGEST else None
