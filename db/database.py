"""Connections to PostgreSQL, each under the role that its work is allowed to have."""

from collections.abc import AsyncGenerator
from contextlib import asynccontextmanager
from typing import TYPE_CHECKING, Any, TypeAlias
from urllib.parse import quote, urlsplit, urlunsplit

import asyncpg

from core.errors import Misconfigured, Transient
from core.ids import TenantId

if TYPE_CHECKING:
    from asyncpg.pool import PoolConnectionProxy

    Transaction: TypeAlias = "asyncpg.Connection[Any] | PoolConnectionProxy[Any]"
    Pool: TypeAlias = "asyncpg.Pool[Any]"
else:
    Transaction: TypeAlias = Any
    Pool: TypeAlias = Any

UNREACHABLE = (
    OSError,
    asyncpg.PostgresConnectionError,
    asyncpg.InterfaceError,
    asyncpg.InternalClientError,  # what asyncpg raises for a connection that broke at an awkward moment
    asyncpg.exceptions.OperatorInterventionError,  # stopping, crashing, starting, cancelled by somebody
    asyncpg.InsufficientResourcesError,  # connections, memory, disk
    asyncpg.exceptions.TransactionRollbackError,  # deadlock
    asyncpg.ReadOnlySQLTransactionError,  # the server became a standby
)
"""What passes, with another try on another connection."""
APP_ROLE, ENGINE_ROLE = "steward_app", "steward_engine"


def url_for_role(url: str, role: str, password: str) -> str:
    """The same database under another role; the host and options of `url` stay."""
    parts = urlsplit(url)
    host = parts.netloc.rpartition("@")[2]
    return urlunsplit(parts._replace(netloc=f"{role}:{quote(password, safe='')}@{host}"))


class Database:
    """The tenants' side: every transaction sees one tenant."""

    def __init__(self, pool: Pool) -> None:
        self._pool = pool

    @asynccontextmanager
    async def tenant(self, tenant: TenantId, *, readonly: bool = False) -> AsyncGenerator[Transaction]:
        """A transaction that sees `tenant` only. Raises Transient when the database cannot be reached."""
        try:
            async with self._pool.acquire() as connection, connection.transaction(readonly=readonly):
                await connection.execute("SELECT set_config('app.tenant_id', $1, true)", str(tenant))
                yield connection
        except UNREACHABLE as error:
            raise Transient("PostgreSQL cannot be reached right now") from error

    @asynccontextmanager
    async def statements(self) -> AsyncGenerator[Transaction]:
        """A connection on which every statement is a transaction of its own, and sees no tenant unless it names one as
        the ledger's do. Raises Transient when the database cannot be reached."""
        try:
            async with self._pool.acquire() as connection:
                yield connection
        except UNREACHABLE as error:
            raise Transient("PostgreSQL cannot be reached right now") from error


@asynccontextmanager
async def open_pool(url: str, *, size: int) -> AsyncGenerator[Pool]:
    """A pool that opens connections as they are needed. Raises Misconfigured with what to do."""
    try:
        # The reset on release costs 28 % of a short transaction; settings here are only ever set per transaction.
        pool = await asyncpg.create_pool(url, min_size=1, max_size=size, reset=_keep_session, command_timeout=60)
    except (OSError, asyncpg.PostgresError, asyncpg.InterfaceError, ValueError) as error:
        raise Misconfigured(f"Cannot connect to PostgreSQL ({error}). Check STEWARD_DATABASE_URL.") from error
    try:
        yield pool
    finally:
        await pool.close()


async def _keep_session(connection: Transaction) -> None:
    """Every transaction ends by itself and sets nothing for the session, so there is nothing to reset."""
