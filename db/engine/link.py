"""One pinned connection of the engine. Pool hand-outs and resets would cost more than the statements."""

import asyncio
from collections.abc import AsyncGenerator
from contextlib import asynccontextmanager
from types import TracebackType
from typing import Any

import asyncpg
import structlog

from core.errors import Transient
from db.database import UNREACHABLE, Transaction

_log = structlog.get_logger(__name__)
_SETTINGS = {
    # Statements prepared on empty tables would keep plans that suit empty tables.
    "plan_cache_mode": "force_generic_plan",
    "enable_seqscan": "off",
    "jit": "off",
    "application_name": "steward-engine",
}
NESTED = {"enable_hashjoin": "off", "enable_mergejoin": "off"}
"""For links whose statements join arrays to tables: always by the key's index, in the order of the array."""
COMMAND_SECONDS = 30


class Link:
    """Serialises its users; connects on first use and again after the server went away."""

    def __init__(self, url: str, name: str, settings: dict[str, str] | None = None) -> None:
        self._url = url
        self._name = name
        self._settings = {**_SETTINGS, **(settings or {}), "application_name": f"steward-{name}"}
        self._lock = asyncio.Lock()
        self._connection: asyncpg.Connection[Any] | None = None
        self.drops = 0
        """How often the connection was lost: each time the answer to a statement that was committed may be lost too."""

    @asynccontextmanager
    async def use(self) -> AsyncGenerator[Transaction]:
        """The connection, for one user at a time. Raises Transient when the server cannot be reached."""
        async with self._lock:
            try:
                if self._connection is not None and self._connection.is_closed():
                    await self._drop()
                if self._connection is None:
                    self._connection = await self._connect()
                yield self._connection
            except (*UNREACHABLE, TimeoutError) as error:
                await self._drop()
                raise Transient("PostgreSQL cannot be reached right now") from error
            except asyncio.CancelledError:
                # A statement cut off half-way leaves the connection busy; a new one is cheaper than waiting.
                await self._drop()
                raise

    async def _connect(self) -> "asyncpg.Connection[Any]":
        try:
            return await asyncpg.connect(
                self._url, server_settings=self._settings, command_timeout=COMMAND_SECONDS, timeout=10
            )
        except asyncpg.PostgresError as error:  # it worked before: whatever is refused now may be allowed again
            raise Transient(f"PostgreSQL refuses the connection ({type(error).__name__})") from error

    @asynccontextmanager
    async def transaction(self) -> AsyncGenerator[Transaction]:
        async with self.use() as connection, connection.transaction():
            yield connection

    async def fetch(self, query: str, *arguments: object) -> list[asyncpg.Record]:
        async with self.use() as connection:
            return await connection.fetch(query, *arguments)

    async def _drop(self) -> None:
        connection, self._connection = self._connection, None
        if connection is not None:
            self.drops += 1
            connection.terminate()
            _log.warning("engine_link_dropped", link=self._name)

    async def aclose(self) -> None:
        async with self._lock:
            connection, self._connection = self._connection, None
            if connection is not None and not connection.is_closed():
                await connection.close(timeout=5)

    async def __aenter__(self) -> "Link":
        return self

    async def __aexit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        await self.aclose()
