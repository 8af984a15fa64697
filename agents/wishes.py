"""What customers want done with what is remembered of them, by phrases in six languages. Pure."""

import re
import tomllib
from dataclasses import dataclass
from functools import cache
from pathlib import Path
from typing import Literal, get_args

from memory.words import split_words

Kind = Literal[
    "about_me", "forget_all", "forget_that", "withdraw", "consent", "opt_out_marketing", "opt_out_reminders",
    "opt_out_all", "opt_in", "link", "unlink", "redeem",
]  # fmt: skip
_LANGUAGES = ("en", "es", "ru", "de", "fr", "pt")
_LONGEST = 120
_CODE = re.compile(r"/?link[\s:]*(\d{4})[\s-]?(\d{4})", re.IGNORECASE)
"""With its word: eight bare digits may be a telephone or a shipment."""


@dataclass(frozen=True, slots=True)
class MemoryWish:
    kind: Kind
    code: str = ""
    """The digits, of `redeem`."""


def read_wish(text: str) -> MemoryWish | None:
    """Of one message. None for what has to be answered for what it says."""
    text = text.strip()
    if not text or len(text) > _LONGEST:
        return None
    if code := _CODE.fullmatch(text.strip(' .`*"“”')):
        return MemoryWish("redeem", "".join(filter(None, code.groups())))
    first = text.split()[0].partition("@")[0].lower()
    if first.startswith("/"):
        return next((MemoryWish(kind) for kind, (commands, _) in _phrases().items() if first in commands), None)
    words = " ".join(split_words(text))
    bare = " ".join(_polite().sub(" ", words).split())
    for kind, (_, pattern) in _phrases().items():
        if pattern.fullmatch(bare) or pattern.fullmatch(words):
            return MemoryWish(kind)
    return None


def is_memory_command(command: str) -> bool:
    return command in frozenset[str]().union(*(commands for commands, _ in _phrases().values()))


def read_answer(text: str) -> bool | None:
    """To a question of yes or no."""
    words = " ".join(split_words(text[:_LONGEST]))
    return True if _answers("yes").fullmatch(words) else False if _answers("no").fullmatch(words) else None


@cache
def _sections() -> dict[str, dict[str, list[str]]]:
    return tomllib.loads(Path(__file__).with_name("wishes.toml").read_text(encoding="utf-8"))


@cache
def _phrases() -> dict[Kind, tuple[frozenset[str], re.Pattern[str]]]:
    found: dict[Kind, tuple[frozenset[str], re.Pattern[str]]] = {}
    for kind in get_args(Kind):
        if (section := _sections().get(kind)) is not None:
            patterns = [pattern for language in _LANGUAGES for pattern in section[language]]
            found[kind] = frozenset(section["commands"]), re.compile("|".join(f"(?:{each})" for each in patterns))
    return found


@cache
def _polite() -> re.Pattern[str]:
    return re.compile(rf"(?<!\S)(?:{_sections()['polite']['words']})(?!\S)")


@cache
def _answers(name: Literal["yes", "no"]) -> re.Pattern[str]:
    return re.compile(str(_sections()[name]["words"]))
