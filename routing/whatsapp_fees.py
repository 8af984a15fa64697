"""What Meta charges for a WhatsApp message, by category and by the recipient's calling code."""

import tomllib
from collections.abc import Mapping
from dataclasses import dataclass
from decimal import ROUND_CEILING, Decimal
from functools import cache
from pathlib import Path
from typing import Any, Literal

from core.money import MICROS
from core.spending import Cost

MessageCategory = Literal["service", "utility", "marketing", "authentication"]
"""`service`: whatever is no template."""
_LONGEST_CODE = 4
_SHORTEST_NUMBER = 7


@dataclass(frozen=True, slots=True)
class _Market:
    name: str
    micros: Mapping[str, int]


@dataclass(frozen=True, slots=True)
class _Rates:
    free: int
    by_code: Mapping[str, _Market]
    elsewhere: _Market
    dearest: _Market


def fee(category: MessageCategory, phone: str | None, sent_this_month: int) -> Cost:
    """`phone` is E.164, with or without the plus; None where the channel hides it: then the dearest market's is taken.

    `sent_this_month` counts the service messages that the business's number sent before this one.
    """
    rates = _load()
    if category == "service" and sent_this_month < rates.free:
        return Cost(usd_micros=0, certainty="estimated", basis=f"whatsapp: one of {rates.free:,} free")
    market = _find_market(rates, phone)
    micros = market.micros["utility" if category == "service" else category]
    return Cost(usd_micros=micros, certainty="estimated", basis=f"whatsapp {category}: {market.name}")


def _find_market(rates: _Rates, phone: str | None) -> _Market:
    digits = (phone or "").removeprefix("+")
    if not (digits.isascii() and digits.isdigit() and len(digits) >= _SHORTEST_NUMBER):
        return rates.dearest
    for length in range(_LONGEST_CODE, 0, -1):
        if (market := rates.by_code.get(digits[:length])) is not None:
            return market
    return rates.elsewhere


@cache
def _load() -> _Rates:
    file = tomllib.loads(Path(__file__).with_name("whatsapp_rates.toml").read_text(encoding="utf-8"))
    markets: dict[str, Any] = file["markets"]
    by_code = {code: _market(name, row) for name, row in markets.items() for code in row["codes"].split()}
    elsewhere = _market("rest of the world", file["rest_of_world"])
    every = [*by_code.values(), elsewhere]
    categories = ("utility", "marketing", "authentication")
    dearest = _Market("dearest market", {each: max(market.micros[each] for market in every) for each in categories})
    return _Rates(free=file["free_service_messages"], by_code=by_code, elsewhere=elsewhere, dearest=dearest)


def _market(name: str, row: Mapping[str, str]) -> _Market:
    return _Market(
        name.replace("_", " "),
        {
            category: int((Decimal(row[category]) * MICROS).to_integral_value(ROUND_CEILING))
            for category in ("utility", "marketing", "authentication")
        },
    )
