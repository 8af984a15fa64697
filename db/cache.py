"""Redis, which holds only what may be lost."""

from collections.abc import AsyncGenerator, AsyncIterator
from contextlib import asynccontextmanager
from typing import cast

from redis.asyncio import Redis
from redis.exceptions import RedisError

from core.errors import Misconfigured, Transient
from core.ids import TenantId

__all__ = ["Redis", "forget_tenant", "open_redis", "ping_redis"]


@asynccontextmanager
async def open_redis(url: str) -> AsyncGenerator[Redis]:
    """Connects on first use. Raises Misconfigured for a URL that is none."""
    try:
        client: Redis = Redis.from_url(url)  # pyright: ignore[reportUnknownMemberType]
    except ValueError as error:
        raise Misconfigured(
            f"STEWARD_REDIS_URL is no Redis URL ({error}). It looks like redis://host:6379/0."
        ) from error
    try:
        yield client
    finally:
        await client.aclose()


async def ping_redis(client: Redis) -> str:
    """What is wrong, or nothing."""
    try:
        await client.execute_command("PING")  # pyright: ignore[reportUnknownMemberType]
    except (RedisError, OSError) as error:
        return f"{type(error).__name__}: {error}"
    return ""


async def forget_tenant(client: Redis, tenant: TenantId) -> None:
    """Recent messages and kept answers: they would lapse by themselves, but hold people's words. Raises Transient."""
    try:
        for kind in ("w", "a"):
            found = cast("AsyncIterator[bytes]", client.scan_iter(match=f"{kind}:{tenant}:*", count=1000))  # pyright: ignore[reportUnknownMemberType]
            async for key in found:
                await client.unlink(key)
    except (RedisError, OSError) as error:
        raise Transient("Redis cannot be reached right now") from error
