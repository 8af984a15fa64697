"""Prices as suppliers write them: `38.40`, `38,40 €`, `1.234,56`, `US$ 1,234.56`, `1 234,5 ₽`."""

import re
from collections.abc import Iterable
from dataclasses import dataclass
from decimal import Decimal
from typing import Literal

from core.money import MICROS

Mark = Literal[".", ","]
MOST = Decimal(1_000_000_000)
_DOLLARS = frozenset({"USD", "AUD", "CAD", "NZD", "SGD", "HKD", "MXN", "ARS", "CLP", "COP", "UYU"})
_CROWNS = frozenset({"SEK", "NOK", "DKK", "ISK"})
_SIGNS: dict[str, frozenset[str]] = {
    "us$": frozenset({"USD"}),
    "r$": frozenset({"BRL"}),
    "€": frozenset({"EUR"}),
    "£": frozenset({"GBP"}),
    "¥": frozenset({"JPY", "CNY"}),
    "₽": frozenset({"RUB"}),
    "руб.": frozenset({"RUB"}),
    "руб": frozenset({"RUB"}),
    "р.": frozenset({"RUB"}),
    "₴": frozenset({"UAH"}),
    "₸": frozenset({"KZT"}),
    "₺": frozenset({"TRY"}),
    "₹": frozenset({"INR"}),
    "₪": frozenset({"ILS"}),
    "zł": frozenset({"PLN"}),
    "kč": frozenset({"CZK"}),
    "fr.": frozenset({"CHF"}),
    "kr": _CROWNS,
    "$": _DOLLARS,
}
_BLANKS = re.compile(r"[\s'’]+")
_NUMBER = re.compile(r"\d[\d.,\s'’]*")
_CODE = re.compile(r"(?<![A-Za-z])[A-Za-z]{3}(?![A-Za-z])")
_PLAIN = re.compile(r"\d+")


@dataclass(frozen=True, slots=True, kw_only=True)
class Price:
    micros: int
    currencies: frozenset[str]
    """Those its sign may stand for; empty when it names none."""


def read_currencies(text: str) -> frozenset[str]:
    """What a sign or an ISO code in the text may stand for; empty when there is none."""
    lowered = text.casefold()
    for sign, currencies in _SIGNS.items():
        if sign in lowered:
            return currencies
    found = _CODE.search(text)
    return frozenset({found[0].upper()}) if found else frozenset()


def find_decimal_mark(texts: Iterable[str], fallback: Mark) -> Mark:
    """Which of point and comma a list's prices use, by those that can be read in one way only."""
    votes = {".": 0, ",": 0}
    for text in texts:
        found = _NUMBER.search(text)
        mark = _certain_mark(found[0]) if found else None
        if mark is not None:
            votes[mark] += 1
    if votes["."] == votes[","]:
        return fallback
    return "." if votes["."] > votes[","] else ","


def parse_price(text: str, mark: Mark) -> Price:
    """`mark` decides where `1.234` could be read in two ways. Raises ValueError saying what is wrong."""
    found = _NUMBER.search(text)
    if found is None:
        raise ValueError("no price")
    rest = text[: found.start()] + " " + text[found.end() :]
    if "-" in rest or "−" in rest or re.search(r"\d", rest):
        raise ValueError("not one price")
    value = _to_decimal(_BLANKS.sub("", found[0]), mark)
    if not 0 < value <= MOST:
        raise ValueError("price is zero or out of range")
    micros = value * MICROS
    if micros != micros.to_integral_value():
        raise ValueError("more than six decimals")
    return Price(micros=int(micros), currencies=read_currencies(rest))


def _certain_mark(number: str) -> Mark | None:
    number = _BLANKS.sub("", number)
    point, comma = number.rfind("."), number.rfind(",")
    if point >= 0 and comma >= 0:
        return "." if point > comma else ","
    last = max(point, comma)
    if last < 0 or number.count(number[last]) > 1:
        return None
    if len(number) - last - 1 == 3 and not number.startswith("0"):
        return None
    return "." if point >= 0 else ","


def _to_decimal(number: str, mark: Mark) -> Decimal:
    number = number.rstrip(".,") if number[-1] in ".," else number
    mark = _certain_mark(number) or mark
    whole, _, fraction = number.partition(mark)
    groups = whole.split("," if mark == "." else ".")
    tidy = len(groups) == 1 or (1 <= len(groups[0]) <= 3 and all(len(group) == 3 for group in groups[1:]))
    digits = [*groups, *([fraction] if fraction else [])]
    if not tidy or not all(_PLAIN.fullmatch(part) and part.isascii() for part in digits):
        raise ValueError("price cannot be read")
    return Decimal("".join(groups) + (f".{fraction}" if fraction else ""))
