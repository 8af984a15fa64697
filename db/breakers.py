"""Circuit breakers in Redis, so that all replicas leave a failing provider alone together and send it one probe."""

import asyncio
from collections.abc import Awaitable, Sequence
from datetime import timedelta
from enum import IntEnum
from pathlib import Path
from typing import TYPE_CHECKING, Any

from redis.exceptions import RedisError

from core.errors import Transient

if TYPE_CHECKING:
    from redis.asyncio import Redis

_SCRIPTS = Path(__file__).parent / "scripts"
_ADMIT = (_SCRIPTS / "breaker_admit.lua").read_text(encoding="utf-8")
_FAIL = (_SCRIPTS / "breaker_fail.lua").read_text(encoding="utf-8")
_PATIENCE_SECONDS = 0.25


class Admission(IntEnum):
    CLOSED = 0
    SUSPECT = 1
    """Closed, and failures are being counted: a success is worth reporting."""
    PROBE = 2
    """This caller, and no other, tries whether it works again."""
    OPEN = 3


class BreakerStore:
    """All of it raises Transient when Redis cannot be reached."""

    def __init__(self, client: "Redis") -> None:
        """Of a client that does not decode responses."""
        self._admit = client.register_script(_ADMIT)
        self._fail = client.register_script(_FAIL)
        self._client = client

    async def look(self, names: Sequence[str]) -> list[Admission]:
        """What `admit` would say, in the order of the names, in one round trip."""
        return [Admission(each) for each in await self._ask(self._admit(keys=[_key(n) for n in names], args=[0]))]

    async def admit(self, name: str, probe: timedelta) -> Admission:
        """PROBE to one caller only, until it reports or `probe` is over."""
        return Admission((await self._ask(self._admit(keys=[_key(name)], args=[_ms(probe)])))[0])

    async def fail(
        self, name: str, *, opens_after: int, first_pause: timedelta, longest_pause: timedelta, memory: timedelta
    ) -> timedelta:
        """Counts a failure; returns for how long the breaker is open now, zero while it is closed."""
        args = [opens_after, _ms(first_pause), _ms(longest_pause), _ms(memory)]
        pause = await self._ask(self._fail(keys=[_key(name)], args=args))
        return timedelta(milliseconds=int(pause))

    async def succeed(self, name: str) -> None:
        """Closes it and forgets what was counted."""
        await self._ask(self._client.delete(_key(name)))

    async def _ask(self, question: Awaitable[Any]) -> Any:
        try:
            async with asyncio.timeout(_PATIENCE_SECONDS):
                return await question
        except (RedisError, OSError) as error:  # a TimeoutError is an OSError
            raise Transient("Redis cannot be reached right now") from error


def _key(name: str) -> str:
    return f"b:{name}"


def _ms(span: timedelta) -> int:
    return max(1, round(span.total_seconds() * 1000))
