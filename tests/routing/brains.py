"""The models over the real SDKs, database and Redis, against aimock; time between attempts passes at once."""

from collections.abc import AsyncGenerator, Awaitable, Callable, Mapping
from contextlib import asynccontextmanager
from dataclasses import dataclass, field
from datetime import timedelta
from decimal import Decimal
from typing import Any
from uuid import UUID

import orjson
from aiohttp import web
from pydantic import BaseModel

from core.ids import StreamId, TenantId
from core.media import Transcriber
from core.models import ChatMessage, ModelReply, ModelRequest
from core.spending import Spending
from db.breakers import BreakerStore
from db.cache import Redis
from db.database import Database, Transaction
from routing.asking import Asker
from routing.breakers import Breakers
from routing.catalogue import Catalogue
from routing.clients import Clients
from routing.hearing import Hearing
from routing.keys import Access, Keyring
from routing.ledger import Ledger
from routing.models import Models
from routing.outcomes import Outcomes
from routing.prices import Prices
from tenants.models import ModelPolicy, ProviderName
from tests.support.aimock import AiMock
from tests.support.clocks import HandClock

TENANT, OTHER = TenantId(2), TenantId(3)
STREAM = StreamId(UUID(int=7))
LLAMA, HAIKU, SONNET, LUNA, TERRA = (
    "llama-3.3-70b-versatile", "claude-haiku-5-5", "claude-sonnet-5-5", "gpt-6-luna", "gpt-6.1-terra",
)  # fmt: skip
SMALL = "llama-3.1-8b-instant"


def spending(tenant: TenantId = TENANT, *, stream: StreamId = STREAM, agent: str = "general") -> Spending:
    return Spending(
        tenant_id=tenant, stream_id=stream, stream_kind="conversation", seq=1, agent=agent, workflow="conversation",
        channel="telegram", time_zone="UTC", currency="USD",
    )  # fmt: skip


def ask(
    text: str = "When do you open on Sunday?",
    *,
    seconds: float = 20,
    schema: type[BaseModel] | None = None,
    tokens: int = 300,
) -> ModelRequest:
    messages = (ChatMessage(role="system", content="Be kind."), ChatMessage(role="user", content=text))
    deadline = timedelta(seconds=seconds)
    return ModelRequest(messages=messages, max_output_tokens=tokens, deadline=deadline, schema=schema)


@dataclass
class Brains:
    models: Models
    ledger: Ledger
    keyring: Keyring
    clock: HandClock
    owner: Transaction
    hear_with: Callable[[Transcriber], Hearing]
    refused: list[tuple[TenantId, str, str]] = field(default_factory=list)

    async def ask(
        self, request: ModelRequest | None = None, policy: ModelPolicy | None = None, *, keep_free: str = "0",
        **spends: Any,
    ) -> ModelReply:  # fmt: skip
        turn = await self.models.for_turn(spending(**spends), policy or ModelPolicy(), keep_free=Decimal(keep_free))
        return await turn.reply(request or ask())

    async def rows(self) -> list[dict[str, Any]]:
        found = await self.owner.fetch("SELECT * FROM ledger ORDER BY created_at, attempt")
        return [{**row, "decision": orjson.loads(row["decision"] or "{}")} for row in found]

    async def sums(self, scope: str = "month") -> tuple[int, int]:
        """(reserved, spent) of the first tenant."""
        row = await self.owner.fetchrow(
            "SELECT reserved_micros, spent_micros FROM spend WHERE scope = $1 AND tenant_id = 2", scope
        )
        return (row[0], row[1]) if row else (0, 0)

    async def limit(self, micros: int, scope: str = "month", tenant: TenantId = TENANT) -> None:
        await self.owner.execute(
            "INSERT INTO budgets (tenant_id, scope, limit_micros, currency, set_by) VALUES ($1, $2, $3, 'USD', 1) "
            "ON CONFLICT (tenant_id, scope, name) DO UPDATE SET limit_micros = $3",
            tenant, scope, micros,
        )  # fmt: skip


@asynccontextmanager
async def open_brains(
    database: Database,
    redis: Redis,
    owner: Transaction,
    operator: Mapping[ProviderName, str],
    own: Mapping[TenantId, Mapping[ProviderName, Access]] | None = None,
) -> AsyncGenerator[Brains]:
    """`operator`: addresses by provider; every key is `k`."""
    clock = HandClock()
    access = {name: Access(provider=name, key="k", base_url=url) for name, url in operator.items()}
    refused: list[tuple[TenantId, str, str]] = []

    async def own_keys(tenant: TenantId) -> Mapping[ProviderName, Access]:
        return (own or {}).get(tenant, {})

    async def on_refused(tenant: TenantId, provider: ProviderName, text: str) -> None:
        refused.append((tenant, provider, text))

    async with Clients() as clients:
        ledger = Ledger(database, clock, pause=clock.sleep)
        keyring = Keyring(access, own=own_keys, open_provider=clients.open, clock=clock, on_refused=on_refused)
        breakers = Breakers(BreakerStore(redis), clock)
        asker = Asker(
            ledger=ledger, breakers=breakers, keyring=keyring, clock=clock, sleep=clock.sleep, chance=lambda: 0.5
        )
        catalogue, prices = Catalogue(access), Prices()

        def hear_with(local: Transcriber) -> Hearing:
            return Hearing(
                catalogue=catalogue, keyring=keyring, ledger=ledger, prices=prices, breakers=breakers, local=local
            )

        models = Models(
            catalogue=catalogue, keyring=keyring, prices=prices, breakers=breakers,
            outcomes=Outcomes(database, clock), asker=asker, clock=clock,
        )  # fmt: skip
        try:
            yield Brains(models, ledger, keyring, clock, owner, hear_with, refused)
        finally:
            await ledger.drain()
            await keyring.aclose()


@asynccontextmanager
async def serve(handle: Callable[[web.Request], Awaitable[web.StreamResponse]]) -> AsyncGenerator[str]:
    """A server of the test's own; its address."""
    app = web.Application()
    app.router.add_route("*", "/{rest:.*}", handle)
    runner = web.AppRunner(app, shutdown_timeout=0.1)
    await runner.setup()
    await web.TCPSite(runner, "127.0.0.1", 0).start()
    try:
        yield f"http://127.0.0.1:{runner.addresses[0][1]}"
    finally:
        await runner.cleanup()


def everywhere(aimock: AiMock) -> dict[ProviderName, str]:
    return {"groq": aimock.groq_url, "anthropic": aimock.anthropic_url, "openai": aimock.openai_url}
