"""A business of one's own on the page: one tap, or BotFather's and Meta's cards; and the people who come to it."""

import re
from collections.abc import AsyncIterator

import pytest
from aiogram import Bot
from aiogram.types import KeyboardButton, KeyboardButtonRequestManagedBot, ReplyKeyboardMarkup
from playwright.async_api import Locator, Page, expect

from tests.browser.conftest import CHROMIUM
from tests.sandbox.outside import Hook, Sandbox, telegram_bot, until

pytestmark = [
    pytest.mark.browser,
    pytest.mark.skipif(CHROMIUM is None, reason="needs Chromium: apt-get install chromium"),
]
ADMIN = "tg:steward_bot:omar"
CAFE = KeyboardButtonRequestManagedBot(request_id=1, suggested_name="Café Zur Post")
KEY = KeyboardButton(text="Make the bot", request_managed_bot=CAFE)


def pane(page: Page, name: str) -> Locator:
    return page.get_by_test_id(f"pane-{name}")


async def write(where: Locator, text: str) -> None:
    await where.get_by_test_id("input").fill(text)
    await where.get_by_test_id("input").press("Enter")


@pytest.fixture
async def admin(sandbox: Sandbox) -> AsyncIterator[Bot]:
    """The only bot there is: it serves all tenants and belongs to none."""
    await sandbox.put_bot("7009:admin-token", "steward_bot", role="admin")
    async with telegram_bot(sandbox, "7009:admin-token") as bot:
        yield bot


async def heard(admin: Bot) -> tuple[int, int]:
    """The chat of the first word that waits, and the offset after it."""
    update = (await until(lambda: admin.get_updates(timeout=1)))[-1]
    assert update.message is not None
    return update.message.chat.id, update.update_id + 1


async def test_one_tap_makes_a_bot_and_shows_its_customers(page: Page, sandbox: Sandbox, admin: Bot) -> None:
    owner = pane(page, "owner")
    await expect(owner.get_by_test_id("try")).to_have_text(["/new", "/start", "/inbox"])
    await owner.get_by_test_id("try").first.click()
    chat_id, offset = await heard(admin)
    markup = ReplyKeyboardMarkup(keyboard=[[KEY]], one_time_keyboard=True, input_field_placeholder="Or paste a token")
    await admin.send_message(chat_id, "One tap makes it.", reply_markup=markup)
    await expect(owner.get_by_test_id("input")).to_have_attribute("placeholder", "Or paste a token")
    await owner.get_by_test_id("reply-key").click()
    await expect(owner.get_by_test_id("new-bot-name")).to_have_value("Café Zur Post")
    await expect(owner.get_by_test_id("new-bot-username")).to_have_value("cafe_zur_post_bot")
    await owner.get_by_test_id("new-bot-username").fill("cafe_zur_post")
    await owner.get_by_test_id("new-bot-create").click()
    await expect(owner.get_by_test_id("error")).to_contain_text("cafe_zur_post_bot")
    await owner.get_by_test_id("new-bot-username").fill("cafe_zur_post_bot")
    await owner.get_by_test_id("new-bot-create").click()
    await expect(owner.get_by_test_id("bot-made")).to_contain_text("You made Café Zur Post")
    await expect(owner.get_by_test_id("reply-keyboard")).to_have_count(0)
    await expect(page.get_by_test_id("tenant-cafe_zur_post_bot").locator("input")).to_be_checked()
    told, _ = await admin.get_updates(offset=offset, timeout=5)
    assert told.managed_bot is not None
    telegram = pane(page, "telegram")
    await write(telegram, "Is there cake?")
    async with telegram_bot(sandbox, await admin.get_managed_bot_token(told.managed_bot.bot_user.id)) as cafe:
        maya, _ = await heard(cafe)
        await cafe.send_message(maya, "Always.")
    await expect(telegram.get_by_test_id("message").last).to_contain_text("Always.")
    await expect(owner.get_by_test_id("bot-made")).to_be_visible()


async def test_a_token_from_botfather(page: Page, sandbox: Sandbox, admin: Bot) -> None:
    await expect(pane(page, "owner").get_by_test_id("empty")).to_be_visible()
    await page.get_by_test_id("outside").click()
    card = page.get_by_test_id("botfather")
    await card.get_by_test_id("botfather-create").click()
    await expect(page.get_by_test_id("outside-note")).to_contain_text("name of 1 to 64")
    await card.get_by_test_id("botfather-name").fill("Corner Bakery")
    await expect(card.get_by_test_id("botfather-username")).to_have_value("corner_bakery_bot")
    await card.get_by_test_id("botfather-create").click()
    token = card.get_by_test_id("bot-token")
    await expect(token).to_have_value(re.compile(r"^\d{8,10}:[A-Za-z0-9_-]{35}$"))
    first = await token.input_value()
    await card.get_by_test_id("bot-token-copy").click()
    await expect(card.get_by_test_id("bot-token-copy")).to_have_text(re.compile("Copied"))
    async with telegram_bot(sandbox, first) as bot:
        assert (await bot.get_me()).username == "corner_bakery_bot"
    await card.get_by_test_id("revoke-bot").select_option("corner_bakery_bot")
    await card.get_by_test_id("revoke").click()
    await expect(page.get_by_test_id("outside-note")).to_contain_text("no longer works")
    await expect(token).not_to_have_value(first)
    await page.keyboard.press("Escape")
    await page.get_by_test_id("outside").click()
    await expect(card.get_by_test_id("handed")).to_have_count(0)
    await page.keyboard.press("Escape")
    await expect(pane(page, "telegram").locator(".chat-name")).to_have_text("Corner Bakery")


