"""What the words of `times.toml` mean in one language, with the other languages' where they mean nothing in it."""

import tomllib
from collections.abc import Iterator, Sequence
from functools import cache, lru_cache
from pathlib import Path
from typing import Literal

from core.texts import LANGUAGES

Kind = Literal[
    "month", "weekday", "day", "part", "unit", "at", "sure", "in", "or", "oclock", "half", "and_half", "half_past",
    "half_to", "on", "number", "nothing",
]  # fmt: skip
_SHARED: dict[str, Kind] = {"months": "month", "weekdays": "weekday", "days": "day", "parts": "part", "units": "unit"}
_SHORTEST_ABROAD = 4
"""Letters of a word that counts in every language; shorter ones mean too many things."""


Meanings = dict[Kind, int]
_NOTHING: Meanings = {}


class ClockWords:
    """A value counts from 0: January, Monday, today, morning, minutes; of a number it is the number."""

    def __init__(self) -> None:
        self._phrases: dict[tuple[str, ...], Meanings] = {}
        self._beginnings: dict[str, Meanings] = {}
        self._longest: dict[str, int] = {}
        """Words of the longest phrase, by its first."""
        self._begins_with = lru_cache(maxsize=20_000)(self._look_up)

    def add(self, text: str, kind: Kind, value: int) -> None:
        if text.endswith("*"):
            self._beginnings.setdefault(text[:-1], {})[kind] = value
        else:
            words = tuple(text.split())
            self._longest[words[0]] = max(self._longest.get(words[0], 1), len(words))
            self._phrases.setdefault(words, {})[kind] = value

    def read(self, words: Sequence[str], at: int) -> tuple[Meanings, int]:
        """What stands at this place, and how many words it takes: the longest there is."""
        word = words[at]
        for length in range(min(self._longest.get(word, 0), len(words) - at), 0, -1):
            if found := self._phrases.get(tuple(words[at : at + length])):
                return found, length
        return self._begins_with(word), 1

    def _look_up(self, word: str) -> Meanings:
        for length in range(len(word), 2, -1):
            if found := self._beginnings.get(word[:length]):
                return found
        return _NOTHING


@cache
def clock_words(language: str) -> ClockWords:
    language = language if language in LANGUAGES else "en"
    sections = tomllib.loads(Path(__file__).with_name("times.toml").read_text(encoding="utf-8"))
    words = ClockWords()
    taken: set[str] = set()
    for home in (language, *(other for other in LANGUAGES if other != language)):
        here = set[str]()
        for text, kind, value in _listed(sections, home, own=home == language):
            here.add(text)
            if home == language or (text not in taken and len(text) >= _SHORTEST_ABROAD):
                words.add(text, kind, value)
        taken |= here if home == language else set()
    return words


def _listed(sections: dict[str, dict[str, object]], language: str, *, own: bool) -> Iterator[tuple[str, Kind, int]]:
    for section, kind in _SHARED.items():
        yield from _split(str(sections[section][language]), kind, 0)
    if own:
        for name, rows in sections["own"].items():
            assert isinstance(rows, dict)
            kind: Kind = "number" if name == "numbers" else name  # pyright: ignore[reportAssignmentType]
            yield from _split(str(rows[language]), kind, 1 if kind == "number" else 0)  # pyright: ignore[reportUnknownArgumentType]


def _split(listed: str, kind: Kind, first: int) -> Iterator[tuple[str, Kind, int]]:
    for value, alternatives in enumerate(listed.split(","), first):
        for text in alternatives.split("|"):
            if text.strip():
                yield text.strip(), kind, value
