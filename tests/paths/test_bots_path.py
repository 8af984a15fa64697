"""Bots and numbers from an owner's chat: made by a tap, connected by a token, refused, revoked and mended."""

import asyncio
import time
from collections.abc import Awaitable, Callable
from typing import Any

import asyncpg
import pytest

from tests.support.product import OWNER, Product

QUESTION, ANSWER = "Are you open on Sunday?", "8:00 to 13:00"


def desks(product: Product) -> dict[str, str]:
    return {"telegram": product.desk, "whatsapp": product.whatsapp("", OWNER)}


async def new_bot(product: Product, username: str) -> str:
    """BotFather's /newbot; returns the token."""
    made = await product.call("POST", "/api/botfather/bots", json={"name": "Ovenfresh", "username": username})
    return made["token"]


async def until(holds: Callable[[], Awaitable[bool]], what: str, seconds: float = 15) -> None:
    deadline = time.monotonic() + seconds
    while not await holds():
        assert time.monotonic() < deadline, what
        await asyncio.sleep(0.02)


async def press(product: Product, chat: str, label: str) -> None:
    """The latest button or list row with that label, as soon as it is there."""

    async def pressed() -> bool:
        for message in reversed(await product.messages(chat)):
            rows = [row for section in (message.get("list") or {}).get("sections", []) for row in section["rows"]]
            keys = [key for row in message.get("buttons") or [] for key in row]
            keys += [{"label": row["title"], "data": row["id"]} for row in rows]
            for key in keys:
                if key["label"] == label:
                    body = {"message_id": message["id"], "data": key["data"]}
                    await product.call("POST", f"/api/chats/{chat}/tap", json=body)
                    return True
        return False

    await until(pressed, f"no button {label!r} in {chat}")


async def make_by_tap(product: Product, username: str) -> dict[str, Any]:
    """The owner presses the key below the text field, and confirms."""
    await press(product, product.desk, "New bot")
    await product.heard(product.desk, "Create my bot")
    offered = next(m for m in reversed(await product.messages(product.desk)) if m.get("keyboard"))
    request = offered["keyboard"][0][0]["request_managed_bot"]
    body = {"request_id": request["request_id"], "name": request["suggested_name"], "username": username}
    made = await product.call("POST", f"/api/chats/{product.desk}/managed_bot", json=body)
    await product.heard(product.desk, f"https://t.me/{username}")
    return {**made, "suggested": request["suggested_username"]}


async def kept_in(product: Product, secret: str) -> list[str]:
    """Where of all that is stored the secret stands in plain text."""
    connection = await asyncpg.connect(product.data.owner_url)
    try:
        tables = [
            row[0] for row in await connection.fetch("SELECT tablename FROM pg_tables WHERE schemaname = 'public'")
        ]
        query = "SELECT count(*) FROM {} t WHERE position($1 IN t::text) > 0"
        assert await connection.fetchval(query.format("inbox"), "/start inv")  # it would be found
        return [table for table in tables if await connection.fetchval(query.format(table), secret)]
    finally:
        await connection.close()


async def token_of(product: Product, username: str) -> str:
    """Of one of the demo's bots, from the vault."""
    connection = await asyncpg.connect(product.data.owner_url)
    try:
        row = await connection.fetchrow(
            "SELECT tenant_id, secrets FROM channel_accounts WHERE channel = 'telegram' AND handle = $1", username
        )
    finally:
        await connection.close()
    assert row is not None
    return product.data.vault.open(row["tenant_id"], row["secrets"])["token"]


