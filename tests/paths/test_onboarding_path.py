"""A stranger becomes the owner of a business whose bot answers its first customer, all in the chat."""

import asyncio
import time
from pathlib import Path
from typing import Any

import pytest

from db.embedded import Services
from steward.sandbox import DEMO
from steward.setup import Setup
from tests.support.aimock import AiMock
from tests.support.databases import Urls
from tests.support.product import Product, running_product

STEPS = ("Step 2 of 8", "Step 3 of 8", "Step 4 of 8", "Step 5 of 8", "Step 6 of 8", "Step 7 of 8", "Step 8 of 8")
MENU = "Sourdough bread 4.50, croissants 1.80. We deliver within the city for 4 euros."
HOURS = "Mon–Fri 7–18, Sat 8–13"


async def press(product: Product, chat: str, label: str) -> None:
    """Also of a WhatsApp list; waits until the button is there."""
    deadline = time.monotonic() + 10
    while True:
        try:
            return await product.tap(chat, label)
        except AssertionError:
            assert time.monotonic() < deadline, f"no button {label!r} in {chat}"
            await asyncio.sleep(0.02)


async def make_bot(product: Product, desk: str) -> str:
    await product.heard(desk, "Create my bot")
    offered = next(m for m in reversed(await product.messages(desk)) if m.get("keyboard"))
    request: dict[str, Any] = offered["keyboard"][0][0]["request_managed_bot"]
    body = {key: request[key] for key in ("request_id",)} | {
        "name": request["suggested_name"], "username": request["suggested_username"],
    }  # fmt: skip
    await product.call("POST", f"/api/chats/{desk}/managed_bot", json=body)
    return str(request["suggested_username"])


async def paste_token(product: Product, desk: str) -> str:
    made = await product.call("POST", "/api/botfather/bots", json={"name": "Nora", "username": "nora_cafe_bot"})
    await product.say(desk, made["token"])
    return "nora_cafe_bot"


async def walk(product: Product, desk: str) -> int:
    """From `/new` to the step that makes the bot; returns how many messages and taps that took."""
    await product.say(desk, "/new")
    await product.heard(desk, "Step 1 of 8", "What is it called?")
    await product.say(desk, "Café Nora")
    await product.heard(desk, STEPS[0], "Café Nora")
    await press(product, desk, "That’s right")
    await product.heard(desk, STEPS[1])
    await product.say(desk, "A small café with a bakery by the river.")
    await product.heard(desk, STEPS[2])
    await product.say(desk, MENU)
    await product.heard(desk, "Send more, or go on")
    await press(product, desk, "Go on")
    await product.heard(desk, STEPS[3])
    await product.say(desk, HOURS)
    await product.heard(desk, STEPS[4])
    await press(product, desk, "Warm")
    await product.heard(desk, STEPS[5])
    return 8


@pytest.mark.parametrize("channel", ["telegram", "whatsapp"])
async def test_a_stranger_sets_up_a_business_and_its_bot_answers(product: Product, channel: str) -> None:
    desk = product.telegram("operator", "nora") if channel == "telegram" else product.whatsapp("", "nora")
    await product.say(desk, "Hi, what is this?")
    await product.heard(desk, "Or do you run a business?")
    owners = await walk(product, desk)
    username = await (make_bot if channel == "telegram" else paste_token)(product, desk)
    await product.heard(desk, f"https://t.me/{username}", STEPS[6])
    owners += 1
    customer = f"tg:{username}:maya"
    await product.say(customer, "Are you open on Saturday?")
    await product.heard(customer, HOURS)
    await product.say(desk, "Do you deliver?")
    await product.heard(desk, "Your bot would answer", "4 euros")
    await press(product, desk, "Go on")
    await product.heard(desk, "is ready")
    owners += 2
    assert owners <= 12
    row = "name = 'Café Nora' AND NOT settings ? 'set_up' AND settings ->> 'tone' = 'warm'"
    assert await product.count("tenants", row) == 1
    assert await product.count("messages", "text LIKE '%Do you deliver%'") == 0
    where = f"limit_micros = 10000000 AND tenant_id = (SELECT tenant_id FROM tenants WHERE {row})"
    assert await product.count("budgets", where) == 1


