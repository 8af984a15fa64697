"""Amounts of money and references as a sentence names them."""

import re
from collections.abc import Iterator
from dataclasses import dataclass
from decimal import Decimal, InvalidOperation

from core.money import MICROS

_CODES = {
    "€": "EUR", "euro": "EUR", "euros": "EUR", "eur": "EUR", "евро": "EUR", "£": "GBP", "gbp": "GBP", "pound": "GBP",
    "pounds": "GBP", "usd": "USD", "chf": "CHF", "₽": "RUB", "руб": "RUB", "рубль": "RUB", "рубля": "RUB",
    "рублей": "RUB", "rub": "RUB", "r$": "BRL", "brl": "BRL", "reais": "BRL", "real": "BRL", "pln": "PLN",
    "$": "$", "dollar": "$", "dollars": "$", "dólares": "$", "dolares": "$", "долларов": "$",
    "доллара": "$", "peso": "$", "pesos": "$",
}  # fmt: skip
_DOLLARS = frozenset({"USD", "CAD", "AUD", "NZD", "SGD", "HKD", "MXN", "ARS", "CLP", "COP"})
_SIGN = "|".join(sorted(map(re.escape, _CODES), key=len, reverse=True))
_FIGURE = r"\d{1,3}(?:[ \u00a0\u202f.,']\d{3})+(?:[.,]\d{1,2})?|\d+(?:[.,]\d{1,2})?"
_AMOUNT = re.compile(
    rf"(?<![\w.,])(?P<before>{_SIGN})\s?(?P<first>{_FIGURE})(?!\d)"
    rf"|(?<![\w.,])(?P<second>{_FIGURE})\s?(?P<after>{_SIGN})(?!\w)",
    re.IGNORECASE,
)
_REFERENCE = re.compile(
    r"(?<![\w-])(?:[^\W\d_]{1,8}[-/]?\d[\w/-]*|[#№]\s?\d[\w/-]*|\d{5,}|\d[\w]*-\d[\w-]*[^\W\d_][\w-]*)(?!\w)"
)


@dataclass(frozen=True, slots=True)
class Amount:
    micros: int
    currency: str
    """ISO 4217, or `$` for any dollar or peso."""
    at: int


@dataclass(frozen=True, slots=True)
class Reference:
    text: str
    """Lower case, letters and digits alone."""
    at: int


def is_same_currency(said: str, code: str) -> bool:
    """A receipt without a currency contradicts none."""
    return not code or said == code or (said == "$" and code in _DOLLARS)


def find_amounts(text: str) -> Iterator[Amount]:
    for found in _AMOUNT.finditer(text):
        sign, figure = found["before"] or found["after"], found["first"] or found["second"]
        if (value := _read(figure)) is not None:
            yield Amount(int(value * MICROS), _CODES[sign.lower()], found.start())


def find_references(text: str) -> Iterator[Reference]:
    """What looks like the number of an order, a case or a booking."""
    taken = [found.span() for found in _AMOUNT.finditer(text)]
    for found in _REFERENCE.finditer(text):
        if not any(start <= found.start() < end for start, end in taken):
            yield Reference(bare_reference(found.group()), found.start())


def bare_reference(text: str) -> str:
    return "".join(letter for letter in text.lower() if letter.isalnum())


def _read(figure: str) -> Decimal | None:
    """`1.250,00`, `1,250.00`, `1 250` and `12,5`."""
    compact = re.sub(r"[ \u00a0\u202f']", "", figure)
    whole, mark, rest = compact.rpartition(max(".", ",", key=compact.rfind))
    if not mark or len(rest) == 3:
        whole, rest = compact, ""
    try:
        return Decimal(f"{re.sub('[.,]', '', whole)}.{rest or 0}")
    except InvalidOperation:
        return None
