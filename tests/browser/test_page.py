"""The sandbox's page as a person uses it: three chats side by side, in headless Chromium."""

import io
import re
from pathlib import Path

import pytest
from aiogram.types import BufferedInputFile
from aiohttp import web
from PIL import Image
from playwright.async_api import Browser, Locator, Page, expect
from pywa_async.types import Section, SectionList, SectionRow

from sandbox.app import create_app
from tests.browser.bakery import Bakery
from tests.browser.conftest import CHROMIUM
from tests.sandbox.outside import NUMBER, Sandbox, running, until

pytestmark = [
    pytest.mark.browser,
    pytest.mark.skipif(CHROMIUM is None, reason="needs Chromium: apt-get install chromium"),
]
MAYA = "tg:baker_bot:maya"
MAYA_WA = f"wa:{NUMBER}:maya"


def picture() -> bytes:
    body = io.BytesIO()
    Image.new("RGB", (300, 200), (200, 150, 90)).save(body, "PNG")
    return body.getvalue()


def pane(page: Page, name: str) -> Locator:
    return page.get_by_test_id(f"pane-{name}")


async def write(where: Locator, text: str) -> None:
    await where.get_by_test_id("input").fill(text)
    await where.get_by_test_id("input").press("Enter")


async def test_says_what_to_do_until_steward_connects(page: Page, sandbox: Sandbox) -> None:
    await expect(page.get_by_test_id("banner")).to_contain_text("make run")
    await expect(page.get_by_test_id("no-account")).to_have_count(3)
    await sandbox.put_bot(tenant="bakery", tenant_name="Golden Crust Bakery")
    await expect(page.get_by_test_id("banner")).to_be_hidden()
    await expect(pane(page, "telegram").get_by_test_id("empty")).to_contain_text("You are Maya, a customer")
    await expect(pane(page, "telegram").get_by_test_id("not-connected")).to_be_visible()


@pytest.mark.usefixtures("bakery")
async def test_text_ticks_buttons_toast_and_reload(page: Page) -> None:
    telegram = pane(page, "telegram")
    await write(telegram, "two <rye> loaves")
    mine = telegram.locator("[data-testid=message][data-from=person]")
    await expect(mine).to_have_attribute("data-status", re.compile("delivered|read"))
    await expect(mine.get_by_test_id("tick")).to_have_attribute("aria-label", re.compile("Delivered|Read"))
    reply = telegram.locator("[data-testid=message][data-from=bot]")
    await expect(reply.locator("b", has_text="two <rye> loaves")).to_be_visible()
    await expect(reply.locator(".answered")).to_contain_text("two <rye> loaves")
    await reply.get_by_test_id("inline-button").filter(has_text="Yes").click()
    await expect(telegram.get_by_test_id("toast")).to_have_text("Noted")
    await expect(reply.get_by_test_id("text")).to_have_text("Settled: yes")
    await expect(reply.get_by_test_id("inline-button")).to_have_count(0)
    await expect(reply.get_by_test_id("edited")).to_be_visible()
    await page.reload()
    await expect(mine.get_by_test_id("text")).to_have_text("two <rye> loaves")
    await expect(reply.get_by_test_id("text")).to_have_text("Settled: yes")


async def test_reply_edit_and_react(page: Page, bakery: Bakery) -> None:
    telegram = pane(page, "telegram")
    await write(telegram, "first")
    reply = telegram.locator("[data-testid=message][data-from=bot]").first
    await reply.hover()
    await reply.get_by_test_id("reply").click()
    await write(telegram, "about that")
    await until(lambda: len(bakery.heard) == 2)
    answered = bakery.heard[1].reply_to_message
    assert answered is not None and answered.text == "You said first"
    mine = telegram.locator("[data-testid=message][data-from=person]").last
    await mine.hover()
    await mine.get_by_test_id("edit").click()
    await expect(telegram.get_by_test_id("input")).to_have_value("about that")
    await write(telegram, "about this")
    await expect(mine.get_by_test_id("text")).to_have_text("about this")
    await expect(mine.get_by_test_id("edited")).to_be_visible()
    await reply.hover()
    await reply.get_by_test_id("react").click()
    await reply.get_by_label("React with 🙏").click()
    await expect(reply.get_by_test_id("reaction")).to_have_text("🙏")


