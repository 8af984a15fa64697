"""A customer's question without the customer: names, numbers and addresses are taken out before it is taught."""

import re

from memory.words import fold

MASK = "…"
_ADDRESSES = re.compile(r"[^\s@<>]+@[^\s@<>]+\.[^\s@<>]+|(?:https?://|www\.)\S+|(?<!\w)@\w{3,}")
_PHONES = re.compile(r"(?<!\w)(?:\+|00)?\(?\d[\d\s()./-]{5,}\d(?!\w)")
_CODES = re.compile(r"(?<!\w)#?(?=[\w-]*\d{3})(?=[\w-]*[A-Za-z#-])[\w-]{4,}(?!\w)|#\d{2,}")
"""Order and invoice numbers: letters or signs together with three digits."""
_NUMBERS = re.compile(r"(?<![\d.,])\d{5,}(?![\d.,]\d)")
_MONEY_OR_DATE = re.compile(r"\d{1,4}[./-]\d{1,2}[./-]\d{1,4}")
_MASKS = re.compile(rf"{MASK}(?:[\s,;:]*{MASK})+")
_SHORTEST_NAME = 3


def mask_customer(text: str, name: str = "") -> str:
    """`name` is the customer's, as the channel shows it. What it takes for a number of theirs may be too much."""
    masked = _ADDRESSES.sub(MASK, text)
    masked = _PHONES.sub(_mask_phone, masked)
    masked = _CODES.sub(MASK, masked)
    masked = _NUMBERS.sub(MASK, masked)
    return _MASKS.sub(MASK, mask_name(masked, name)).strip()


def mask_name(text: str, name: str) -> str:
    """The customer's name only."""
    parts = {fold(part) for part in re.findall(r"[^\W\d_]+", name) if len(part) >= _SHORTEST_NAME}
    if not parts:
        return text
    masked = re.sub(r"[^\W\d_]+", lambda match: MASK if fold(match[0]) in parts else match[0], text)
    return _MASKS.sub(MASK, masked)


def _mask_phone(match: "re.Match[str]") -> str:
    """A date looks like a phone number to a machine."""
    return match[0] if _MONEY_OR_DATE.fullmatch(match[0].strip()) else MASK
