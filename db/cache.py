"""Redis, which holds only what may be lost."""

from collections.abc import AsyncGenerator
from contextlib import asynccontextmanager

from redis.asyncio import Redis
from redis.exceptions import RedisError

from core.errors import Misconfigured

__all__ = ["Redis", "open_redis", "ping_redis"]


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
