"""Telegram's edge in this process, the sandbox as Telegram, and the smallest recorder that keeps its contract."""

from collections.abc import AsyncIterator, Mapping, Sequence
from contextlib import asynccontextmanager
from dataclasses import dataclass, field
from datetime import timedelta
from typing import Any, Literal

import aiohttp

from bots.intake import Intake
from bots.telegram.edge import TelegramEdge
from bots.web import create_web_app, serve
from core.channels import Account, Target
from core.clock import SystemClock
from core.errors import Transient
from core.events import Event, NewEvent
from core.ids import OPERATOR, AccountId, TenantId
from core.recording import DeliveryReceipt
from tests.sandbox.outside import Sandbox

TOKEN, ADMIN_TOKEN, SECRET = "7001:baker-token", "7002:desk-token", "s3cret_-"
CHAT = "tg:baker_bot:{}"


@dataclass
class Memory:
    """The recorder's protocol over a dict: the first of each external id wins; `down` is a lost database."""

    kept: dict[tuple[int, int, str], NewEvent] = field(default_factory=dict[tuple[int, int, str], NewEvent])
    calls: int = 0
    down: bool = False

    @property
    def events(self) -> list[Event]:
        return [new.event for new in self.kept.values()]

    async def record(self, events: Sequence[NewEvent]) -> None:
        self.calls += 1
        if self.down:
            raise Transient("the database cannot be reached")
        for new in events:
            self.kept.setdefault((new.tenant_id, new.account_id, new.external_id), new)

    async def record_receipts(self, receipts: Sequence[DeliveryReceipt]) -> None:
        raise AssertionError("Telegram sends no receipts")

    async def desk_tenant(
        self, account: AccountId, chat: str, *, invite: str | None = None, chosen: TenantId | None = None
    ) -> TenantId:
        return TenantId(77) if invite == "abc" else OPERATOR


def account(
    token: str = TOKEN,
    *,
    delivery: Literal["polling", "webhook"] = "polling",
    role: Literal["customer", "admin"] = "customer",
) -> Account:
    number = token.partition(":")[0]
    return Account(
        account_id=AccountId(int(number)),
        tenant_id=TenantId(5),
        channel="telegram",
        role=role,
        external_id=number,
        path_id=f"path-{number}",
        delivery=delivery,
    )


def secrets_of(token: str = TOKEN) -> Mapping[str, str]:
    return {"token": token, "webhook_secret": SECRET}


@dataclass
class Steward:
    edge: TelegramEdge
    memory: Memory
    url: str
    troubles: list[tuple[int, str]]
    files: dict[tuple[int, str], bytes]
    http: aiohttp.ClientSession

    async def send(self, message: Any, *, chat: str, token: str = TOKEN, card: str | None = None) -> tuple[str, ...]:
        return await self.edge.channel.send(Target(account=account(token), chat=chat, card_message_id=card), message)

    async def post(
        self, body: bytes, *, secret: str = SECRET, path: str = "path-7001", **more: str
    ) -> tuple[int, bytes]:
        headers = {"X-Telegram-Bot-Api-Secret-Token": secret, "Content-Type": "application/json", **more}
        async with self.http.post(f"{self.url}/telegram/{path}", data=body, headers=headers) as answer:
            return answer.status, await answer.read()


@asynccontextmanager
async def steward(sandbox: Sandbox) -> AsyncIterator[Steward]:
    memory, troubles, files = Memory(), list[tuple[int, str]](), dict[tuple[int, str], bytes]()

    async def note(account_id: AccountId, text: str) -> None:
        troubles.append((account_id, text))

    async def fetch(account_id: AccountId, ref: str) -> bytes:
        return files[account_id, ref]

    async def healthy() -> str:
        return "database unreachable" if memory.down else ""

    edge = TelegramEdge(
        Intake(memory),
        SystemClock(),
        fetch_media=fetch,
        on_trouble=note,
        base_url=f"{sandbox.url}/telegram",
        poll_seconds=1,
        first_pause=timedelta(milliseconds=5),
    )
    runner = await serve(create_web_app(edge.routes(), health=healthy), "127.0.0.1", 0)
    url = "http://{}:{}".format(*runner.addresses[0][:2])
    async with aiohttp.ClientSession() as http:
        try:
            yield Steward(edge=edge, memory=memory, url=url, troubles=troubles, files=files, http=http)
        finally:
            await edge.close()
            await runner.cleanup()
