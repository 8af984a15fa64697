"""The drawer of the outside world: a price and a delay, made on the page, reach the supplier's list and Steward."""

import asyncio
from collections.abc import AsyncIterator

import pytest
from aiohttp import web
from aiohttp.test_utils import TestServer
from playwright.async_api import Page, expect

from tests.browser.conftest import CHROMIUM
from tests.sandbox.outside import Sandbox

pytestmark = [
    pytest.mark.browser,
    pytest.mark.skipif(CHROMIUM is None, reason="needs Chromium: apt-get install chromium"),
]


@pytest.fixture
async def reports(sandbox: Sandbox) -> AsyncIterator[asyncio.Queue[dict[str, str]]]:
    """What the demo's carrier sends to Steward."""
    heard: asyncio.Queue[dict[str, str]] = asyncio.Queue()

    async def receive(request: web.Request) -> web.Response:
        event = await request.json()
        heard.put_nowait(event)
        return web.json_response({"results": [{"id": event["id"], "result": "recorded"}]})

    app = web.Application()
    app.router.add_post("/carrier", receive)
    async with TestServer(app) as steward:
        at = "2026-11-25T10:00:00+00:00"
        await sandbox.call(
            "PUT", "/control/carriers/forwarder",
            {
                "url": str(steward.make_url("/carrier")), "secret": "hush",
                "shipments": [{"reference": "BA-1", "status": "At sea", "eta": at, "promised": at}],
            },
        )  # fmt: skip
        yield heard


async def test_a_price_and_a_delay_leave_the_page(
    page: Page, sandbox: Sandbox, reports: asyncio.Queue[dict[str, str]]
) -> None:
    await page.get_by_test_id("outside").click()
    drawer = page.get_by_test_id("outside-drawer")
    price = drawer.get_by_label("Harina de fuerza 25 kg")
    await expect(price).to_have_value("16.20")
    await price.fill("19,90")
    await price.press("Enter")
    await expect(page.get_by_test_id("outside-note")).to_contain_text("now costs 19,90")
    await expect(price).to_have_value("19.90")
    async with sandbox.http.get(f"{sandbox.url}/suppliers/procurement.csv") as answer:
        assert "Harina de fuerza 25 kg,19.90,EUR" in await answer.text()
    await expect(drawer.get_by_text("late", exact=True)).to_have_count(0)
    await drawer.get_by_test_id("delay-BA-1").click()
    await expect(drawer.get_by_text("late", exact=True)).to_be_visible()
    async with asyncio.timeout(5):
        assert (await reports.get())["eta"] == "2026-11-27T10:00:00+00:00"
    await page.keyboard.press("Escape")
    await expect(drawer).to_be_hidden()
