"""A listed price as four figures, as long as it is as simple as that: some 3 microseconds instead of 20 to 180.

The router weighs the price of every candidate in every call, and the list's own sum, which knows of tiers, hours and
dozens of units, is the largest part of its CPU. The figures are taken from that sum, not from its tables, and hold for
inputs below its first tier only.
"""

from collections.abc import Callable
from dataclasses import dataclass
from decimal import Decimal
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from genai_prices.types import ModelPrice

_MILLION = 1_000_000
_NO_TIER = 10**12
Sum = Callable[[int, int, int, int], Decimal]
"""US dollars of input tokens (the cached ones included), of those read from a cache, of those written, of output."""


@dataclass(frozen=True, slots=True)
class UnitPrices:
    """US dollars for a token."""

    plain: Decimal
    read: Decimal
    written: Decimal
    output: Decimal
    up_to_input: int
    """Tokens: above it another tier begins."""

    def dollars(self, given: int, read: int, written: int, output: int) -> Decimal:
        return (given - read - written) * self.plain + read * self.read + written * self.written + output * self.output


def find_unit_prices(listed: "ModelPrice", add_up: Sum) -> UnitPrices | None:
    """None where four figures are not all there is to it."""
    starts = [tier.start for price in vars(listed).values() for tier in getattr(price, "tiers", ())]
    most = min(starts, default=_NO_TIER)
    # Powers of ten, so that dividing is exact.
    count = next((each for each in (_MILLION, 100_000, 10_000, 1000) if each <= most), None)
    if count is None:
        return None
    found = UnitPrices(
        add_up(count, 0, 0, 0) / count, add_up(count, count, 0, 0) / count, add_up(count, 0, count, 0) / count,
        add_up(0, 0, 0, count) / count, most,
    )  # fmt: skip
    mixed = (997, 101, 53, 211)
    return found if found.dollars(*mixed) == add_up(*mixed) and not add_up(0, 0, 0, 0) else None
