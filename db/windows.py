"""The recent window of conversations in Redis: one value each, read and written many at a time. It may be lost."""

import asyncio
from collections.abc import Awaitable, Mapping, Sequence
from datetime import timedelta
from typing import TYPE_CHECKING, cast

from redis.exceptions import RedisError

from core.errors import Transient
from core.ids import StreamId, TenantId

if TYPE_CHECKING:
    from redis.asyncio import Redis

Key = tuple[TenantId, StreamId]
KEPT = timedelta(days=7)
_PATIENCE_SECONDS = 0.25
"""PostgreSQL answers sooner than a Redis that takes longer."""
_KEPT_SECONDS = str(int(KEPT.total_seconds()))


class WindowStore:
    def __init__(self, client: "Redis") -> None:
        """Of a client that does not decode responses."""
        self._client = client

    async def read(self, keys: Sequence[Key]) -> list[bytes | None]:
        """In the order of the keys, in one round trip. Raises Transient."""
        try:
            async with asyncio.timeout(_PATIENCE_SECONDS):
                asked = cast("Awaitable[list[bytes | None]]", self._client.execute_command("MGET", *map(_name, keys)))  # pyright: ignore[reportUnknownMemberType]
                return await asked
        except (RedisError, OSError) as error:  # a TimeoutError is an OSError
            raise Transient("Redis cannot be reached right now") from error

    async def write(self, values: Mapping[Key, bytes]) -> None:
        """In one round trip. Raises Transient."""
        try:
            async with asyncio.timeout(_PATIENCE_SECONDS), self._client.pipeline(transaction=False) as pipe:
                for key, value in values.items():
                    pipe.execute_command("SET", _name(key), value, "EX", _KEPT_SECONDS)  # pyright: ignore[reportUnknownMemberType]
                await pipe.execute()
        except (RedisError, OSError) as error:
            raise Transient("Redis cannot be reached right now") from error


def _name(key: Key) -> str:
    tenant, stream = key
    return f"w:{tenant}:{stream.hex}"