@pytest.mark.usefixtures("bakery")
async def test_works_by_keyboard_alone(page: Page) -> None:
    telegram = pane(page, "telegram")
    await write(telegram, "one")
    await expect(telegram.get_by_test_id("message")).to_have_count(2)
    await telegram.get_by_test_id("input").press("Shift+Enter")
    await expect(telegram.get_by_test_id("input")).to_have_value("\n")
    await telegram.get_by_test_id("input").fill("")
    for key in ("ArrowUp", "ArrowRight", "ArrowRight", "Enter"):
        await page.keyboard.press(key)
    await expect(telegram.get_by_test_id("draft")).to_contain_text("You said one")
    await expect(telegram.get_by_test_id("input")).to_be_focused()
    await page.keyboard.press("Escape")
    await expect(telegram.get_by_test_id("draft")).to_have_count(0)


@pytest.mark.usefixtures("bakery")
async def test_commands_and_reply_keyboard(page: Page) -> None:
    telegram = pane(page, "telegram")
    await telegram.get_by_test_id("commands").click()
    await expect(telegram.get_by_test_id("command")).to_contain_text("What I can do")
    await telegram.get_by_test_id("command").click()
    await expect(telegram.get_by_test_id("message").last).to_contain_text("You said /help")
    await write(telegram, "keyboard")
    await telegram.get_by_test_id("reply-key").click()
    await expect(telegram.get_by_test_id("message").last).to_contain_text("From seven")
    await expect(telegram.get_by_test_id("reply-keyboard")).to_have_count(0)


async def test_voice_both_ways(page: Page, bakery: Bakery) -> None:
    telegram = pane(page, "telegram")
    await telegram.get_by_test_id("record").click()
    await expect(telegram.get_by_role("timer")).to_have_text("0:01")
    await telegram.get_by_test_id("record-send").click()
    await expect(telegram.get_by_test_id("voice")).to_be_visible()
    await until(lambda: bakery.heard)
    voice = bakery.heard[0].voice
    assert voice is not None and voice.mime_type == "audio/ogg" and voice.duration >= 1
    spoken = await bakery.customer.download(voice)
    assert spoken is not None
    body = spoken.read()
    assert body.startswith(b"OggS") and b"OpusHead" in body[:100]
    await bakery.customer.send_voice(bakery.heard[0].chat.id, BufferedInputFile(body, "note.oga"))
    answer = telegram.locator("[data-testid=message][data-from=bot]").get_by_test_id("voice")
    await answer.get_by_test_id("voice-play").click()
    await expect(answer.get_by_label("Position")).not_to_have_value("0")


async def test_files_both_ways(page: Page, bakery: Bakery) -> None:
    telegram = pane(page, "telegram")
    photo = {"name": "cake.png", "mimeType": "image/png", "buffer": picture()}
    await telegram.get_by_test_id("file-input").set_input_files(photo)  # type: ignore[arg-type]
    await telegram.get_by_test_id("input").fill("Like this one")
    await telegram.get_by_test_id("send").click()
    await until(lambda: bakery.heard)
    assert bakery.heard[0].photo and bakery.heard[0].caption == "Like this one"
    await expect(telegram.get_by_test_id("photo")).to_have_js_property("complete", True)
    chat = bakery.heard[0].chat.id
    await bakery.customer.send_document(chat, BufferedInputFile(b"%PDF-1.4\n%%EOF", "prices.pdf"), caption="Prices")
    document = telegram.get_by_test_id("document")
    await expect(document).to_contain_text("prices.pdf")
    async with page.expect_download() as download:
        await document.click()
    assert (await download.value).suggested_filename == "prices.pdf"


async def test_whatsapp_list_and_the_window(page: Page, bakery: Bakery, sandbox: Sandbox) -> None:
    whatsapp = pane(page, "whatsapp")
    await write(whatsapp, "What is there?")
    await expect(whatsapp.get_by_test_id("message")).to_have_count(1)
    rows = [SectionRow(title="Dark rye", callback_data="rye"), SectionRow(title="Carrot cake", callback_data="cake")]
    choice = SectionList(button_title="See the list", sections=[Section(title="Today", rows=rows)])
    maya = next(each for each in (await sandbox.call("GET", "/api/world"))["people"] if each["id"] == "maya")
    await bakery.whatsapp.send_message(maya["wa_id"], "Choose one", buttons=choice)
    await whatsapp.get_by_test_id("list-open").click()
    await page.get_by_test_id("list-row").filter(has_text="Carrot cake").click()
    await expect(whatsapp.get_by_test_id("message").last).to_contain_text("Carrot cake")
    await whatsapp.get_by_test_id("menu").click()
    await whatsapp.get_by_test_id("age").click()
    await expect(whatsapp.get_by_test_id("window-closed")).to_be_visible()


