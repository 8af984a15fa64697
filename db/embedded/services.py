"""Both servers, started with Steward, watched while it runs, and stopped when its last process ends."""

import asyncio
from collections.abc import AsyncGenerator, Sequence
from contextlib import asynccontextmanager, suppress
from dataclasses import dataclass
from pathlib import Path

import structlog

from core.errors import Misconfigured
from db.embedded import process
from db.embedded.folder import StateFolder
from db.embedded.postgres import Postgres
from db.embedded.redis import Redis
from db.embedded.server import Server

log = structlog.get_logger(__name__)

_LOOK_SECONDS = 0.2
_LONGEST_PAUSE_SECONDS = 10.0


@dataclass(frozen=True, slots=True, kw_only=True)
class Services:
    database_url: str
    """The superuser's URL, for asyncpg; empty where PostgreSQL was not asked for. Roles come by migration."""
    redis_url: str
    """For redis-py; empty where Redis was not asked for."""


@asynccontextmanager
async def start_services(
    state: Path, *, postgres: bool = True, redis: bool = True, durable: bool = True
) -> AsyncGenerator[Services]:
    """Real servers in the state folder, shared with every other process that names the same folder.

    One that dies meanwhile is started again. The last process to leave stops them; after a kill -9 the next start
    adopts or recovers them. `durable=False` switches fsync off: for tests, since a power cut then loses data.

    Raises: Misconfigured.
    """
    folder = StateFolder.prepare(state)
    database, cache = Postgres(folder), Redis(folder)
    servers = [server for server, wanted in ((database, postgres), (cache, redis)) if wanted]
    async with folder.starting():
        handle = folder.join()
        try:
            for server in servers:
                await server.start(durable=durable)
        except BaseException:
            folder.leave(handle)
            await _stop_unless_used(folder, [database, cache])
            raise
    watch = asyncio.create_task(_keep_alive(folder, servers, durable=durable), name="embedded services")
    try:
        yield Services(database_url=database.url if postgres else "", redis_url=cache.url if redis else "")
    finally:
        watch.cancel()
        with suppress(asyncio.CancelledError):
            await watch
        async with folder.starting():
            folder.leave(handle)
            await _stop_unless_used(folder, [database, cache])


async def stop_services(state: Path) -> bool:
    """Stop servers that a killed Steward left running; True when there were any.

    Raises: Misconfigured while a living Steward uses them.
    """
    folder = StateFolder.prepare(state)
    async with folder.starting():
        if not folder.unused():
            raise Misconfigured(f"Steward is running with the state folder {folder.path}. Stop it first, with Ctrl-C.")
        return any([await server.stop() for server in (Redis(folder), Postgres(folder))])


async def _stop_unless_used(folder: StateFolder, servers: Sequence[Server]) -> None:
    unused = folder.unused()
    for server in reversed(servers):
        if unused:
            await server.stop()
        server.forget()


async def _keep_alive(folder: StateFolder, servers: Sequence[Server], *, durable: bool) -> None:
    """A kill of a server costs its clients one reconnect, not the night."""
    failures = 0
    while True:
        await asyncio.sleep(min(_LOOK_SECONDS * 2**failures, _LONGEST_PAUSE_SECONDS))
        try:
            for server in servers:
                process.bound(server.log)
                if not server.lives():
                    await _revive(folder, server, durable=durable)
            failures = 0
        except (Misconfigured, OSError) as error:
            failures += 1
            log.error("embedded_server_down", reason=str(error))


async def _revive(folder: StateFolder, server: Server, *, durable: bool) -> None:
    log.warning("embedded_server_died", server=server.title)
    async with folder.starting():
        await server.start(durable=durable)
    log.warning("embedded_server_back", server=server.title)
