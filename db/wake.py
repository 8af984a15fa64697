"""Redis wakes workers in other processes. It may be lost: a slow poll is the safety net."""

import asyncio
from collections.abc import Callable

import redis.asyncio as redis
import structlog
from redis.exceptions import RedisError

_CHANNEL = "steward:wake"
_log = structlog.get_logger(__name__)


class Wake:
    def __init__(self, client: redis.Redis) -> None:
        self._client = client
        self._sending: asyncio.Task[None] | None = None
        self._listener: asyncio.Task[None] | None = None

    def send(self) -> None:
        """Tells the workers of every process that streams are pending. Calls in a row become one message."""
        if self._sending is None or self._sending.done():
            self._sending = asyncio.create_task(self._publish())

    def listen(self, on_wake: Callable[[], None]) -> None:
        self._listener = asyncio.create_task(self._listen(on_wake))

    async def aclose(self) -> None:
        for task in (self._sending, self._listener):
            if task is not None:
                task.cancel()
                await asyncio.wait([task])

    async def _publish(self) -> None:
        try:
            await self._client.publish(_CHANNEL, b"")  # pyright: ignore[reportUnknownMemberType]
        except (RedisError, OSError):
            _log.warning("wake_not_sent")

    async def _listen(self, on_wake: Callable[[], None]) -> None:
        while True:
            try:
                async with self._client.pubsub() as pubsub:  # pyright: ignore[reportUnknownMemberType]
                    await pubsub.subscribe(_CHANNEL)
                    async for _ in pubsub.listen():  # pyright: ignore[reportUnknownMemberType, reportUnknownVariableType]
                        on_wake()
            except (RedisError, OSError):
                _log.warning("wake_not_heard")
                await asyncio.sleep(1)