async def test_a_chart_is_shown_whole_and_a_list_of_ten_closes_by_escape(page: Page, bakery: Bakery) -> None:
    telegram, whatsapp = pane(page, "telegram"), pane(page, "whatsapp")
    await write(telegram, "How much?")
    await until(lambda: bakery.heard)
    chart = io.BytesIO()
    Image.new("RGB", (1200, 500), "white").save(chart, "PNG")
    await bakery.customer.send_photo(bakery.heard[0].chat.id, BufferedInputFile(chart.getvalue(), "spend.png"))
    box = await telegram.get_by_test_id("photo").bounding_box()
    assert box is not None and 2.3 < box["width"] / box["height"] < 2.5
    await write(whatsapp, "menu")
    rows = [SectionRow(f"Row {ordinal}", f"row-{ordinal}", "What it is about") for ordinal in range(10)]
    sections = SectionList("Open", sections=[Section("First", rows[:6]), Section("Second", rows[6:])])
    await bakery.whatsapp.send_message("15550100001", "Ten things", buttons=sections)
    await whatsapp.get_by_test_id("list-open").click()
    await expect(whatsapp.get_by_test_id("list-row")).to_have_count(10)
    await page.keyboard.press("Escape")
    await expect(whatsapp.get_by_test_id("list")).to_have_count(0)


async def test_owner_joins_by_one_button(page: Page, bakery: Bakery, sandbox: Sandbox) -> None:
    owner = pane(page, "owner")
    await expect(owner.get_by_test_id("join")).to_have_count(0)
    await sandbox.call("PUT", "/control/links/bakery", {"label": "Join as the owner", "start": "invite-1"})
    await owner.get_by_role("button", name="Join as the owner").click()
    await until(lambda: bakery.told)
    assert bakery.told[0].text == "/start invite-1"
    await sandbox.call("DELETE", "/control/links/bakery")
    await expect(owner.get_by_test_id("join")).to_have_count(0)


@pytest.mark.usefixtures("bakery")
async def test_faults_and_blocking(page: Page, sandbox: Sandbox) -> None:
    await page.get_by_test_id("faults").click()
    slider = page.get_by_test_id("fault-telegram-deliveries-duplicate")
    await slider.fill("0.5")
    await slider.blur()
    await expect(page.get_by_test_id("faults")).to_contain_text("1")
    assert (await sandbox.call("GET", "/control/faults"))["telegram"]["deliveries"]["duplicate"] == 0.5
    await page.get_by_test_id("faults-calm").click()
    await expect(page.get_by_test_id("faults-calm")).to_be_disabled()
    await page.keyboard.press("Escape")
    telegram = pane(page, "telegram")
    await write(telegram, "hello")
    await telegram.get_by_test_id("menu").click()
    await telegram.get_by_test_id("block").click()
    await expect(telegram.get_by_test_id("blocked")).to_be_visible()
    assert (await sandbox.call("GET", f"/api/chats/{MAYA}"))["blocked"] is True


async def test_picks_up_after_the_sandbox_was_away(browser: Browser, tmp_path: Path) -> None:
    context = await browser.new_context()
    page = await context.new_page()
    async with running(tmp_path) as first:
        await first.put_bot(tenant="bakery")
        await first.say(MAYA, "before")
        await page.goto(first.url)
        await expect(page.get_by_test_id("connection")).to_have_text("Live")
    await expect(page.get_by_test_id("banner")).to_contain_text("make run")
    runner = web.AppRunner(create_app(tmp_path), access_log=None)
    await runner.setup()
    try:
        await web.TCPSite(runner, "127.0.0.1", int(first.url.rpartition(":")[2])).start()
        await expect(page.get_by_test_id("connection")).to_have_text("Live", timeout=15_000)
        await expect(page.get_by_test_id("banner")).to_be_hidden()
        await write(pane(page, "telegram"), "after")
        await expect(pane(page, "telegram").get_by_test_id("text")).to_have_text(["before", "after"])
    finally:
        await context.close()
        await runner.cleanup()


@pytest.mark.parametrize(("width", "height"), [(1440, 900), (1024, 768), (390, 844)])
@pytest.mark.usefixtures("bakery")
async def test_nothing_sticks_out(page: Page, width: int, height: int) -> None:
    await page.set_viewport_size({"width": width, "height": height})
    await write(pane(page, "telegram"), "a-very-long-word-without-a-break" * 8)
    await expect(pane(page, "telegram").get_by_test_id("message")).to_have_count(2)
    assert await page.evaluate("document.documentElement.scrollWidth") <= width
    for name in ("telegram", "whatsapp", "owner"):
        box = await pane(page, name).bounding_box()
        assert box is not None and box["x"] >= 0 and box["x"] + box["width"] <= width
