"""What a customer told on Telegram weeks ago is known on WhatsApp, once a one-time code has joined the two."""

import asyncio
import re
from collections.abc import AsyncIterator

import asyncpg
import pytest

from steward.cli.story import tell
from steward.cli.trace import _read as read_story
from tests.support.databases import Urls
from tests.support.product import Product


@pytest.fixture
async def owner(urls: Urls) -> AsyncIterator[asyncpg.Connection]:
    connection = await asyncpg.connect(urls.owner)
    yield connection
    await connection.close()


async def let_weeks_pass(owner: asyncpg.Connection) -> None:
    """Everything that was written so far was written 40 days ago."""
    for table, column in (("messages", "at"), ("facts", "since"), ("inbox", "recorded_at"), ("turns", "finished_at")):
        await owner.execute(f"UPDATE {table} SET {column} = {column} - interval '40 days'")


async def link(product: Product, one: str, other: str) -> str:
    await product.say(one, "Link my WhatsApp")
    said = await product.heard(one, "LINK")
    found = re.search(r"LINK \d{4} \d{4}", said[-1])
    assert found is not None
    await product.say(other, found.group())
    return found.group()


async def test_a_person_is_known_on_the_other_channel_after_weeks(product: Product, owner: asyncpg.Connection) -> None:
    telegram, whatsapp = product.telegram("bakery"), product.whatsapp("bakery")
    await product.say(telegram, "Hi! I live in Paris and I'm allergic to hazelnuts.")
    await product.heard(telegram, "noted: Home: Paris")
    await product.say(telegram, "I've moved to Lyon")
    await product.heard(telegram, "Home: Lyon")
    await let_weeks_pass(owner)
    await product.say(whatsapp, "What do you know about me?")
    assert not any("Lyon" in text for text in await product.heard(whatsapp, " "))
    code = await link(product, telegram, whatsapp)
    await product.heard(whatsapp, "your Telegram chat now share")
    await product.heard(telegram, "was used on WhatsApp")
    await product.say(whatsapp, "What do you know about me?")
    told = (await product.heard(whatsapp, "Home: Lyon"))[-1]
    assert "Allergy: hazelnuts" in told and "WhatsApp, Telegram" in told and "Paris" not in told

    stranger = product.whatsapp("bakery", "leo")
    await product.say(stranger, code)  # used
    await product.heard(stranger, "doesn’t work here")
    await product.say(stranger, "What do you know about me?")
    assert not any("Lyon" in text for text in await product.heard(stranger, " "))
    forwarder = product.telegram("forwarder")
    await product.say(forwarder, "What do you know about me?")
    assert not any("Lyon" in text or "nuts" in text for text in await product.heard(forwarder, " "))

    await product.say(whatsapp, "forget everything about me")
    await product.heard(whatsapp, "Shall I forget")
    await product.tap(whatsapp, "Yes, delete it")
    await product.heard(whatsapp, "I have forgotten everything")
    assert await product.count("facts") == 0
    assert await product.count("messages", "text LIKE '%Lyon%'") > 0  # the business's record
    await product.say(telegram, "/unlink")
    await product.heard(telegram, "stands alone again")


async def test_guesses_are_counted_and_then_even_the_right_code_is_refused(product: Product) -> None:
    telegram, whatsapp = product.telegram("bakery"), product.whatsapp("bakery")
    for n in range(5):
        await product.say(whatsapp, f"LINK 0000 000{n}")
        while len([m for m in await product.messages(whatsapp) if m["from"] == "bot"]) < n + 1:
            await asyncio.sleep(0.02)
    await link(product, telegram, whatsapp)
    while len([m for m in await product.messages(whatsapp) if m["from"] == "bot"]) < 6:
        await asyncio.sleep(0.02)
    said = [m["text"] for m in await product.messages(whatsapp) if m["from"] == "bot"]
    assert len(set(said)) == 1 and "doesn’t work here" in said[0]
    assert await product.count("contact_links") == 0


async def test_the_story_of_a_turn_names_slots_and_no_words(product: Product, owner: asyncpg.Connection) -> None:
    chat = product.telegram("bakery")
    await product.say(chat, "I live in Lyon")
    await product.heard(chat, "Home: Lyon")
    turn = await owner.fetchrow("SELECT tenant_id, stream_id, upto_seq FROM turns ORDER BY finished_at DESC LIMIT 1")
    assert turn is not None
    story = await read_story(product.data, turn["tenant_id"], turn["stream_id"], turn["upto_seq"], words=False)
    told = "\n".join(tell(story, words=False))
    assert re.search(r"learnt +home", told) and "Lyon" not in told


async def test_a_long_conversation_gets_its_summary_from_what_was_asked(
    product: Product, owner: asyncpg.Connection
) -> None:
    chat = product.telegram("bakery")
    for n in range(21):
        await product.say(chat, f"Are you open on Sunday? And is tray number {n} of the rye bread ready?")
        await asyncio.sleep(0.02)
    while await product.count("summaries") == 0:
        await asyncio.sleep(0.02)
    row = await owner.fetchrow("SELECT text, upto_seq FROM summaries")
    assert row is not None and "Are you open on Sunday?" in row["text"]
    assert await product.count("messages") >= 21
