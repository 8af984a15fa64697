"""The operator through the sandbox, on both channels: looking, suspending, reading for a reason, deleting."""

import asyncio
import time
from collections.abc import Awaitable, Callable

import pytest

from tests.support.product import Product

CHANNELS = ["telegram", "whatsapp"]
REASON = "the owner asked us to look into a complaint"
WORDS = "Are you open on Sunday?"


def desk_of(product: Product, channel: str, person: str) -> str:
    return product.telegram("operator", person) if channel == "telegram" else product.whatsapp("", person)


async def enter(product: Product, desk: str, tenant: str) -> None:
    await product.say(desk, f"/start {await product.invite(tenant, 'owner')}")
    await product.heard(desk, "You run this installation" if tenant == "operator" else "You are owner here")


async def until(condition: Callable[[], Awaitable[bool]]) -> None:
    deadline = time.monotonic() + 15
    while not await condition():
        assert time.monotonic() < deadline, "waited in vain"
        await asyncio.sleep(0.05)


async def open_card(product: Product, desk: str) -> None:
    world = await product.call("GET", "/api/world")
    name = next(tenant["name"] for tenant in world["tenants"] if tenant["id"] == "bakery")
    await product.say(desk, "/tenants")
    await product.heard(desk, "messages today, ")
    await product.tap(desk, name[:20])
    await product.heard(desk, "Owners: Omar")


@pytest.mark.parametrize("channel", CHANNELS)
async def test_the_operator_looks_suspends_and_resumes(product: Product, channel: str) -> None:
    chat = product.telegram("bakery")
    olga, omar = desk_of(product, channel, "olga"), desk_of(product, channel, "omar")
    await enter(product, omar, "bakery")
    await enter(product, olga, "operator")
    await product.say(chat, WORDS)
    await product.heard(chat, "8:00 to 13:00")
    await product.say(olga, "/health")
    await product.heard(olga, "Processes alive: 1")
    await open_card(product, olga)
    assert not any(WORDS in text for text in await product.heard(olga, "Owners: Omar"))
    await product.tap(olga, "Suspend")
    await product.heard(olga, "is suspended: its bots stop")
    await product.heard(omar, "has suspended this business")
    await product.say(omar, "/inbox")
    await product.heard(omar, "is suspended by the operator")

    async def stopped() -> bool:
        running = [product.steward.directory.account(account) for account in product.steward.fleet.running()]
        return len({each.tenant_id for each in running if each is not None}) == 3

    await until(stopped)
    await product.tap(olga, "Resume")
    await product.heard(olga, "is running again")
    await product.heard(omar, "has resumed this business")
    await product.say(chat, "When do you open on Saturday?")
    await product.heard(chat, "Saturday")


@pytest.mark.parametrize("channel", CHANNELS)
async def test_words_are_read_for_a_reason_that_the_owner_hears_of(product: Product, channel: str) -> None:
    chat = product.whatsapp("bakery")
    olga, omar = desk_of(product, channel, "olga"), desk_of(product, channel, "omar")
    await enter(product, omar, "bakery")
    await enter(product, olga, "operator")
    await product.say(chat, WORDS)
    await product.heard(chat, "8:00 to 13:00")
    await open_card(product, olga)
    await product.tap(olga, "Read messages")
    await product.heard(olga, "Why do you need to read")
    await product.say(olga, REASON)
    await product.heard(olga, WORDS, "That is all of it")
    await product.heard(omar, REASON)
    assert await product.count("audit", "action = 'conversations.read'") == 2


@pytest.mark.parametrize("channel", CHANNELS)
async def test_a_business_is_deleted_with_all_it_had(product: Product, channel: str) -> None:
    chat = product.telegram("bakery")
    olga, omar = desk_of(product, channel, "olga"), desk_of(product, channel, "omar")
    await enter(product, omar, "bakery")
    await enter(product, olga, "operator")
    await product.say(chat, WORDS)
    await product.heard(chat, "8:00 to 13:00")
    await open_card(product, olga)
    await product.tap(olga, "Suspend")
    await product.heard(olga, "is suspended: its bots stop")
    await product.heard(omar, "has suspended this business")
    await product.tap(olga, "Delete")
    await product.heard(olga, "It cannot be undone")
    await product.say(olga, "bakery")
    await product.heard(olga, "is deleted, with everything")
    gone = "tenant_id NOT IN (SELECT tenant_id FROM tenants)"
    for table in ("members", "messages", "streams", "inbox", "outbox", "knowledge", "channel_accounts", "audit"):
        assert await product.count(table, gone) == 0, table
    assert await product.count("tenants", "slug = 'bakery'") == 0
    assert await product.count("audit", "tenant_id = 1 AND action = 'tenant.deleted'") == 1
    await product.say(omar, "/people")
    await product.heard(omar, "If you have an invite")


@pytest.mark.parametrize("channel", CHANNELS)
async def test_at_a_business_desk_none_of_it_exists(product: Product, channel: str) -> None:
    omar = desk_of(product, channel, "omar")
    await enter(product, omar, "bakery")
    await product.say(omar, "/nosuchthing")
    said = (await product.heard(omar, "I do not know that command"))[-1]
    for command in ("/tenants", "/health", f"/read forwarder {REASON}"):
        before = len(await product.heard(omar, said))
        await product.say(omar, command)

        async def answered(before: int = before) -> bool:
            return len([m for m in await product.messages(omar) if m["from"] == "bot"]) > before

        await until(answered)
        assert [m["text"] for m in await product.messages(omar) if m["from"] == "bot"][-1] == said
