"""The inbox through the sandbox, on both channels: the list, its pages, setting aside, several at once, a pause."""

import asyncio
import time
from typing import Any

import asyncpg
import pytest

from core.ids import TenantId
from tests.support.product import Product

CHANNELS = ["telegram", "whatsapp"]


def desk_of(product: Product, channel: str) -> str:
    return product.desk if channel == "telegram" else product.whatsapp("", "omar")


async def ask(product: Product, people: int) -> None:
    """So many customers ask what nobody knows."""
    for n in range(people):
        chat = product.telegram("bakery", f"person{n}")
        await product.say(chat, f"Can you repair my bicycle number {n}?")
        await product.heard(chat, "asked a colleague")


async def execute(product: Product, query: str, *arguments: object) -> None:
    connection = await asyncpg.connect(product.data.owner_url)
    try:
        await connection.execute(query, *arguments)
    finally:
        await connection.close()


async def card(product: Product, desk: str, needle: str) -> dict[str, Any]:
    """The latest message of the bot that says so."""
    await product.heard(desk, needle)
    return next(m for m in reversed(await product.messages(desk)) if m["from"] == "bot" and needle in m["text"])


def labels(message: dict[str, Any]) -> list[str]:
    rows = [row for section in (message.get("list") or {}).get("sections", []) for row in section["rows"]]
    return [button["label"] for row in message.get("buttons") or [] for button in row] + [row["title"] for row in rows]


async def tap(product: Product, desk: str, label: str) -> None:
    """A button, or on WhatsApp a row of a list, of the latest message that has it."""
    for message in reversed(await product.messages(desk)):
        sections = (message.get("list") or {}).get("sections", [])
        found = [(b["label"], b["data"]) for row in message.get("buttons") or [] for b in row]
        found += [(row["title"], row["id"]) for section in sections for row in section["rows"]]
        data = next((data for shown, data in found if shown == label), None)
        if data is not None:
            await product.call("POST", f"/api/chats/{desk}/tap", json={"message_id": message["id"], "data": data})
            return
    raise AssertionError(f"nothing to tap says {label!r} in {desk}")


@pytest.mark.parametrize("channel", CHANNELS)
async def test_the_list_turns_its_pages_opens_cards_and_sets_one_aside(product: Product, channel: str) -> None:
    desk = desk_of(product, channel)
    await product.join("bakery", desk)
    await ask(product, 6)
    await product.say(desk, "/inbox")
    first = await card(product, desk, "6 questions")
    assert labels(first)[:6] == ["1", "2", "3", "4", "5", "More"]
    await tap(product, desk, "More")
    second = await card(product, desk, "bicycle number 5? ·")
    assert labels(second) == ["1", "Back"]
    assert (second["id"] == first["id"]) == (channel == "telegram")  # edited there, a follow-up on WhatsApp
    await tap(product, desk, "1")
    opened = await card(product, desk, "Waiting for")
    assert labels(opened) == ["Answer", "Take over", "Dismiss", "Later"]
    await tap(product, desk, "Later")
    await product.heard(desk, "bring")
    await tap(product, desk, "In 1 hour")
    await product.heard(desk, "comes back on")
    await product.say(desk, "/inbox")
    await product.heard(desk, "5 questions · 💤 1 set aside")
    await come_due(product, "wake", "{kept,box,snoozed,0,until}")
    back = await card(product, desk, "You wanted to see this again")
    assert "bicycle number 5" in back["text"]


@pytest.mark.parametrize("channel", CHANNELS)
async def test_old_questions_are_dismissed_together(product: Product, channel: str) -> None:
    desk = desk_of(product, channel)
    await product.join("bakery", desk)
    await ask(product, 2)
    await execute(product, "UPDATE approvals SET created_at = created_at - interval '2 days'")
    await product.say(desk, "/inbox")
    await product.heard(desk, "2 questions")
    await tap(product, desk, "Dismiss old (2)")
    await product.heard(desk, "older than a day")
    await tap(product, desk, "Dismiss all (2)")
    await product.heard(desk, "2 questions dismissed")
    await until(product, "approvals", "status = 'dismiss'", 2)
    await until(product, "timers", "name = 'box:remind'", 0)


