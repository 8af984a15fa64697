"""Summaries of long conversations: made from what was said without a model, and checked when one made it. Pure."""

import re
from collections.abc import Sequence

from core.turns import HistoryMessage
from memory.clauses import fold_letters, gives_orders
from memory.facts import read_facts

LONGEST = 1_500
"""Characters."""
_SHORTEST = 20
_MOST_LINES = 16
_LONGEST_LINE = 160
_NUMBER = re.compile(r"\d+(?:[.,:]\d+)*")
_ADDRESS = re.compile(r"https?://\S+|www\.\S+|\S+@\S+\.\w+")


def extract_summary(previous: str, messages: Sequence[HistoryMessage]) -> str:
    """What the customer asked and told, a dated line each in their own words, the latest last; empty when nothing."""
    lines = [line for line in previous.splitlines() if line.startswith("- ")]
    for message in messages:
        if message.author == "customer" and (line := _telling(message.text)):
            lines.append(f"- {message.at:%Y-%m-%d}: {line}")
    kept = list(dict.fromkeys(lines))[-_MOST_LINES:]
    while len("\n".join(kept)) > LONGEST:
        kept.pop(0)
    return "\n".join(kept)


def find_fault(text: str, previous: str, messages: Sequence[HistoryMessage]) -> str | None:
    """Why a model's summary must not be used, in a word; None when it may."""
    if not _SHORTEST <= len(text) <= LONGEST:
        return "length"
    if any(gives_orders(fold_letters(line)) for line in re.split(r"[.!?\n]", text)):
        return "instructions"
    given = "\n".join((previous, *(f"{m.at:%Y-%m-%d} {m.at.day} {m.at.year}\n{m.text}" for m in messages)))
    if any(address not in given for address in _ADDRESS.findall(text)):
        return "address"
    known = {_plain(number) for number in _NUMBER.findall(given)}
    said = {_plain(number) for number in _NUMBER.findall(text)}
    if any(number not in known and not (number.isdigit() and int(number) <= 10) for number in said):
        return "numbers"
    return None


def _telling(text: str) -> str:
    """A question or something told, in one line; never what reads as an order to the bot."""
    line = " ".join(text.split())[:_LONGEST_LINE]
    if gives_orders(fold_letters(text)):
        return ""
    return line if "?" in text or "？" in text or not read_facts(text).empty else ""


def _plain(number: str) -> str:
    """`7:00`, `07.00` and `7` are the same."""
    whole, _, rest = re.sub("[,:]", ".", number).partition(".")
    rest = rest.rstrip("0")
    return f"{whole.lstrip('0') or '0'}.{rest}" if rest else whole.lstrip("0") or "0"
