"""What a WhatsApp message costs, and that the free ones are counted one by one."""

import asyncio
from datetime import date

import pytest
from hypothesis import given
from hypothesis import strategies as st

from core.ids import AccountId
from db.database import Database
from db.whatsapp import count_whatsapp_message, read_whatsapp_messages, take_back_whatsapp_message
from routing.whatsapp_fees import MessageCategory, fee
from tests.routing.conftest import TENANT, Books

CATEGORIES: tuple[MessageCategory, ...] = ("service", "utility", "marketing", "authentication")
NUMBER = AccountId(5)


def test_the_first_thousand_service_messages_are_free_and_then_cost_what_utility_does() -> None:
    assert fee("service", "491701234567", 999).usd_micros == 0
    assert fee("service", "491701234567", 1000).usd_micros == fee("utility", "491701234567", 0).usd_micros == 55_000


def test_marketing_is_always_billed() -> None:
    assert fee("marketing", "+491701234567", 0).usd_micros == 136_500


@pytest.mark.parametrize(
    ("phone", "market"),
    [
        ("15551234567", "north america"), ("18765551234", "latin america"), ("79161234567", "russia"),
        ("77011234567", "asia pacific"), ("5511987654321", "brazil"), ("35312345678", "western europe"),
        ("299123456", "rest of the world"), (None, "dearest market"), ("", "dearest market"), ("12", "dearest market"),
        ("BSUID.abc", "dearest market"), ("٤٩١٧٠١٢٣٤٥", "dearest market"),
    ],
)  # fmt: skip
def test_the_longest_calling_code_wins_and_an_unreadable_number_is_the_dearest(phone: str | None, market: str) -> None:
    assert fee("utility", phone, 0).basis == f"whatsapp utility: {market}"


@given(phone=st.one_of(st.none(), st.from_regex(r"\+?[1-9]\d{6,14}", fullmatch=True), st.text()), sent=st.integers(0))
def test_every_fee_is_an_estimate_and_none_passes_the_dearest(phone: str | None, sent: int) -> None:
    for category in CATEGORIES:
        cost = fee(category, phone, sent)
        assert cost.certainty == "estimated"
        assert 0 <= cost.usd_micros <= fee(category, None, 10**6).usd_micros
        assert cost.usd_micros > 0 or (category == "service" and sent < 1000)


async def test_each_message_has_a_place_of_its_own_in_its_month(books: Books, database: Database) -> None:
    async def count(day: date) -> int:
        async with database.tenant(TENANT) as tx:
            return await count_whatsapp_message(tx, TENANT, NUMBER, day, "service")

    places = await asyncio.gather(*(count(date(2026, 11, 1 + n)) for n in range(20)))
    assert sorted(places) == list(range(20))
    assert await count(date(2026, 12, 1)) == 0
    async with database.tenant(TENANT) as tx:
        await take_back_whatsapp_message(tx, TENANT, NUMBER, date(2026, 11, 30), "service")
        assert await read_whatsapp_messages(tx, TENANT, NUMBER, date(2026, 11, 9)) == {"service": 19}
