"""A tenant with an owner's desk, and an engine whose desks and conversations keep what they are told."""

from collections.abc import AsyncIterator, Mapping, Sequence
from contextlib import AbstractAsyncContextManager
from dataclasses import dataclass, field

import asyncpg
import pytest
from aiohttp import web
from aiohttp.test_utils import TestServer

from agents.cases.handler import handle_case
from core.actions import Executor
from core.events import CustomerNotice, OwnerNotice
from core.ids import AccountId, desk_id
from core.turns import TurnInput, TurnOutcome, TurnTools
from steward.engine import Engine, Role
from tests.support.databases import Urls
from tests.support.engines import TENANT, RecordingChannel, engine_of

DESK_CHAT = "omar"


@dataclass
class House:
    """The tenant's engine. Real all through, but that desks and conversations only write down what reaches them."""

    url: str
    notices: list[OwnerNotice] = field(default_factory=list)
    customer: list[CustomerNotice] = field(default_factory=list)
    channel: RecordingChannel = field(default_factory=RecordingChannel)

    async def handle(self, turn: TurnInput, tools: TurnTools) -> TurnOutcome:
        if turn.stream_kind == "case":
            return await handle_case(turn, tools)
        for recorded in turn.events:
            if isinstance(recorded.event, OwnerNotice):
                self.notices.append(recorded.event)
            elif isinstance(recorded.event, CustomerNotice):
                self.customer.append(recorded.event)
        return TurnOutcome()

    def run(
        self, executors: Mapping[str, Executor] | None = None, roles: Sequence[Role] = ("web", "worker")
    ) -> AbstractAsyncContextManager[Engine]:
        return engine_of(self.url, self.channel, self.handle, executors=executors, roles=roles)

    def told(self, notice: str) -> list[dict[str, object]]:
        return [dict(each.fields) for each in self.notices if each.notice == notice]


@pytest.fixture
async def house(urls: Urls, owner_connection: asyncpg.Connection) -> House:
    await owner_connection.execute(
        "INSERT INTO tenants (tenant_id, slug, name, language, time_zone, currency) "
        "VALUES ($1, 'lonja', 'La Lonja', 'es', 'Europe/Madrid', 'EUR')",
        TENANT,
    )
    await owner_connection.execute(
        "INSERT INTO members (tenant_id, name, role, account_id, chat, desk) VALUES ($1, 'Omar', 'owner', 1, $2, $3)",
        TENANT, DESK_CHAT, desk_id(TENANT, AccountId(1), DESK_CHAT),
    )  # fmt: skip
    return House(urls.engine)


class PriceList:
    """A supplier's site with one list."""

    def __init__(self) -> None:
        self.text = ""
        self.status = 200
        self.looks = 0
        self.server: TestServer

    async def serve(self, _request: web.Request) -> web.Response:
        self.looks += 1
        return web.Response(status=self.status, text=self.text)

    @property
    def place(self) -> str:
        return f"127.0.0.1:{self.server.port}"

    @property
    def url(self) -> str:
        return f"http://{self.place}/list.csv"

    def set(self, **prices: str) -> None:
        self.text = "item;price\n" + "".join(f"{item};{price}\n" for item, price in prices.items())


@pytest.fixture
async def price_list() -> AsyncIterator[PriceList]:
    site = PriceList()
    app = web.Application()
    app.router.add_get("/list.csv", site.serve)
    site.server = TestServer(app)
    await site.server.start_server()
    yield site
    await site.server.close()
