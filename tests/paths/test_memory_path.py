"""A talk taken up again after weeks, on the other channel too: what the model is given, whatever Redis holds."""

from collections.abc import AsyncIterator
from contextlib import AbstractAsyncContextManager
from datetime import timedelta
from pathlib import Path
from uuid import UUID, uuid4

import asyncpg
import pytest

from core.ids import TenantId
from db.embedded import Services
from steward.cli.story import tell
from steward.cli.trace import _read as read_story
from tests.support.aimock import AiMock
from tests.support.databases import Urls
from tests.support.product import Product, running_product

TOLD = "My daughter Ilse turns six, and for her party I would like a cake with a blue whale on it."
ASKED = "What animal did I want on my daughter's cake?"
SMALL_TALK = (
    "good morning", "thanks", "hello", "thank you", "ok", "great", "perfect", "got it", "good evening", "many thanks",
    "alright",
)  # fmt: skip
SAID = "A blue whale, for Ilse."


@pytest.fixture
async def owner(urls: Urls) -> AsyncIterator[asyncpg.Connection]:
    connection = await asyncpg.connect(urls.owner)
    yield connection
    await connection.close()


def open_product(urls: Urls, services: Services, state: Path, aimock: AiMock) -> AbstractAsyncContextManager[Product]:
    chosen = {"groq_api_key": "k", "groq_base_url": aimock.groq_url}
    return running_product(urls, services, state, limits=False, typing=False, **chosen)


async def prompt(aimock: AiMock) -> str:
    """What was asked last, the question's own message."""
    return (await aimock.requests())[-1].body["messages"][-1]["content"]


def inside(asked: str, mark: str) -> str:
    return asked.partition(f"<{mark}>\n")[2].partition(f"\n</{mark}>")[0]


async def age(owner: asyncpg.Connection, by: timedelta) -> None:
    await owner.execute("UPDATE messages SET at = at - $1::interval", by)


async def chatter(product: Product, owner: asyncpg.Connection, chat: str) -> None:
    """So much small talk that what was told is out of the window."""
    said = len(await product.messages(chat))
    for n, words in enumerate(SMALL_TALK):  # each once: two lines in turns are taken for a bot's
        await product.say(chat, words)
        while len(await product.messages(chat)) < said + 2 * (n + 1):
            await product.heard(chat)
    row = await owner.fetchrow("SELECT count(*) AS n FROM messages")
    assert row is not None and row["n"] > 20


async def test_a_talk_is_taken_up_after_weeks_with_redis_flushed_in_the_middle(
    urls: Urls, services: Services, tmp_path: Path, aimock: AiMock, owner: asyncpg.Connection
) -> None:
    await aimock.says(SAID, when=ASKED)
    async with open_product(urls, services, tmp_path, aimock) as product:
        chat = product.telegram("bakery")
        await product.say(chat, TOLD)
        await product.heard(chat, "asked a colleague")
        await chatter(product, owner, chat)
        await age(owner, timedelta(weeks=5))
        tenant, contact = await learn(owner, "diet", "Ilse eats no nuts")

        await product.data.redis.flushall()
        await product.say(chat, ASKED)
        await product.heard(chat, SAID)
        first = await prompt(aimock)
        assert f"customer: {TOLD}" in inside(first, "earlier")
        assert "Ilse eats no nuts" in inside(first, "known")
        assert "thanks" not in inside(first, "earlier")
        assert inside(first, "customer") == ASKED

        await product.data.redis.flushall()
        await product.say(chat, ASKED)
        while len(asked := await aimock.requests()) < 2:
            await product.heard(chat, SAID)
        second = asked[-1].body["messages"][-1]["content"]
        assert inside(second, "earlier") == inside(first, "earlier")
        assert inside(second, "known") == inside(first, "known")

        other = product.whatsapp("bakery")
        await product.say(other, ASKED)  # nobody has shown that this is the same person
        await product.heard(other, "asked a colleague")
        await link(owner, tenant, contact)
        await product.say(other, f"{ASKED} Please?")
        await product.heard(other, SAID)
        linked = await prompt(aimock)
        assert f"customer: {TOLD}" in inside(linked, "earlier")
        assert "Ilse eats no nuts" in inside(linked, "known")

        row = await owner.fetchrow(
            "SELECT * FROM turns WHERE trace::text LIKE '%chosen%' ORDER BY finished_at DESC LIMIT 1"
        )
        assert row is not None
        story = await read_story(product.data, row["tenant_id"], row["stream_id"], row["upto_seq"], words=False)
    told = "\n".join(tell(story, words=False))
    assert "\nRemembered\n" in told
    assert "older messages chosen of" in told
    assert "= words" in told
    assert "whale" not in told


async def learn(owner: asyncpg.Connection, slot: str, text: str) -> tuple[TenantId, UUID]:
    """As a turn's finish writes it."""
    row = await owner.fetchrow("SELECT tenant_id, contact_id FROM contacts")
    stream = await owner.fetchval("SELECT stream_id FROM messages LIMIT 1")
    assert row is not None
    await owner.execute(
        "INSERT INTO facts (tenant_id, contact_id, slot, text, key, confidence, source, source_seq, since) "
        "VALUES ($1, $2, $3, $4, '\\x01', 0.9, $5, 1, now() - interval '5 weeks')",
        *(row["tenant_id"], row["contact_id"], slot, text, stream),
    )
    return TenantId(row["tenant_id"]), row["contact_id"]


async def link(owner: asyncpg.Connection, tenant: TenantId, contact: UUID) -> None:
    """As the one-time code does it."""
    person = uuid4()
    for each in await owner.fetch("SELECT contact_id FROM contacts WHERE tenant_id = $1", tenant):
        await owner.execute(
            "INSERT INTO contact_links (tenant_id, contact_id, person_id) VALUES ($1, $2, $3)",
            *(tenant, each["contact_id"], person),
        )
