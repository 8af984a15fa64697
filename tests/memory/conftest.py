"""A migrated database with two tenants, and Redis."""

import asyncio
from collections.abc import AsyncIterator
from dataclasses import dataclass

import asyncpg
import pytest
from redis.asyncio import Redis

from core.ids import TenantId
from core.turns import TenantProfile
from db.database import Database
from db.embedded import Services


@dataclass
class Store:
    database: Database
    owner: asyncpg.Connection
    """Sees everything, and writes what only the engine writes."""
    redis: Redis


class OpenShelf:
    """Stands where `tenants` stands: reads profile and version anew each time, one caller after the other."""

    def __init__(self, owner: asyncpg.Connection) -> None:
        self._owner = owner
        self._lock = asyncio.Lock()

    async def profile(self, tenant: TenantId) -> TenantProfile:
        async with self._lock:
            row = await self._owner.fetchrow("SELECT * FROM tenants WHERE tenant_id = $1", tenant)
        assert row is not None
        return TenantProfile(
            tenant_id=tenant, slug=row["slug"], name=row["name"], language=row["language"],
            time_zone=row["time_zone"], currency=row["currency"], persona=row["persona"],
        )  # fmt: skip

    async def knowledge_version(self, tenant: TenantId) -> int:
        async with self._lock:
            return await self._owner.fetchval("SELECT knowledge_version FROM tenants WHERE tenant_id = $1", tenant)


@pytest.fixture
async def store(services: Services, database: Database, owner_connection: asyncpg.Connection) -> AsyncIterator[Store]:
    for tenant, language in ((2, "en"), (3, "es")):
        await owner_connection.execute(
            "INSERT INTO tenants (tenant_id, slug, name, language, time_zone, currency) "
            "VALUES ($1, $2, $2, $3, 'UTC', 'EUR')",
            *(tenant, f"shop-{tenant}", language),
        )
    redis = Redis.from_url(services.redis_url)
    await redis.flushdb()
    yield Store(database, owner_connection, redis)
    await redis.aclose()
