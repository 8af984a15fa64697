"""The whole product in this process, over real PostgreSQL and Redis, against the sandbox, both on free ports."""

import asyncio
import os
import socket
import time
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager, suppress
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from itertools import count
from pathlib import Path
from typing import Any

import aiohttp
import asyncpg
from aiohttp import web

from bots.telegram.channel import PACE
from core.channels import Pace
from db.embedded import Services
from db.engine.link import Link
from db.invites import MemberRole
from sandbox.app import create_app
from steward.data import Data, open_data
from steward.product import open_product
from steward.sandbox import Sandbox
from steward.settings import Settings
from steward.setup import Setup
from steward.wiring import ALL_ROLES, Steward
from tests.support.databases import Urls

FAST = Pace(per_second=1_000, per_chat_interval=timedelta(milliseconds=1), chat_burst=1_000)
"""For a sandbox without limits: a test of a path is none of Telegram's pace."""
CUSTOMER, OWNER = "maya", "omar"

_ports = count(20_000 + os.getpid() * 997 % 12_000)


def free_port() -> int:
    """From below those that Linux gives away itself, so that nothing takes it before it is used: not the same twice,
    and each worker counts from elsewhere."""
    for port in _ports:
        with socket.socket() as one, suppress(OSError):
            one.bind(("127.0.0.1", port))
            return port
    raise AssertionError("unreachable")


@dataclass
class Product:
    steward: Steward
    data: Data
    url: str
    """Of the sandbox."""
    webhooks: str
    """Of Steward's own port."""
    http: aiohttp.ClientSession
    numbers: dict[str, str]
    """Phone number ids by tenant; the admin number under the empty name."""

    def telegram(self, tenant: str, person: str = CUSTOMER) -> str:
        return f"tg:{tenant}_bot:{person}"

    def whatsapp(self, tenant: str, person: str = CUSTOMER) -> str:
        return f"wa:{self.numbers[tenant]}:{person}"

    @property
    def desk(self) -> str:
        return self.telegram("operator", OWNER)

    async def call(self, method: str, path: str, **how: Any) -> Any:
        async with self.http.request(method, self.url + path, **how) as answer:
            assert answer.status < 300, await answer.text()
            return await answer.json()

    async def say(self, chat: str, text: str) -> str:
        return (await self.call("POST", f"/api/chats/{chat}/messages", json={"text": text}))["message_id"]

    async def send_file(self, chat: str, data: bytes, name: str, mime: str, **fields: str) -> None:
        form = aiohttp.FormData({**fields})
        form.add_field("file", data, filename=name, content_type=mime)
        await self.call("POST", f"/api/chats/{chat}/messages", data=form)

    async def tap(self, chat: str, label: str) -> None:
        """The latest button, or row of a list, with that label."""
        for message in reversed(await self.messages(chat)):
            found = [(b["label"], b.get("data")) for row in message.get("buttons") or [] for b in row]
            sections = (message.get("list") or {}).get("sections", [])
            found += [(row["title"], row["id"]) for section in sections for row in section["rows"]]
            data = next((data for shown, data in found if shown == label), None)
            if data is not None:
                body = {"message_id": message["id"], "data": data}
                await self.call("POST", f"/api/chats/{chat}/tap", json=body)
                return
        raise AssertionError(f"no button {label!r} in {chat}")

    async def messages(self, chat: str) -> list[dict[str, Any]]:
        return (await self.call("GET", f"/api/chats/{chat}"))["messages"]

    async def heard(self, chat: str, *needles: str, seconds: float = 10) -> list[str]:
        """Waits until the bot has said each of the needles in the chat; returns all it said."""
        deadline = time.monotonic() + seconds
        while True:
            said = [m["text"] for m in await self.messages(chat) if m["from"] == "bot"]
            if all(any(needle in text for text in said) for needle in needles):
                return said
            assert time.monotonic() < deadline, f"{needles} not among {said}"
            await asyncio.sleep(0.02)

    async def join(self, tenant: str, chat: str | None = None) -> None:
        """The owner joins by the invite on the page."""
        desk = chat or self.desk
        before = len(await self.messages(desk))
        world = await self.call("GET", "/api/world")
        link = next(each["link"] for each in world["tenants"] if each["id"] == tenant)
        await self.say(desk, f"/start {link['start']}")
        deadline = time.monotonic() + 10
        while len(await self.messages(desk)) < before + 2:
            assert time.monotonic() < deadline, "no welcome"
            await asyncio.sleep(0.02)

    async def count(self, table: str, where: str = "true") -> int:
        """As the schema's owner and superuser: sees every tenant."""
        connection = await asyncpg.connect(self.data.owner_url)
        try:
            return await connection.fetchval(f"SELECT count(*) FROM {table} WHERE {where}")
        finally:
            await connection.close()

    async def invite(self, tenant: str, role: MemberRole) -> str:
        async with Link(self.data.engine_url, "test") as link:
            setup = Setup(self.data.database, link, self.data.vault)
            found = await setup.find(tenant)
            assert found is not None
            return await setup.invite(found, role, datetime.now(UTC) + timedelta(days=1))


@asynccontextmanager
async def running_product(
    urls: Urls, services: Services, state: Path, *, limits: bool = True, **settings: Any
) -> AsyncIterator[Product]:
    runner = web.AppRunner(create_app(None, limits=limits), access_log=None)
    await runner.setup()
    await web.TCPSite(runner, "127.0.0.1", 0).start()
    url = f"http://127.0.0.1:{runner.addresses[0][1]}"
    sandbox = Sandbox(url)
    chosen = Settings(database_url=urls.owner, redis_url=services.redis_url, state=state, port=free_port(), **settings)
    try:
        async with open_data(chosen) as data, aiohttp.ClientSession() as http:
            await data.redis.flushall()
            async with open_product(chosen, data, ALL_ROLES, sandbox, pace=PACE if limits else FAST) as steward:
                world = await (await http.get(f"{url}/api/world")).json()
                numbers = {a["tenant"]: a["phone_number_id"] for a in world["accounts"] if a["channel"] == "whatsapp"}
                yield Product(steward, data, url, f"http://127.0.0.1:{chosen.port}", http, numbers)
    finally:
        await sandbox.aclose()
        await runner.cleanup()
