"""The sandbox on one port, our webhook on another, and a recorder that keeps what it is given."""

import asyncio
import time
from collections.abc import AsyncIterator, Callable, Sequence
from contextlib import asynccontextmanager
from dataclasses import dataclass, field
from typing import Any

import aiohttp
import pytest
from aiohttp import web

from bots.intake import Intake
from bots.web import create_web_app
from bots.whatsapp.channel import WhatsAppChannel
from bots.whatsapp.edge import WhatsAppEdge
from core.channels import Target
from core.errors import Rejected, Transient
from core.events import NewEvent
from core.ids import AccountId, TenantId
from core.recording import DeliveryReceipt
from sandbox.app import create_app
from tests.bots.whatsapp.whatsapp_samples import PHONE_NUMBER_ID, account

SECRETS = {"token": "EAAG-token", "app_secret": "app-secret", "verify_token": "verify-me"}


@dataclass
class MemoryRecorder:
    events: dict[tuple[TenantId, AccountId, str], NewEvent] = field(default_factory=dict)
    receipts: list[DeliveryReceipt] = field(default_factory=list)
    desks: dict[str, TenantId] = field(default_factory=dict)
    reachable: bool = True

    async def record(self, events: Sequence[NewEvent]) -> None:
        self._check()
        for event in events:
            self.events.setdefault((event.tenant_id, event.account_id, event.external_id), event)

    async def record_receipts(self, receipts: Sequence[DeliveryReceipt]) -> None:
        self._check()
        self.receipts += receipts

    async def desk_tenant(
        self, account: AccountId, chat: str, *, invite: str | None = None, chosen: TenantId | None = None
    ) -> TenantId:
        self._check()
        return self.desks.get(chat, TenantId(1))

    def _check(self) -> None:
        if not self.reachable:
            raise Transient("PostgreSQL cannot be reached right now")

    @property
    def arrived(self) -> list[Any]:
        return [event.event for event in self.events.values()]


@asynccontextmanager
async def serve(app: web.Application) -> AsyncIterator[str]:
    runner = web.AppRunner(app, access_log=None, shutdown_timeout=1)
    await runner.setup()
    await web.TCPSite(runner, "127.0.0.1", 0).start()
    host, port = runner.addresses[0][:2]
    try:
        yield f"http://{host}:{port}"
    finally:
        await runner.cleanup()


async def until(condition: Callable[[], Any]) -> Any:
    """What the condition gives once it is true. Fails after 10 seconds."""
    deadline = time.monotonic() + 10
    while not (value := condition()):
        assert time.monotonic() < deadline, "it did not come to pass"
        await asyncio.sleep(0.01)
    return value


@dataclass
class Edge:
    """Our side and the vendor's, joined."""

    url: str
    sandbox: str
    whatsapp: WhatsAppEdge
    recorder: MemoryRecorder
    http: aiohttp.ClientSession
    elsewhere: dict[tuple[AccountId, str], bytes]
    """Files that other accounts hold."""

    @property
    def channel(self) -> WhatsAppChannel:
        return self.whatsapp.channel

    async def call(self, method: str, path: str, **kwargs: Any) -> Any:
        async with self.http.request(method, self.sandbox + path, **kwargs) as response:
            answer = await response.read()
            assert response.status == 200, answer
            return await response.json(content_type=None)

    async def person(self, does: str = "messages", who: str = "maya", **body: Any) -> Any:
        return await self.call("POST", f"/api/chats/wa:{PHONE_NUMBER_ID}:{who}/{does}", json=body)

    async def chat(self, who: str = "maya") -> list[Any]:
        return (await self.call("GET", f"/api/chats/wa:{PHONE_NUMBER_ID}:{who}"))["messages"]

    async def target(self, text: str = "Hello") -> Target:
        """Where to answer a person who just wrote."""
        before = len(self.recorder.events)
        await self.person(text=text)
        await until(lambda: len(self.recorder.events) > before)
        return Target(account=account(), chat=list(self.recorder.events.values())[-1].chat)


@pytest.fixture
async def edge() -> AsyncIterator[Edge]:
    elsewhere: dict[tuple[AccountId, str], bytes] = {}

    async def fetch_media(holder: AccountId, ref: str) -> bytes:
        if (holder, ref) not in elsewhere:
            raise Rejected("gone")
        return elsewhere[holder, ref]

    async def health() -> str:
        return ""

    recorder = MemoryRecorder()
    async with aiohttp.ClientSession() as http, serve(create_app(None)) as sandbox:
        whatsapp = WhatsAppEdge(Intake(recorder), fetch_media=fetch_media, base_url=f"{sandbox}/whatsapp/v26.0")
        async with serve(create_web_app(whatsapp.routes(), health=health)) as url:
            await whatsapp.start(account(), SECRETS)
            one = Edge(url, sandbox, whatsapp, recorder, http, elsewhere)
            number = {**SECRETS, "webhook_url": f"{url}/whatsapp/path-of-seven", "name": "Bakery"}
            await one.call("PUT", f"/control/whatsapp/numbers/{PHONE_NUMBER_ID}", json=number)
            yield one
            await whatsapp.close()
