"""Fixtures of the sandbox's tests."""

from collections.abc import AsyncIterator

import httpx
import pytest
from aiogram import Bot
from aiohttp import web
from pywa_async import WhatsApp

from tests.sandbox.outside import NUMBER, SECRET, WA_TOKEN, Hook, Sandbox, ToSandbox, running, telegram_bot


@pytest.fixture
async def sandbox() -> AsyncIterator[Sandbox]:
    async with running(None) as one:
        yield one


@pytest.fixture
async def bot(sandbox: Sandbox) -> AsyncIterator[Bot]:
    await sandbox.put_bot()
    async with telegram_bot(sandbox) as one:
        yield one


@pytest.fixture
async def wa(sandbox: Sandbox) -> AsyncIterator[WhatsApp]:
    await sandbox.put_number()
    async with httpx.AsyncClient(transport=ToSandbox(sandbox.url)) as session:
        yield WhatsApp(phone_id=NUMBER, token=WA_TOKEN, session=session, app_secret=SECRET, verify_token="verify")


@pytest.fixture
async def hook() -> AsyncIterator[Hook]:
    async def post(request: web.Request) -> web.Response:
        body = await request.read()
        answer = one.answer(body)
        one.bodies.append(body)
        one.headers.append(dict(request.headers))
        return answer

    async def get(request: web.Request) -> web.Response:
        one.challenges += 1
        if request.query.get("hub.verify_token") != one.verify:
            return web.Response(status=403)
        return web.Response(text=request.query["hub.challenge"])

    app = web.Application()
    app.router.add_post("/hook", post)
    app.router.add_get("/hook", get)
    runner = web.AppRunner(app, access_log=None)
    await runner.setup()
    await web.TCPSite(runner, "127.0.0.1", 0).start()
    one = Hook("http://{}:{}/hook".format(*runner.addresses[0][:2]))
    try:
        yield one
    finally:
        await runner.cleanup()
