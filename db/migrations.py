"""Forward-only migrations, and the two roles that the application connects as."""

import hashlib
from pathlib import Path

import asyncpg

from core.errors import Misconfigured
from db.database import APP_ROLE, ENGINE_ROLE, Transaction

FOLDER = Path(__file__).parent.parent / "migrations"
_LOCK = 7_331_105_018
MINIMUM_VERSION = 180_000
"""RETURNING old.* came with PostgreSQL 18."""


async def migrate(url: str, passwords: dict[str, str]) -> tuple[int, ...]:
    """Applies what is missing, in order, and returns the numbers applied.

    `passwords` holds one for each role. Several processes may call this at once: an advisory lock lets one through at a
    time. Raises Misconfigured with what to do.
    """
    try:
        connection = await asyncpg.connect(url, timeout=20)
    except (OSError, TimeoutError, asyncpg.PostgresError, asyncpg.InterfaceError, ValueError) as error:
        reason = str(error) or type(error).__name__
        raise Misconfigured(f"Cannot connect to PostgreSQL ({reason}). Check STEWARD_DATABASE_URL.") from error
    try:
        if connection.get_server_version().major < MINIMUM_VERSION // 10_000:
            raise Misconfigured("Steward needs PostgreSQL 18 or later. Upgrade the server behind STEWARD_DATABASE_URL.")
        await connection.execute("SELECT pg_advisory_lock($1)", _LOCK)
        return await _migrate(connection, passwords)
    except asyncpg.InsufficientPrivilegeError as error:
        raise Misconfigured(
            f"The role in STEWARD_DATABASE_URL may not change the schema ({error}). Use a role with CREATEROLE that "
            "owns the database; Steward makes its own, weaker roles for everything else."
        ) from error
    finally:
        await connection.close()


async def _migrate(connection: Transaction, passwords: dict[str, str]) -> tuple[int, ...]:
    await _make_roles(connection, passwords)
    await connection.execute(
        "CREATE TABLE IF NOT EXISTS schema_migrations (number integer PRIMARY KEY, name text NOT NULL, "
        "checksum text NOT NULL, applied_at timestamptz NOT NULL DEFAULT now())"
    )
    applied = {row["number"]: row["checksum"] for row in await connection.fetch("SELECT * FROM schema_migrations")}
    done: list[int] = []
    known: set[int] = set()
    for path in sorted(FOLDER.glob("[0-9]*.sql")):
        number, text = int(path.name.split("_")[0]), path.read_text(encoding="utf-8")
        known.add(number)
        checksum = hashlib.sha256(text.encode()).hexdigest()
        if number in applied:
            if applied[number] != checksum:
                raise Misconfigured(f"{path.name} was changed after it was applied. Add a new migration instead.")
            continue
        async with connection.transaction():
            await connection.execute(text)
            await connection.execute(
                "INSERT INTO schema_migrations (number, name, checksum) VALUES ($1, $2, $3)",
                number,
                path.name,
                checksum,
            )
        done.append(number)
    if done and await connection.fetchval("SELECT to_regprocedure('let_eraser_in()') IS NOT NULL"):
        await connection.execute("SELECT let_eraser_in()")  # to the tables that are new; see 0011
    if newer := sorted(set(applied) - known):
        raise Misconfigured(
            f"The database has migration {newer[-1]}, which this version does not know. Update Steward."
        )
    return tuple(done)


async def _make_roles(connection: Transaction, passwords: dict[str, str]) -> None:
    """Roles belong to the whole server, so another database's migration may be making the same ones right now."""
    for role in (APP_ROLE, ENGINE_ROLE):
        # DDL takes no parameters; the names are constants and the passwords are hexadecimal.
        bytes.fromhex(passwords[role])
        clause = f"LOGIN NOSUPERUSER NOBYPASSRLS NOCREATEDB NOCREATEROLE PASSWORD '{passwords[role]}'"
        exists = await connection.fetchval("SELECT true FROM pg_roles WHERE rolname = $1", role)
        if not exists:
            try:
                await connection.execute(f"CREATE ROLE {role} {clause}")
            except asyncpg.UniqueViolationError:
                exists = True
        if exists:
            try:
                await connection.execute(f"ALTER ROLE {role} PASSWORD '{passwords[role]}'")
            except asyncpg.InternalServerError:  # "tuple concurrently updated": the other one set it
                continue
