"""The message path with models: one key, all keys, a budget that ends, and the story told afterwards."""

from collections.abc import AsyncIterator
from contextlib import AbstractAsyncContextManager
from pathlib import Path
from typing import Any

import asyncpg
import pytest

from db.embedded import Services
from steward.cli.story import tell
from steward.cli.trace import _read as read_story
from tests.support.aimock import AiMock
from tests.support.databases import Urls
from tests.support.product import Product, running_product

KNOWN, UNKNOWN = "When do you open on Saturday?", "Can you repair my bicycle?"
SAID = "On Saturdays we open at 7:30."


def open_product(
    urls: Urls, services: Services, state: Path, aimock: AiMock, *keys: str
) -> AbstractAsyncContextManager[Product]:
    addresses = {"groq": aimock.groq_url, "anthropic": aimock.anthropic_url, "openai": aimock.openai_url}
    chosen: dict[str, Any] = {f"{name}_api_key": "k" for name in keys}
    chosen |= {f"{name}_base_url": addresses[name] for name in keys}
    return running_product(urls, services, state, limits=False, typing=False, **chosen)


@pytest.fixture
async def owner(urls: Urls) -> AsyncIterator[asyncpg.Connection]:
    connection = await asyncpg.connect(urls.owner)
    yield connection
    await connection.close()


@pytest.mark.parametrize("keys", [("groq",), ("groq", "anthropic", "openai")], ids=["one key", "all keys"])
async def test_a_model_answers_is_paid_for_and_the_story_says_why_it_was_chosen(
    urls: Urls, services: Services, tmp_path: Path, aimock: AiMock, owner: asyncpg.Connection, keys: tuple[str, ...]
) -> None:
    await aimock.says(SAID, input_tokens=1_000, output_tokens=20)
    async with open_product(urls, services, tmp_path, aimock, *keys) as product:
        chat = product.telegram("bakery")
        await product.say(chat, KNOWN)
        await product.heard(chat, SAID)
        row = await owner.fetchrow("SELECT * FROM ledger")
        assert row is not None
        assert (row["status"], row["currency"], row["price_certainty"]) == ("settled", "EUR", "exact")
        assert row["cost_micros"] > 0
        story = await read_story(product.data, row["tenant_id"], row["stream_id"], row["seq"], words=False)
    told = "\n".join(tell(story, words=False))
    assert "\nPaid\n" in told
    assert f"1. {row['provider']}/{row['model']}: worth $" in told
    assert f"{row['provider']}/{row['model']}: paid" in told
    assert "1000 tokens in, 20 out" in told
    assert "exact price" in told


async def test_the_same_question_is_answered_without_another_call(
    urls: Urls, services: Services, tmp_path: Path, aimock: AiMock
) -> None:
    await aimock.says(SAID)
    async with open_product(urls, services, tmp_path, aimock, "groq") as product:
        for person in ("maya", "leo"):
            chat = product.telegram("bakery", person)
            await product.say(chat, KNOWN)
            await product.heard(chat, SAID)
        assert await product.count("ledger") == 1
        forwarder = product.telegram("forwarder")
        await product.say(forwarder, KNOWN)
        await product.heard(forwarder, " ")
        assert SAID not in await product.heard(forwarder, " ") or await product.count("ledger") > 1


async def test_when_every_provider_is_down_the_notes_answer_and_a_person_gets_the_rest(
    urls: Urls, services: Services, tmp_path: Path, aimock: AiMock
) -> None:
    await aimock.fails(500)
    async with open_product(urls, services, tmp_path, aimock, "groq", "anthropic", "openai") as product:
        await product.join("bakery")
        chat = product.telegram("bakery")
        await product.say(chat, KNOWN)
        await product.heard(chat, "7:30")
        await product.say(chat, UNKNOWN)
        await product.heard(chat, "asked a colleague")
        await product.heard(product.desk, "bicycle")


async def test_a_used_up_budget_ends_in_the_notes_not_in_silence(
    urls: Urls, services: Services, tmp_path: Path, aimock: AiMock, owner: asyncpg.Connection
) -> None:
    await aimock.says(SAID)
    async with open_product(urls, services, tmp_path, aimock, "groq") as product:
        await product.join("bakery")
        await product.say(product.desk, "/budget 0")
        await product.heard(product.desk, "€0.00")
        chat = product.telegram("bakery")
        await product.say(chat, KNOWN)
        assert SAID not in await product.heard(chat, "7:30")
        assert await owner.fetchval("SELECT status FROM ledger") == "refused"
        assert await aimock.requests() == []


async def test_under_chaos_nobody_is_met_with_silence(
    urls: Urls, services: Services, tmp_path: Path, aimock: AiMock
) -> None:
    await aimock.says(SAID)
    await aimock.chaos(drop=0.25, malformed=0.2, rate_limited=0.25, disconnect=0.15)
    people = [f"person{number}" for number in range(12)]
    async with open_product(urls, services, tmp_path, aimock, "groq", "anthropic", "openai") as product:
        for place, person in enumerate(people):
            asked = UNKNOWN if place % 3 == 0 else f"{KNOWN} Number {place} asks."
            await product.say(product.telegram("bakery", person), asked)
        for person in people:
            await product.heard(product.telegram("bakery", person), "", seconds=30)
        assert await product.count("ledger", "status = 'reserved'") == 0
