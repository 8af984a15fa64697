"""Plain words read as a command, by rules: enough for what owners say most, without a model."""

import re
import tomllib
import unicodedata
from dataclasses import dataclass
from functools import cache
from pathlib import Path

from pydantic import BaseModel, ConfigDict, Field

MOST_WORDS = 14
"""Of a message that is taken for a command: who writes more tells something."""
_WORD = re.compile(r"[^\W_]+(?:'[^\W_]+)?")
_SHORTEST_STEM = 4
"""Characters; a shorter one stands for the whole word."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Understood:
    command: str
    argument: str = ""


class _Phrases(BaseModel):
    model_config = ConfigDict(extra="forbid", frozen=True)

    phrases: tuple[str, ...] = Field(min_length=1)
    argument: bool = False
    """Whether the command is given the whole message."""


def read_plainly(text: str) -> Understood | None:
    """None when it is no command that the rules know."""
    words = _fold(text)
    if not 0 < len(words) <= MOST_WORDS:
        return None
    best, command = 0, ""
    for name, stems in _load():
        length = sum(map(len, stems))
        if length > best and _holds(words, stems):
            best, command = length, name
    if not command:
        return None
    return Understood(command=command, argument=" ".join(text.split()) if _takes_argument(command) else "")


def _holds(words: list[str], stems: tuple[str, ...]) -> bool:
    return all(any(_begins(word, stem) for word in words) for stem in stems)


def _begins(word: str, stem: str) -> bool:
    return word == stem if len(stem) < _SHORTEST_STEM else word.startswith(stem)


def _fold(text: str) -> list[str]:
    """Words in small letters, without accents; `ё` is `е`, `’` is `'`."""
    plain = unicodedata.normalize("NFKD", text.casefold().replace("’", "'").replace("ё", "е"))
    letters = "".join(letter for letter in plain if not unicodedata.combining(letter))
    return _WORD.findall(unicodedata.normalize("NFC", letters))


@cache
def _load() -> tuple[tuple[str, tuple[str, ...]], ...]:
    return tuple(
        (name, tuple(_fold(phrase)))
        for name, section in _sections().items()
        for phrase in dict.fromkeys(section.phrases)
    )


@cache
def _sections() -> dict[str, _Phrases]:
    read = tomllib.loads((Path(__file__).parent / "phrases.toml").read_text(encoding="utf-8"))
    return {name: _Phrases.model_validate(section) for name, section in read.items()}


def _takes_argument(command: str) -> bool:
    return _sections()[command].argument
