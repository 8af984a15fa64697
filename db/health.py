"""What `doctor` looks at in the database: version, migrations, roles, row-level security."""

from dataclasses import dataclass

import asyncpg

from core.errors import Misconfigured
from db.database import APP_ROLE, ENGINE_ROLE, Transaction
from db.migrations import FOLDER
from db.sql import load_queries

_SQL = load_queries("health")


@dataclass(frozen=True, slots=True, kw_only=True)
class DatabaseState:
    version: str
    """Of the server, e.g. `18.1`."""
    pending: tuple[int, ...]
    """Migrations that are not applied yet."""
    missing_roles: tuple[str, ...]
    powerful_roles: tuple[str, ...]
    """Of the two, those that see past row-level security: superusers, or with BYPASSRLS."""
    open_tables: tuple[str, ...]
    """Of tenants, readable by the app, without forced row-level security."""
    oldest_transaction_seconds: float
    """A long-open one keeps dead rows alive and makes every turn slower."""


async def inspect_database(url: str) -> DatabaseState:
    """Changes nothing. `url` is the owner's. Raises Misconfigured with what to do."""
    try:
        connection = await asyncpg.connect(url, timeout=20, command_timeout=20)
    except (OSError, TimeoutError, asyncpg.PostgresError, asyncpg.InterfaceError, ValueError) as error:
        reason = str(error) or type(error).__name__
        raise Misconfigured(f"Cannot connect to PostgreSQL ({reason}). Check STEWARD_DATABASE_URL.") from error
    try:
        return await _inspect(connection)
    except asyncpg.PostgresError as error:
        raise Misconfigured(f"PostgreSQL does not let this role look ({error}). Check STEWARD_DATABASE_URL.") from error
    finally:
        await connection.close()


async def _inspect(connection: Transaction) -> DatabaseState:
    applied: set[int] = set()
    if await connection.fetchval(_SQL["is_migrated"]):
        applied = {row["number"] for row in await connection.fetch(_SQL["migrations"])}
    roles = {row["rolname"]: row["powerful"] for row in await connection.fetch(_SQL["roles"], [APP_ROLE, ENGINE_ROLE])}
    has_app = APP_ROLE in roles
    numbers = sorted(int(path.name.split("_")[0]) for path in FOLDER.glob("[0-9]*.sql"))
    major, minor = connection.get_server_version()[:2]
    return DatabaseState(
        version=f"{major}.{minor}",
        pending=tuple(number for number in numbers if number not in applied),
        missing_roles=tuple(role for role in (APP_ROLE, ENGINE_ROLE) if role not in roles),
        powerful_roles=tuple(sorted(role for role, powerful in roles.items() if powerful)),
        open_tables=tuple(r["name"] for r in await connection.fetch(_SQL["open_tables"], APP_ROLE)) if has_app else (),
        oldest_transaction_seconds=await connection.fetchval(_SQL["oldest_transaction"]),
    )