@pytest.mark.parametrize("channel", CHANNELS)
async def test_alike_actions_are_approved_together(product: Product, channel: str) -> None:
    desk = desk_of(product, channel)
    await product.join("bakery", desk)
    await ask_for_reminders(product)
    for n in range(2):
        chat = product.whatsapp("bakery", f"person{n}")
        await product.say(chat, "Remind me tomorrow at 10:00 to pick up my cake")
        await product.heard(chat, "asked a colleague")
    await until(product, "approvals", "kind = 'action'", 2)
    await product.say(desk, "/inbox")
    await product.heard(desk, "2 actions")
    await tap(product, desk, "Approve alike (2)")
    await product.heard(desk, "at once?")
    await tap(product, desk, "Approve all (2)")
    await product.heard(desk, "2 actions approved")
    await until(product, "action_uses", "status = 'done'", 2)


@pytest.mark.parametrize("channel", CHANNELS)
async def test_a_paused_bot_says_one_line_and_a_person_answers(product: Product, channel: str) -> None:
    chat, desk = getattr(product, channel)("bakery"), desk_of(product, channel)
    await product.join("bakery", desk)
    await product.say(desk, "/pause")
    await product.heard(desk, "Pause the bot of")
    await tap(product, desk, "Until tomorrow")
    await product.heard(desk, "is paused until")
    await product.say(chat, "Are you open on Sunday?")
    await product.heard(chat, "We are back on")
    await product.heard(desk, "Are you open on Sunday?", "the bot is paused")
    await tap(product, desk, "Answer")
    await product.heard(desk, "Write your answer")
    await product.say(desk, "Yes, until one.")
    said = await product.heard(chat, "Yes, until one.")
    assert not any("8:00 to 13:00" in text for text in said)
    await product.say(desk, "/resume")
    await product.heard(desk, "answers again")
    await product.say(chat, "So are you open on Sunday?")
    await product.heard(chat, "8:00 to 13:00")


@pytest.mark.parametrize("channel", CHANNELS)
async def test_a_reminder_comes_when_it_is_due_and_leads_to_the_list(product: Product, channel: str) -> None:
    desk = desk_of(product, channel)
    await product.join("bakery", desk)
    await ask(product, 2)
    await product.heard(desk, "bicycle number 0?", "bicycle number 1?")
    await until(product, "timers", "name = 'box:remind'", 1)
    await come_due(product, "remind", "{kept,box,followed,0,due}")
    reminder = await card(product, desk, "2 questions are waiting")
    assert labels(reminder) == ["Show"]
    await tap(product, desk, "Show")
    await product.heard(desk, "waiting for you")


async def come_due(product: Product, name: str, path: str) -> None:
    """Time passes, for one timer and for what the desk remembers of it."""
    await execute(
        product,
        "UPDATE streams SET state = jsonb_set(state::jsonb, $1::text[]::text[], to_jsonb(now()))::json "
        "WHERE kind = 'desk' AND state::jsonb #> $1::text[] IS NOT NULL",
        path.strip("{}").split(","),
    )
    await execute(product, "UPDATE timers SET due_at = now() WHERE name = $1", f"box:{name}")


async def ask_for_reminders(product: Product) -> None:
    """From now on a reminder needs a person's yes."""
    connection = await asyncpg.connect(product.data.owner_url)
    try:
        tenant = await connection.fetchval(
            "UPDATE tenants SET agents = agents || $1::jsonb, version = version + 1 WHERE slug = 'bakery' "
            "RETURNING tenant_id",
            '{"rules": {"set_reminder": {"decide": "ask"}}}',
        )
    finally:
        await connection.close()
    product.steward.directory.forget(TenantId(tenant))


async def until(product: Product, table: str, where: str, count: int) -> None:
    deadline = time.monotonic() + 10
    while (found := await product.count(table, where)) != count:
        assert time.monotonic() < deadline, f"{found} {table} where {where}"
        await asyncio.sleep(0.02)
