"""The sandbox in this process on a free port, the real clients of both vendors pointed at it, and a webhook."""

import asyncio
from collections.abc import AsyncIterator, Awaitable, Callable
from contextlib import asynccontextmanager
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import aiohttp
import httpx
import orjson
from aiogram import Bot
from aiogram.client.session.aiohttp import AiohttpSession
from aiogram.client.telegram import TelegramAPIServer
from aiohttp import web

from sandbox.app import create_app

TOKEN = "7001:baker-token"
NUMBER = "100200300"
WA_TOKEN = "wa-token"
SECRET = "app-secret"


async def until(found: Callable[[], Any], seconds: float = 5.0) -> Any:
    """Waits for a condition to hold and returns what it found."""
    async with asyncio.timeout(seconds):
        while True:
            value = found()
            if isinstance(value, Awaitable):
                value = await value
            if value:
                return value
            await asyncio.sleep(0.005)


@dataclass
class Sandbox:
    url: str
    http: aiohttp.ClientSession

    async def call(self, method: str, path: str, body: Any = None, *, status: int = 200) -> Any:
        async with self.http.request(method, self.url + path, json=body) as answer:
            text = await answer.text()
            assert answer.status == status, text
            return orjson.loads(text)

    async def put_bot(self, token: str = TOKEN, username: str = "baker_bot", **more: Any) -> None:
        await self.call("PUT", f"/control/telegram/bots/{token}", {"username": username, "name": "Baker", **more})

    async def put_number(self, webhook_url: str = "", **more: Any) -> None:
        body = {"token": WA_TOKEN, "app_secret": SECRET, "verify_token": "verify", "webhook_url": webhook_url}
        body |= {"display_phone_number": "+1 555 010 9999", "name": "Baker", **more}
        await self.call("PUT", f"/control/whatsapp/numbers/{NUMBER}", body)

    async def say(self, key: str, text: str, **more: Any) -> str:
        return (await self.call("POST", f"/api/chats/{key}/messages", {"text": text, **more}))["message_id"]

    async def messages(self, key: str) -> list[dict[str, Any]]:
        return (await self.call("GET", f"/api/chats/{key}"))["messages"]

    async def accepted(self, after: int = 0) -> list[dict[str, Any]]:
        return (await self.call("GET", f"/control/accepted?after={after}"))["items"]

    async def faults(self, **channels: Any) -> None:
        await self.call("PUT", "/control/faults", channels)


@asynccontextmanager
async def running(state: Path | None, *, limits: bool = True) -> AsyncIterator[Sandbox]:
    runner = web.AppRunner(create_app(state, limits=limits), access_log=None)
    await runner.setup()
    await web.TCPSite(runner, "127.0.0.1", 0).start()
    url = "http://{}:{}".format(*runner.addresses[0][:2])
    async with aiohttp.ClientSession() as http:
        try:
            yield Sandbox(url, http)
        finally:
            await runner.cleanup()


@asynccontextmanager
async def telegram_bot(sandbox: Sandbox, token: str = TOKEN) -> AsyncIterator[Bot]:
    session = AiohttpSession(api=TelegramAPIServer.from_base(sandbox.url + "/telegram"))
    bot = Bot(token, session=session)
    try:
        yield bot
    finally:
        await bot.session.close()


class ToSandbox(httpx.AsyncBaseTransport):
    """Sends what is meant for graph.facebook.com to the sandbox: pywa has no setting for its address."""

    def __init__(self, url: str) -> None:
        self._base = httpx.URL(url)
        self._inner = httpx.AsyncHTTPTransport()

    async def handle_async_request(self, request: httpx.Request) -> httpx.Response:
        if request.url.host == "graph.facebook.com":
            path = b"/whatsapp" + request.url.raw_path
            request.url = self._base.copy_with(raw_path=path)
            request.headers["Host"] = request.url.netloc.decode()
        return await self._inner.handle_async_request(request)

    async def aclose(self) -> None:
        await self._inner.aclose()


@dataclass
class Hook:
    """A webhook that keeps what it was told and answers as it is told to."""

    url: str
    bodies: list[bytes] = field(default_factory=list[bytes])
    headers: list[dict[str, str]] = field(default_factory=list[dict[str, str]])
    answer: Callable[[bytes], web.Response] = lambda _body: web.Response()
    verify: str = "verify"
    challenges: int = 0

    @property
    def updates(self) -> list[dict[str, Any]]:
        return [orjson.loads(body) for body in self.bodies]

    @property
    def values(self) -> list[dict[str, Any]]:
        """The `value` of every change of every entry of every body."""
        return [change["value"] for update in self.updates for entry in update["entry"] for change in entry["changes"]]

    def items(self, kind: str) -> list[dict[str, Any]]:
        return [item for value in self.values for item in value.get(kind, [])]
