"""The desk's words, and how other people's words are put among them."""

import re
from functools import cache
from pathlib import Path

from core.texts import DEFAULT, Catalogue

_MARKS = re.compile(r"([\\`*_\[\]~|#>])")
_MARKED = re.compile(r"\\([\\`*_\[\]~|#>])|\*\*")


@cache
def load_catalogue() -> Catalogue:
    """Read once, at first use. Raises ValueError naming a broken file."""
    return Catalogue.load(Path(__file__).parent / "locales")


def write(key: str, language: str, **fields: object) -> str:
    return load_catalogue().text(key, language, **fields)


def pick_language(*candidates: str | None) -> str:
    """The first that the desk speaks, with its region; English when it speaks none of them."""
    known = load_catalogue().languages
    for candidate in candidates:
        if candidate and candidate.replace("_", "-").split("-")[0].lower() in known:
            return candidate
    return DEFAULT


def quote(words: str, limit: int | None = None) -> str:
    """Somebody else's words inside Markdown: they stay words, so nobody can dress up as the bot or hide a link.

    With a limit it is one line of at most so many characters, escapes counted.
    """
    escaped = _MARKS.sub(r"\\\1", words if limit is None else " ".join(words.split()))
    if limit is None or len(escaped) <= limit:
        return escaped
    cut = escaped[: limit - 1]
    dangling = (len(cut) - len(cut.rstrip("\\"))) % 2
    return f"{cut[: len(cut) - dangling].rstrip()}…"


def shorten(words: str, limit: int) -> str:
    """At most `limit` characters, blank runs made one space."""
    words = " ".join(words.split())
    return words if len(words) <= limit else f"{words[: limit - 1].rstrip()}…"


def flatten(markdown: str, limit: int) -> str:
    """One plain line, for where no Markdown is rendered."""
    return shorten(_MARKED.sub(lambda match: match[1] or "", markdown), limit)