@pytest.mark.parametrize("channel", ["telegram", "whatsapp"])
async def test_it_is_left_and_resumed_and_the_settings_change_it_all(product: Product, channel: str) -> None:
    desk = product.telegram("operator", "nora") if channel == "telegram" else product.whatsapp("", "nora")
    await product.say(desk, "/new")
    await product.heard(desk, "Step 1 of 8")
    for odd in ("🙂", "x" * 300):
        await product.say(desk, odd)
    await product.heard(desk, "at least one letter", "a long name")
    await product.say(desk, "Nora")
    await product.heard(desk, STEPS[0])
    await product.say(desk, "Atlantis")
    await product.heard(desk, "did not understand")
    await product.say(desk, "Berlin")
    await product.heard(desk, "Berlin", "Euro")
    await press(product, desk, "That’s right")
    await product.heard(desk, STEPS[1])
    await product.say(desk, "/new")
    await product.heard(desk, "step 3 of 8")
    await press(product, desk, "Go on setting up")
    for step in STEPS[1:5]:
        await product.heard(desk, step)
        await press(product, desk, "Go on" if step == STEPS[2] else "Skip")
    await press(product, desk, "Later")
    await product.heard(desk, STEPS[6])
    await press(product, desk, "Go on")
    await product.heard(desk, "is ready", "/bots")
    await product.say(desk, "/settings")
    await product.heard(desk, "What shall I change?")
    await press(product, desk, "Opening hours")
    await product.say(desk, "every day 10-20")
    await product.heard(desk, "every day 10-20")
    await product.say(desk, "/try When do you open?")
    await product.heard(desk, "Your bot would answer")
    await product.say(desk, "/new")
    await product.heard(desk, "Step 1 of 8")
    await product.say(desk, "Nora Two")
    await product.heard(desk, "Nora Two")
    assert await product.count("desk_bindings", "tenant_id = (SELECT max(tenant_id) FROM tenants)") == 1


async def test_a_rehearsal_asks_the_model_is_paid_for_and_leaves_no_conversation(
    urls: Urls, services: Services, tmp_path: Path, aimock: AiMock
) -> None:
    said = "On Saturdays we open at 7:30."
    await aimock.says(said, input_tokens=1_000, output_tokens=20)
    paid = {"groq_api_key": "k", "groq_base_url": aimock.groq_url}
    async with running_product(urls, services, tmp_path, limits=False, typing=False, **paid) as product:
        await product.join("bakery")
        await product.say(product.desk, "/try When do you open on Saturday?")
        await product.heard(product.desk, "Your bot would answer", said)
        assert await product.count("ledger", "cost_micros > 0 AND status = 'settled'") == 1
        for table in ("messages", "contacts", "approvals"):
            assert await product.count(table) == 0
        assert await product.count("streams", "kind = 'conversation'") == 0


async def test_where_only_members_may_a_stranger_hears_what_every_stranger_hears(
    urls: Urls, services: Services, tmp_path: Path
) -> None:
    async with running_product(urls, services, tmp_path, signup="members") as product:
        for desk in (product.telegram("operator", "nora"), product.whatsapp("", "nora")):
            await product.say(desk, "/new")
            said = await product.heard(desk, "invited")
            assert not any("business" in text for text in said)
        await product.join("bakery")
        await product.say(product.desk, "/new")
        await product.heard(product.desk, "Step 1 of 8")


async def test_what_an_owner_changed_in_chat_outlives_a_restart(product: Product) -> None:
    await product.join("bakery")
    await product.say(product.desk, "/settings")
    await press(product, product.desk, "Name")
    await product.heard(product.desk, "called from now on")
    await product.say(product.desk, "Bakery Omar")
    await product.heard(product.desk, "Bakery Omar")
    setup = Setup(product.data.database, product.steward.link, product.data.vault)
    urls = {"price_list_url": f"{product.url}/suppliers/bakery.csv", "sandbox_url": product.url}
    await setup.load_folder(DEMO / "bakery", **urls, again=False)
    assert await product.count("tenants", "name = 'Bakery Omar'") == 1
    await setup.load_folder(DEMO / "bakery", **{**urls, "sandbox_url": "http://127.0.0.1:1"}, again=False)
    assert await product.count("tenants", "name = 'Bakery Omar'") == 0  # the folder has changed
