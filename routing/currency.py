"""US dollars, in which vendors bill, to the currency in which a tenant counts, by a dated rate."""

from collections.abc import Awaitable, Callable, Mapping, Sequence
from dataclasses import dataclass
from datetime import date, timedelta
from decimal import ROUND_CEILING, ROUND_HALF_EVEN, Decimal
from functools import cache
from importlib.resources import files
from typing import Any

from core.clock import Clock
from core.errors import Misconfigured
from core.money import Money
from db.rates import StoredRate

OLDEST = timedelta(days=120)
"""A rate that is older refuses calls: money would be counted wrongly without anybody seeing it."""
_REREAD_SECONDS = 60
_PLACES = Decimal("1e-12")


@dataclass(frozen=True, slots=True, kw_only=True)
class Rate:
    currency: str
    per_usd: Decimal
    """Units of the currency for one US dollar."""
    as_of: date
    source: str

    def convert(self, usd_micros: int) -> Money:
        """Rounded up to a whole micro-unit."""
        return Money(micros=int((usd_micros * self.per_usd).to_integral_value(ROUND_CEILING)), currency=self.currency)


class Currencies:
    """The operator's rates, and the European Central Bank's as they came with the `currencyconverter` package."""

    def __init__(self, clock: Clock, stored: Callable[[], Awaitable[Sequence[StoredRate]]]) -> None:
        """`stored` reads the operator's rates, at most once a minute."""
        self._clock = clock
        self._read = stored
        self._stored: Mapping[str, StoredRate] = {}
        self._read_at: float | None = None

    async def rate(self, currency: str) -> Rate:
        """The operator's while it is fresh, else the bank's. Raises Misconfigured with what to do, Transient."""
        today = self._clock.now().date()
        if currency == "USD":
            return Rate(currency="USD", per_usd=Decimal(1), as_of=today, source="")
        stored = (await self._fresh()).get(currency)
        listed = _bank_rates().get(currency)
        candidates = [_from_operator(stored)] if stored else []
        candidates += [listed] if listed else []
        for rate in candidates:
            if today - rate.as_of <= OLDEST:
                return rate
        known = f"the latest one is of {max(rate.as_of for rate in candidates)}" if candidates else "there is none"
        raise Misconfigured(
            f"No exchange rate of {currency} is fresh enough to count money with: {known}. "
            f"Set what one {currency} is worth in US dollars: `python -m steward cost rate {currency} 0.0123`."
        )

    async def _fresh(self) -> Mapping[str, StoredRate]:
        now = self._clock.monotonic()
        if self._read_at is None or now - self._read_at >= _REREAD_SECONDS:
            self._stored = {rate.currency: rate for rate in await self._read()}
            self._read_at = now
        return self._stored


def _from_operator(stored: StoredRate) -> Rate:
    return Rate(
        currency=stored.currency, per_usd=_round(1 / stored.usd_per_unit), as_of=stored.as_of, source=stored.source
    )


@cache
def _bank_rates() -> Mapping[str, Rate]:
    """Of one day, which loads in a millisecond; the package's full history takes a second."""
    from currency_converter import CurrencyConverter

    file = files("currency_converter") / "eurofxref.csv"
    converter: Any = CurrencyConverter(str(file), decimal=True)
    rates: dict[str, Rate] = {}
    for currency in converter.currencies:
        bounds = converter.bounds["USD" if currency == "EUR" else currency]
        per_usd = _round(Decimal(converter.convert(1, "USD", currency, date=bounds.last_date)))
        rates[currency] = Rate(
            currency=currency, per_usd=per_usd, as_of=bounds.last_date, source="European Central Bank"
        )
    return rates


def _round(value: Decimal) -> Decimal:
    return value.quantize(_PLACES, ROUND_HALF_EVEN)
