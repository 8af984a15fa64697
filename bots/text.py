"""Cutting text to what a channel takes, at places where a reader would.

Lengths are UTF-16 units, as Telegram counts: an emoji is two. WhatsApp does not say how it counts, and this is the
larger of the plausible answers.
"""

import re
import unicodedata

FENCE = "```"
_RESERVE = len(f"{FENCE}\n") + len(f"\n{FENCE}")
_BREAKS = (
    re.compile(r"\n[ \t]*\n\s*"),  # between paragraphs
    re.compile(r"\n\s*"),  # between lines
    re.compile(r"(?<=[.!?…。！？])[\"'»”)]*\s+"),  # between sentences
    re.compile(r"\s+"),  # between words
)
_ZWJ = "\u200d"


def count_units(text: str) -> int:
    return len(text) if text.isascii() else len(text.encode("utf-16-le")) // 2


def split_text(text: str, limit: int) -> list[str]:
    """Splits Markdown into parts of at most `limit` units, none of them blank; white space at the cuts is dropped.

    Cuts between paragraphs where that leaves the part at least half full, else between lines, sentences, words, and
    only then inside a word, never inside an emoji. A code block that is cut is closed and opened again.
    A blank text has no parts. `limit` is at least 32.
    """
    rest = text.strip()
    if count_units(rest) <= limit:
        return [rest] if rest else []
    room = limit - _RESERVE if FENCE in rest else limit
    parts: list[str] = []
    fenced = False
    while rest:
        end = len(rest) if count_units(rest) <= room else _place_cut(rest, _count_fitting(rest, room))
        piece, rest = rest[:end].rstrip(), rest[end:].lstrip("\n") if fenced else rest[end:].lstrip()
        opened = fenced
        fenced ^= piece.count(FENCE) % 2 == 1
        piece = f"{FENCE}\n{piece}" if opened else piece
        parts.append(f"{piece}\n{FENCE}" if fenced and rest else piece)
    return [part for part in parts if part]


def cut_text(text: str, limit: int) -> str:
    """At most `limit` units on one line, with an ellipsis where something was cut off."""
    line = " ".join(text.split())
    if count_units(line) <= limit:
        return line
    end = _count_fitting(line, limit - 1)
    return line[: _step_back(line, end)].rstrip() + "…"


def place_cut(text: str, limit: int) -> int:
    """After how many characters to cut a text of more than `limit` units; at least one."""
    return _place_cut(text, _count_fitting(text, limit))


def _count_fitting(text: str, units: int) -> int:
    """How many characters from the start fit into so many units."""
    end = min(len(text), units)
    while (over := count_units(text[:end]) - units) > 0:
        end -= (over + 1) // 2
    return end


def _place_cut(text: str, end: int) -> int:
    """Where to cut a text of which `end` characters fit: from 1 to `end`."""
    window = text[:end]
    for pattern in _BREAKS:
        last = 0
        for found in pattern.finditer(window):
            if found.start() > 0:
                last = found.start()
        if last > end // 2 or (last and pattern is _BREAKS[-1]):
            return last
    return _step_back(text, end)


def _step_back(text: str, end: int) -> int:
    """The nearest place at or before `end` that is between two characters as a reader sees them; `end` if none is."""
    place = end
    while place > 0 and place < len(text) and _belong_together(text, place):
        place -= 1
    return place or end


def _belong_together(text: str, place: int) -> bool:
    before, after = text[place - 1], text[place]
    if after == _ZWJ or before == _ZWJ or unicodedata.category(after)[0] == "M":
        return True
    if "\U0001f3fb" <= after <= "\U0001f3ff" or "\U000e0020" <= after <= "\U000e007f":  # skin tones, flag tags
        return True
    if _is_flag_letter(before) and _is_flag_letter(after):
        start = place
        while start > 0 and _is_flag_letter(text[start - 1]):
            start -= 1
        return (place - start) % 2 == 1
    return False


def _is_flag_letter(character: str) -> bool:
    return "\U0001f1e6" <= character <= "\U0001f1ff"