async def test_a_bot_is_made_by_a_tap_answers_at_once_and_gets_another_token_by_a_tap(product: Product) -> None:
    await product.join("bakery")
    await product.say(product.desk, "/bots")
    await product.heard(product.desk, "@bakery_bot", "wa.me/")
    made = await make_by_tap(product, "ovenfresh_bot")
    assert made["suggested"].startswith("crumb_kettle") and made["suggested"].endswith("bot")
    customer = "tg:ovenfresh_bot:maya"
    await product.say(customer, QUESTION)
    await product.heard(customer, ANSWER)
    # Somebody else made another token, and Telegram says nothing of it: the way of a bot that was not made here.
    place = {"username": "ovenfresh_bot", "name": "Ovenfresh", "role": "customer"}
    await product.call("PUT", f"/control/telegram/bots/{made['id']}:{'b' * 35}", json=place)
    await product.heard(product.desk, "@ovenfresh_bot has stopped", "I can make a new token myself")
    await product.say(customer, "And on Saturday?")
    await press(product, product.desk, "Make a new token")
    await product.heard(product.desk, "@ovenfresh_bot works again")
    await until(lambda: answered(product, customer, 2), "what waited was not answered")
    # Its owner does so at BotFather: Telegram tells the admin bot, which needs nobody for the rest.
    await product.call("POST", "/api/botfather/bots/ovenfresh_bot/revoke", json={})
    await product.say(customer, "And on Monday?")
    await until(lambda: answered(product, customer, 3), "the new token was not taken")


async def answered(product: Product, customer: str, times: int) -> bool:
    return len([m for m in await product.messages(customer) if m["from"] == "bot"]) >= times


@pytest.mark.parametrize("channel", ["telegram", "whatsapp"])
async def test_a_pasted_token_is_checked_connected_and_nowhere_in_plain_text(
    product: Product, channel: str, capfd: pytest.CaptureFixture[str]
) -> None:
    desk = desks(product)[channel]
    token = await new_bot(product, "ovenfresh_bot")
    await product.join("bakery", desk)
    await product.say(desk, "/bots")
    await press(product, desk, "I have a token")
    await product.heard(desk, "Send me the token")
    await product.say(desk, "I do not know what you mean")
    await product.heard(desk, "I do not see a token")
    wrong = token[:-4] + "wxyz"
    await product.say(desk, wrong)
    await product.heard(desk, "does not accept this token")
    await product.say(desk, f"Sorry, this one: {token}")
    await product.heard(desk, "https://t.me/ovenfresh_bot")
    if channel == "telegram":
        said = [m["text"] for m in await product.messages(desk) if m["from"] == "person"]
        assert not any(token[:20] in text for text in said)
    else:
        await product.heard(desk, "Please delete your message")
    customer = "tg:ovenfresh_bot:maya"
    await product.say(customer, QUESTION)
    await product.heard(customer, ANSWER)
    for secret in (token, wrong):
        assert await kept_in(product, secret.partition(":")[2]) == []
    assert token.partition(":")[2] not in "".join(capfd.readouterr())


@pytest.mark.parametrize("channel", ["telegram", "whatsapp"])
async def test_what_was_not_asked_for_is_asked_about_and_what_is_others_is_refused(
    product: Product, channel: str
) -> None:
    desk = desks(product)[channel]
    await product.join("bakery", desk)
    await product.say(desk, await new_bot(product, "ovenfresh_bot"))
    await product.heard(desk, "Shall I connect it")
    await press(product, desk, "No")
    await product.heard(desk, "forgotten it")
    assert await product.count("channel_accounts", "handle = 'ovenfresh_bot'") == 0
    for username, says in (("forwarder_bot", "to another business"), ("operator_bot", "my own token")):
        await product.say(desk, await token_of(product, username))
        await press_latest(product, desk, "Yes, connect it")
        said = await product.heard(desk, says)
        assert not any("orward" in text for text in said)


async def press_latest(product: Product, chat: str, label: str) -> None:
    """Of the very last message of the bot."""

    async def is_there() -> bool:
        last = [m for m in await product.messages(chat) if m["from"] == "bot"][-1]
        return any(key["label"] == label for row in last.get("buttons") or [] for key in row)

    await until(is_there, f"no {label!r} in the last message")
    await press(product, chat, label)


