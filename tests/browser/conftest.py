"""Chromium on the sandbox's page, and the bots of one bakery behind it, driven through the vendors' own clients."""

import asyncio
import shutil
from collections.abc import AsyncIterator
from contextlib import suppress

import httpx
import pytest
from playwright.async_api import Browser, ConsoleMessage, Page, async_playwright
from pywa_async import WhatsApp

from tests.browser.bakery import ADMIN_TOKEN, Bakery, echo
from tests.sandbox.conftest import hook
from tests.sandbox.outside import NUMBER, SECRET, TOKEN, WA_TOKEN, Sandbox, ToSandbox, running, telegram_bot

__all__ = ["hook"]
CHROMIUM = next(filter(None, map(shutil.which, ("chromium", "chromium-browser", "google-chrome"))), None)
ARGUMENTS = (
    "--no-sandbox",
    "--disable-gpu",
    "--disable-quic",
    "--no-first-run",
    "--disable-background-networking",
    "--disable-component-update",
    "--disable-sync",
    "--autoplay-policy=no-user-gesture-required",
    "--use-fake-device-for-media-stream",
    "--use-fake-ui-for-media-stream",
)
TENANT = {"tenant": "bakery", "tenant_name": "Golden Crust Bakery"}


@pytest.fixture(scope="session")
async def browser() -> AsyncIterator[Browser]:
    async with async_playwright() as playwright:
        one = await playwright.chromium.launch(executable_path=CHROMIUM, args=ARGUMENTS)
        yield one
        await one.close()


@pytest.fixture
async def sandbox() -> AsyncIterator[Sandbox]:
    async with running(None) as one:
        yield one


@pytest.fixture
async def page(browser: Browser, sandbox: Sandbox) -> AsyncIterator[Page]:
    """The page, open; a test fails when the browser logged an error or the page asked another machine for anything."""
    context = await browser.new_context(viewport={"width": 1440, "height": 900}, permissions=["microphone"])
    one = await context.new_page()
    complaints: list[str] = []
    one.on("pageerror", lambda error: complaints.append(str(error)))
    one.on("console", lambda line: complaints.append(line.text) if _is_error(line) else None)
    one.on(
        "request",
        lambda asked: None if asked.url.startswith((sandbox.url, "blob:", "data:")) else complaints.append(asked.url),
    )
    await one.goto(sandbox.url)
    yield one
    await context.close()
    assert complaints == []


def _is_error(line: ConsoleMessage) -> bool:
    """A refusal is none: the browser logs it, the page says what to do, and the test looks for that."""
    refused = "status of 400" in line.text or "status of 409" in line.text
    return line.type == "error" and not refused


@pytest.fixture
async def bakery(sandbox: Sandbox) -> AsyncIterator[Bakery]:
    """A customer bot that echoes, an admin bot that listens, and a WhatsApp number."""
    await sandbox.put_bot(**TENANT, role="customer")
    await sandbox.put_bot(ADMIN_TOKEN, "baker_admin_bot", **TENANT, role="admin")
    await sandbox.put_number(**TENANT, role="customer")
    async with (
        telegram_bot(sandbox, TOKEN) as customer,
        telegram_bot(sandbox, ADMIN_TOKEN) as admin,
        httpx.AsyncClient(transport=ToSandbox(sandbox.url)) as session,
    ):
        whatsapp = WhatsApp(phone_id=NUMBER, token=WA_TOKEN, session=session, app_secret=SECRET, verify_token="verify")
        one = Bakery(customer=customer, admin=admin, whatsapp=whatsapp)
        polling = [asyncio.create_task(echo(customer, one.heard)), asyncio.create_task(echo(admin, one.told))]
        yield one
        for task in polling:
            task.cancel()
            with suppress(asyncio.CancelledError):
                await task
