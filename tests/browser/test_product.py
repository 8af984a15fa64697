"""The whole product behind the page: a customer asks, the owner answers, takes over and releases."""

import re
from pathlib import Path

import pytest
from playwright.async_api import Browser, Locator, Page, expect

from db.embedded import Services
from tests.browser.conftest import CHROMIUM
from tests.support.databases import Urls
from tests.support.product import running_product

pytestmark = [
    pytest.mark.browser,
    pytest.mark.skipif(CHROMIUM is None, reason="no Chromium here: apt-get install chromium"),
]


async def say(pane: Locator, text: str) -> None:
    await pane.get_by_test_id("input").click()
    await pane.page.keyboard.type(text)
    await pane.page.keyboard.press("Enter")


async def hears(pane: Locator, text: str) -> None:
    messages = pane.get_by_test_id("message").filter(has_text=re.compile(re.escape(text)))
    await expect(messages.last).to_be_visible(timeout=15_000)


async def tap(pane: Locator, label: str) -> None:
    await pane.get_by_test_id("inline-button").filter(has_text=label).last.click()


async def test_ask_escalate_answer_take_over_and_release(
    browser: Browser, urls: Urls, services: Services, tmp_path: Path
) -> None:
    async with running_product(urls, services, tmp_path, whisper_model=str(tmp_path / "none")) as product:
        page: Page = await browser.new_page(viewport={"width": 1440, "height": 900})
        await page.goto(product.url)
        await page.get_by_test_id("tenant-bakery").click()
        telegram, whatsapp, owner = (page.get_by_test_id(f"pane-{name}") for name in ("telegram", "whatsapp", "owner"))
        await owner.get_by_test_id("join").click()
        await hears(owner, "Welcome to Crumb & Kettle")

        await say(telegram, "Are you open on Sunday?")
        await hears(telegram, "on Sunday from 8:00 to 13:00")

        await say(whatsapp, "Can you repair my bicycle?")
        await hears(whatsapp, "asked a colleague")
        await hears(owner, "Can you repair my bicycle?")
        await tap(owner, "Answer")
        await hears(owner, "Write your answer")
        await say(owner, "Sadly not.")
        await hears(whatsapp, "Sadly not.")

        await say(telegram, "Can you repair my bicycle?")
        await hears(telegram, "asked a colleague")
        await hears(owner, "(Telegram · ")
        await tap(owner, "Take over")
        await hears(telegram, "Omar")
        await say(owner, "Hello, Omar here")
        await hears(telegram, "Hello, Omar here")
        await tap(owner, "Hand back")
        await hears(telegram, "the assistant again")
        await page.close()
