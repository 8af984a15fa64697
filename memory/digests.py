"""A document in a few lines, for the history: how it begins, and the lines with figures that say what it is about."""

import re
from collections.abc import Sequence

LONGEST = 600
"""Characters. The whole stays with the conversation while it is talked about, see `agents.state`."""
_HEAD_LINES = 4
_LONGEST_LINE = 160
_TELLING = re.compile(
    r"\d[.,]\d{2}(?!\d)|[€$£¥₽]|\b(?:eur|usd|gbp|rub|brl)\b|\b\d{1,4}[-./]\d{1,2}[-./]\d{1,4}\b|\b[a-z]{0,4}[-/]?\d{4,}\b",
    re.I,
)
"""Amounts, dates and numbers of orders and invoices."""


def digest_document(text: str) -> str:
    """Lines as they stand in it, each whole or cut at a word; never more than LONGEST characters."""
    lines = [_cut(" ".join(line.split())) for line in text.splitlines() if line.strip()]
    kept = lines[:_HEAD_LINES] + [line for line in lines[_HEAD_LINES:] if _TELLING.search(line)]
    left_out = len(lines) - len(kept)
    return _join(list(dict.fromkeys(kept)), left_out)


def _cut(line: str) -> str:
    if len(line) <= _LONGEST_LINE:
        return line
    return (line[:_LONGEST_LINE].rpartition(" ")[0] or line[:_LONGEST_LINE]) + " […]"


def _join(lines: Sequence[str], left_out: int) -> str:
    taken: list[str] = []
    room = LONGEST - len(" | […]")
    for line in lines:
        if len(line) + len(" | ") > room:
            left_out += 1
            continue
        taken.append(line)
        room -= len(line) + len(" | ")
    return " | ".join([*taken, "[…]"] if left_out else taken)
