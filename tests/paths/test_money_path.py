"""Money on the message path: WhatsApp's fees, the limit in the middle of a talk, and the owner's one tap."""

import asyncio
from collections.abc import AsyncIterator

import asyncpg
import pytest

from tests.support.databases import Urls
from tests.support.product import Product

ASKED, ANSWER = "Are you open on Sunday?", "on Sunday from 8:00 to 13:00"


@pytest.fixture
async def owner(urls: Urls) -> AsyncIterator[asyncpg.Connection]:
    connection = await asyncpg.connect(urls.owner)
    yield connection
    await connection.close()


async def use_up_the_free_ones(owner: asyncpg.Connection) -> None:
    await owner.execute(
        """INSERT INTO whatsapp_messages (tenant_id, account_id, month, category, sent)
           SELECT tenant_id, account_id, date_trunc('month', now())::date, 'service', 1000
             FROM channel_accounts WHERE channel = 'whatsapp' AND role = 'customer'"""
    )


async def test_free_messages_are_counted_and_the_next_one_is_paid(product: Product, owner: asyncpg.Connection) -> None:
    chat = product.whatsapp("bakery")
    await product.say(chat, ASKED)
    await product.heard(chat, ANSWER)
    assert await product.count("whatsapp_messages", "sent = 1") == 1
    assert await product.count("ledger") == 0
    await owner.execute("UPDATE whatsapp_messages SET sent = 1000")
    await product.say(chat, "Do you deliver?")
    while await product.count("ledger", "status = 'settled'") == 0:
        await asyncio.sleep(0.02)
    (row,) = await owner.fetch("SELECT kind, status, currency, cost_micros, units, price_certainty FROM ledger")
    assert tuple(row)[:3] == ("whatsapp", "settled", "EUR")
    assert row["cost_micros"] > 0 and row["units"] == 1 and row["price_certainty"] == "estimated"


async def test_at_the_limit_a_paid_message_waits_and_one_tap_lets_it_go(
    product: Product, owner: asyncpg.Connection
) -> None:
    await product.join("bakery")
    await product.say(product.desk, "/budget 0")
    await product.heard(product.desk, "€0.00")
    await use_up_the_free_ones(owner)
    chat = product.whatsapp("bakery")
    await product.say(chat, ASKED)
    await product.heard(product.desk, "Budget used up")
    assert await product.heard(chat) == []
    assert await product.count("outbox", "status = 'queued' AND error LIKE 'budget: %'") == 1
    await product.tap(product.desk, "+€5 today")
    await product.heard(chat, ANSWER)
    while await product.count("ledger", "status = 'settled'") == 0:
        await asyncio.sleep(0.02)


async def test_telegram_costs_nothing(product: Product) -> None:
    chat = product.telegram("bakery")
    await product.say(chat, ASKED)
    await product.heard(chat, ANSWER)
    assert await product.count("ledger") == 0 and await product.count("whatsapp_messages") == 0
