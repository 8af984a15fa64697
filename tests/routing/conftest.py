"""A ledger over a real database, with a clock of its own."""

from collections.abc import AsyncIterator, Sequence
from dataclasses import dataclass
from datetime import timedelta
from uuid import UUID, uuid4

import asyncpg
import pytest

from core.ids import StreamId, StreamKind, TenantId
from core.spending import Attempt, Cost, PaidKind, Spending
from db.cache import Redis
from db.database import Database, Transaction
from db.ledger import expire_spend
from routing.ledger import Ledger
from tests.routing.brains import Brains, everywhere, open_brains
from tests.support.aimock import AiMock
from tests.support.clocks import HandClock
from tests.support.databases import Urls

TENANT = TenantId(2)
STREAM = StreamId(UUID(int=7))


def spending(
    *, tenant: TenantId = TENANT, stream: StreamId = STREAM, kind: StreamKind = "conversation", agent: str = "billing",
    currency: str = "USD", time_zone: str = "UTC", seq: int | None = 1, workflow: str = "conversation",
) -> Spending:  # fmt: skip
    return Spending(
        tenant_id=tenant, stream_id=stream, stream_kind=kind, seq=seq, agent=agent, workflow=workflow,
        channel="telegram", time_zone=time_zone, currency=currency,
    )  # fmt: skip


def attempt(kind: PaidKind = "chat", *, seconds: float = 30, model: str = "gpt-4.1-mini") -> Attempt:
    return Attempt(
        call_id=uuid4(), kind=kind, provider="openai", model=model, deadline=timedelta(seconds=seconds),
        decision={"why": "cheapest"},
    )  # fmt: skip


def usd(micros: int) -> Cost:
    return Cost(usd_micros=micros, basis="openai")


@dataclass
class Books:
    """The ledger, and what it left in the database."""

    ledger: Ledger
    clock: HandClock
    owner: asyncpg.Connection
    engine: asyncpg.Connection
    urls: Urls

    async def limit(self, scope: str, micros: int, *, name: str = "", currency: str = "USD") -> None:
        await self.owner.execute(
            "INSERT INTO budgets (tenant_id, scope, name, limit_micros, currency, set_by) "
            "VALUES ($1, $2, $3, $4, $5, 1) "
            "ON CONFLICT (tenant_id, scope, name) DO UPDATE SET limit_micros = $4, currency = $5",
            TENANT, scope, name, micros, currency,
        )  # fmt: skip

    async def counters(self) -> dict[tuple[str, str], tuple[int, int]]:
        rows = await self.owner.fetch("SELECT scope, key, reserved_micros, spent_micros FROM spend")
        return {(row[0], row[1]): (row[2], row[3]) for row in rows}

    async def statuses(self) -> list[str]:
        return [row[0] for row in await self.owner.fetch("SELECT status FROM ledger ORDER BY created_at, entry_id")]

    async def alerts(self) -> list[tuple[str, int]]:
        rows = await self.owner.fetch("SELECT scope, threshold FROM budget_alerts ORDER BY at, scope, threshold")
        return [(row[0], row[1]) for row in rows]

    async def expire(self, limit: int = 1000) -> Sequence[object]:
        """As if every deadline had passed."""
        await self.owner.execute("UPDATE ledger SET expires_at = clock_timestamp() WHERE status = 'reserved'")
        return await expire_spend(self.engine, limit)

    async def disagreements(self) -> list[asyncpg.Record]:
        """Counters that are not the sums of the rows."""
        return await self.owner.fetch(DISAGREEMENTS)


DISAGREEMENTS = """
WITH summed AS (
    SELECT l.tenant_id, l.currency, k.scope, k.key,
           coalesce(sum(reserved_micros) FILTER (WHERE status = 'reserved'), 0) AS reserved,
           coalesce(sum(cost_micros), 0) AS spent
      FROM ledger l, spend_scopes(l.day, l.stream_kind, l.stream_id, l.agent) k
     WHERE k.scope IS NOT NULL
     GROUP BY 1, 2, 3, 4
)
SELECT * FROM summed m FULL JOIN spend s USING (tenant_id, currency, scope, key)
 WHERE (m.reserved, m.spent) IS DISTINCT FROM (s.reserved_micros, s.spent_micros)
   AND NOT (m.reserved IS NULL AND s.reserved_micros = 0 AND s.spent_micros = 0)
"""


@pytest.fixture
async def books(urls: Urls, database: Database, owner_connection: asyncpg.Connection) -> AsyncIterator[Books]:
    await owner_connection.execute(
        "INSERT INTO tenants (tenant_id, slug, name, language, time_zone, currency) "
        "OVERRIDING SYSTEM VALUE VALUES (2, 'bakery', 'Bakery', 'en', 'Europe/Berlin', 'EUR')"
    )
    clock = HandClock()
    ledger = Ledger(database, clock)
    engine = await asyncpg.connect(urls.engine)
    yield Books(ledger, clock, owner_connection, engine, urls)
    await ledger.drain()
    await engine.close()


@pytest.fixture
async def brains(
    database: Database, redis: Redis, owner_connection: Transaction, aimock: AiMock
) -> AsyncIterator[Brains]:
    async with open_brains(database, redis, owner_connection, everywhere(aimock)) as opened:
        yield opened
