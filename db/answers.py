"""Routine answers in Redis: one value each, forgotten by themselves. They may be lost."""

import asyncio
from datetime import timedelta
from typing import TYPE_CHECKING, cast

from redis.exceptions import RedisError

from core.errors import Transient
from core.ids import TenantId

if TYPE_CHECKING:
    from redis.asyncio import Redis

KEPT = timedelta(days=30)
_PATIENCE_SECONDS = 0.25


class AnswerStore:
    def __init__(self, client: "Redis") -> None:
        """Of a client that does not decode responses."""
        self._client = client

    async def read(self, tenant: TenantId, key: str) -> bytes | None:
        """Raises Transient."""
        try:
            async with asyncio.timeout(_PATIENCE_SECONDS):
                return cast("bytes | None", await self._client.get(_name(tenant, key)))
        except (RedisError, OSError) as error:  # a TimeoutError is an OSError
            raise Transient("Redis cannot be reached right now") from error

    async def write(self, tenant: TenantId, key: str, value: bytes) -> None:
        """Raises Transient."""
        try:
            async with asyncio.timeout(_PATIENCE_SECONDS):
                await self._client.set(_name(tenant, key), value, ex=KEPT)
        except (RedisError, OSError) as error:
            raise Transient("Redis cannot be reached right now") from error

    async def delete(self, tenant: TenantId, key: str) -> None:
        """Raises Transient."""
        try:
            async with asyncio.timeout(_PATIENCE_SECONDS):
                await self._client.delete(_name(tenant, key))
        except (RedisError, OSError) as error:
            raise Transient("Redis cannot be reached right now") from error


def _name(tenant: TenantId, key: str) -> str:
    return f"a:{tenant}:{key}"