@pytest.mark.parametrize("channel", ["telegram", "whatsapp"])
async def test_a_revoked_token_is_told_and_mended_in_chat_and_what_waited_is_answered(
    product: Product, channel: str
) -> None:
    desk, customer = desks(product)[channel], product.telegram("bakery")
    await product.join("bakery", desk)
    revoked = await product.call("POST", "/api/botfather/bots/bakery_bot/revoke", json={})
    await product.heard(desk, "@bakery_bot", "has stopped", "/mybots")
    await product.say(customer, QUESTION)
    await press(product, desk, "Send a new token")
    await product.heard(desk, "Send me the new token of")
    await product.say(desk, await new_bot(product, "another_one_bot"))
    await product.heard(desk, "not of the bot I asked for")
    await product.say(desk, revoked["token"])
    await product.heard(desk, "works again")
    await product.heard(customer, ANSWER)


@pytest.mark.parametrize("channel", ["telegram", "whatsapp"])
async def test_a_bot_is_paused_and_resumed_from_the_list(product: Product, channel: str) -> None:
    desk, customer = desks(product)[channel], product.telegram("bakery")
    await product.join("bakery", desk)
    await product.say(desk, "/bots")
    await press(product, desk, "Pause 1")
    await product.heard(desk, "paused: customers")
    await until(lambda: is_running(product, "bakery_bot", False), "still running")
    await product.say(customer, QUESTION)
    await press(product, desk, "Resume 1")
    await product.heard(customer, ANSWER)


async def is_running(product: Product, username: str, wanted: bool) -> bool:
    status = "active" if wanted else "paused"
    told = await product.count("channel_accounts", f"handle = '{username}' AND status = '{status}'") == 1
    running = {str(account) for account in product.steward.fleet.running()}
    known = await product.count(
        "channel_accounts", f"handle = '{username}' AND account_id IN ({','.join(running) or 0})"
    )
    return told and bool(known) == wanted


@pytest.mark.parametrize("channel", ["telegram", "whatsapp"])
async def test_a_number_is_connected_after_wrong_access_and_mended_when_its_token_ends(
    product: Product, channel: str
) -> None:
    desk = desks(product)[channel]
    number = await product.call("POST", "/api/meta/numbers", json={"name": "Ovenfresh"})
    await product.join("bakery", desk)
    await product.say(desk, "/bots")
    await press(product, desk, "WhatsApp")
    await product.heard(desk, "phone number ID")
    await product.say(desk, "+1 555 80 0001")
    await product.heard(desk, "the phone number itself")
    await product.say(desk, "999999999999")
    await product.heard(desk, "access token")
    await product.say(desk, f"{number['access_token'][:-4]}wxyz and {number['app_secret']}")
    await product.heard(desk, "does not accept this access token")
    await product.say(desk, number["access_token"])
    await product.heard(desk, "does not know this phone number ID")
    await product.say(desk, number["id"])
    said = await product.heard(desk, "One step is left at Meta")
    address, word = read_webhook(next(text for text in said if "One step is left" in text))
    hook = await until_passed(product, number["id"], {"url": address, "verify_token": word})
    assert hook["passed"]
    customer = f"wa:{number['id']}:maya"
    await product.say(customer, QUESTION)
    await product.heard(customer, ANSWER)
    renewed = await product.call("POST", f"/api/meta/numbers/{number['id']}/token", json={})
    await product.say(customer, "And on Saturday?")
    await product.heard(desk, "has stopped", "System users")
    await press(product, desk, "Send a new token")
    await product.say(desk, renewed["access_token"])
    await product.heard(desk, "works again")
    await until(lambda: answered(product, customer, 2), "what waited was not answered", seconds=40)
    for secret in (number["access_token"], number["app_secret"], renewed["access_token"]):
        assert await kept_in(product, secret) == []


def read_webhook(text: str) -> tuple[str, str]:
    lines = [line.partition(": ")[2].strip("` ") for line in text.splitlines() if "http" in line or "verify" in line]
    return lines[0], lines[1]


async def until_passed(product: Product, number: str, hook: dict[str, str]) -> dict[str, Any]:
    """Meta asks the address at once, and the fleet starts the number within two seconds."""
    found: dict[str, Any] = {}

    async def passed() -> bool:
        found.update(await product.call("PUT", f"/api/meta/numbers/{number}/webhook", json=hook))
        return bool(found["passed"])

    await until(passed, "the challenge was not answered")
    return found