@pytest.mark.usefixtures("admin")
async def test_a_number_from_meta_and_the_shops_own_phone(page: Page, hook: Hook) -> None:
    await page.get_by_test_id("outside").click()
    card = page.get_by_test_id("meta")
    await card.get_by_test_id("meta-name").fill("Corner Bakery")
    await card.get_by_test_id("meta-create").click()
    await expect(card.get_by_test_id("phone-number-id")).to_have_value(re.compile(r"^\d{15}$"))
    await expect(card.get_by_test_id("access-token")).to_have_value(re.compile("^EAA"))
    await expect(card.get_by_test_id("app-secret")).to_have_value(re.compile("^[0-9a-f]{32}$"))
    await card.get_by_test_id("webhook-url").fill(hook.url)
    await card.get_by_test_id("webhook-word").fill("wrong")
    await card.get_by_test_id("webhook-verify").click()
    await expect(page.get_by_test_id("outside-note")).to_contain_text("Check the verify token")
    await card.get_by_test_id("webhook-word").fill("verify")
    await card.get_by_test_id("webhook-verify").click()
    await expect(page.get_by_test_id("outside-note")).to_contain_text("Passed")
    await page.keyboard.press("Escape")
    whatsapp = pane(page, "whatsapp")
    await write(whatsapp, "Is there rye?")
    await until(lambda: hook.items("messages"))
    await whatsapp.get_by_test_id("menu").click()
    await whatsapp.get_by_test_id("echo").click()
    await expect(whatsapp.get_by_test_id("draft")).to_contain_text("own phone")
    await write(whatsapp, "I am baking it right now")
    await until(lambda: hook.items("message_echoes"))
    echoed = whatsapp.get_by_test_id("message").last
    await expect(echoed).to_have_attribute("data-from", "bot")
    await expect(echoed.get_by_test_id("by-phone")).to_be_visible()
    await expect(whatsapp.get_by_test_id("draft")).to_have_count(0)


async def test_a_manager_follows_an_invitation(page: Page, sandbox: Sandbox, admin: Bot) -> None:
    owner = pane(page, "owner")
    await write(owner, "/invite")
    chat_id, offset = await heard(admin)
    await admin.send_message(chat_id, "Send this on: https://t.me/steward_bot?start=join-5f2a")
    await owner.get_by_text("https://t.me/steward_bot?start=join-5f2a").click()
    await expect(owner.get_by_test_id("arrival")).to_contain_text("Omar")
    await owner.get_by_test_id("person-picker").select_option("+")
    await owner.get_by_test_id("new-person").fill("Ana")
    await owner.get_by_test_id("new-person").press("Enter")
    await expect(owner.get_by_test_id("arrival")).to_contain_text("Ana")
    await owner.get_by_test_id("arrival-start").click()
    [update] = await admin.get_updates(offset=offset, timeout=5)
    assert update.message is not None and update.message.from_user is not None
    assert (update.message.text, update.message.from_user.first_name) == ("/start join-5f2a", "Ana")
    await expect(owner.get_by_test_id("arrival")).to_have_count(0)
    await owner.get_by_test_id("person-picker").select_option("omar")
    await expect(owner.get_by_test_id("message").first).to_contain_text("/invite")
    deleted = owner.get_by_test_id("message").first
    await admin.delete_message(chat_id, 1)
    await expect(deleted).not_to_contain_text("/invite")
    assert [each["from"] for each in await sandbox.messages(ADMIN)] == ["bot"]


async def test_a_link_to_a_shop_opens_it_here(page: Page, sandbox: Sandbox, admin: Bot) -> None:
    for name, username in (("First", "first_shop_bot"), ("Second", "second_shop_bot")):
        await sandbox.call("POST", "/api/botfather/bots", {"name": name, "username": username})
    number = await sandbox.call("POST", "/api/meta/numbers", {"name": "Second"})
    digits = re.sub(r"\D", "", number["display_phone_number"])
    owner = pane(page, "owner")
    await write(owner, "/bots")
    chat_id, _ = await heard(admin)
    await expect(pane(page, "telegram").locator(".chat-name")).to_have_text("First")
    await admin.send_message(chat_id, "https://t.me/second_shop_bot and https://wa.me/" + digits + "?text=Hi%20there")
    await owner.get_by_role("link", name="https://t.me/second_shop_bot").click()
    await expect(pane(page, "telegram").locator(".chat-name")).to_have_text("Second")
    await owner.get_by_role("link", name="https://wa.me").click()
    await pane(page, "whatsapp").get_by_test_id("arrival-start").click()
    await expect(pane(page, "whatsapp").get_by_test_id("message")).to_contain_text("Hi there")
