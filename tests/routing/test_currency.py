"""Dated rates: the operator's, then the bank's; none that is old."""

from collections.abc import Sequence
from datetime import UTC, date, datetime, timedelta
from decimal import Decimal

import pytest
from hypothesis import given
from hypothesis import strategies as st

from core.errors import Misconfigured
from db.rates import StoredRate
from routing.currency import Currencies, Rate
from tests.support.clocks import HandClock


def currencies(clock: HandClock, *stored: StoredRate) -> Currencies:
    async def read() -> Sequence[StoredRate]:
        return stored

    return Currencies(clock, read)


def stored(currency: str, usd: str, as_of: date) -> StoredRate:
    return StoredRate(currency=currency, as_of=as_of, usd_per_unit=Decimal(usd), source="operator")


async def test_the_banks_rate_is_dated() -> None:
    rate = await currencies(HandClock()).rate("EUR")
    assert (rate.as_of, rate.source) == (date(2026, 10, 30), "European Central Bank")
    assert rate.convert(1_117_200).micros == 1_000_000
    pounds = await currencies(HandClock()).rate("GBP")
    assert pounds.convert(1_000_000).micros == -(-833_800_000_000 // 1_117_200)


async def test_the_operators_rate_goes_first_while_it_is_fresh() -> None:
    clock = HandClock()
    fresh, old = clock.now().date() - timedelta(days=120), clock.now().date() - timedelta(days=121)
    assert (await currencies(clock, stored("EUR", "2", fresh)).rate("EUR")).per_usd == Decimal("0.5")
    assert (await currencies(clock, stored("EUR", "2", old)).rate("EUR")).source == "European Central Bank"
    assert (await currencies(clock, stored("RUB", "0.0125", fresh)).rate("RUB")).convert(1).micros == 80


@pytest.mark.parametrize("currency", ["RUB", "XAU", "BGN"])
async def test_a_currency_without_a_rate_is_refused(currency: str) -> None:
    with pytest.raises(Misconfigured, match=f"there is none.*cost rate {currency}"):
        await currencies(HandClock()).rate(currency)


async def test_an_old_rate_is_refused() -> None:
    clock = HandClock(at=datetime(2027, 3, 1, tzinfo=UTC))
    with pytest.raises(Misconfigured, match="the latest one is of 2026-10-30"):
        await currencies(clock).rate("EUR")
    assert (await currencies(clock).rate("USD")).convert(5).micros == 5


@given(micros=st.integers(0, 10**15), per_usd=st.decimals("0.0001", 100_000, places=6))
def test_a_conversion_is_never_too_low_and_less_than_a_micro_too_high(micros: int, per_usd: Decimal) -> None:
    rate = Rate(currency="XXX", per_usd=per_usd, as_of=date(2026, 1, 1), source="")
    assert 0 <= rate.convert(micros).micros - micros * per_usd < 1
