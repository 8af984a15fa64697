"""What the two roles may: the wall is typed functions, this is what stands behind it."""

import asyncpg
import pytest

from db.database import APP_ROLE, ENGINE_ROLE, open_pool
from tests.isolation.conftest import World
from tests.isolation.two_tenants import tenant_tables
from tests.support.databases import Urls

OPEN_TABLES = {
    "desk_bindings": "says which tenant a chat speaks for, so it is read before a tenant is known; engine role only",
}
"""With a tenant_id and without row-level security, each with its reason."""
SHARED_TABLES = {
    "workers": "processes, not tenants; engine role only",
    "schema_migrations": "the schema's history; owner only",
    "exchange_rates": "the operator's; every tenant's money is counted with them, and only the engine role writes them",
}
"""Without a tenant_id."""
ENGINE_READS: dict[str, set[str] | None] = {
    "streams": None, "inbox": None, "outbox": None, "timers": None, "workers": None, "desk_bindings": None,
    "invites": None, "tenants": None, "channel_accounts": None, "connections": None, "watches": None,
    "contacts": {"tenant_id", "contact_id"},
    "approvals": {"tenant_id", "approval_id", "status", "expires_at"},
    "budgets": {"tenant_id", "scope", "name"},
    "exchange_rates": None, "spend": None, "budget_alerts": None,
    "ledger": {
        "tenant_id", "entry_id", "status", "reserved_micros", "cost_micros", "currency", "day", "stream_kind",
        "stream_id", "agent", "created_at", "expires_at",
    },
    "model_outcomes": {"tenant_id", "model", "difficulty", "good", "bad"},
    "knowledge_files": {"tenant_id", "file_id", "refresh_at"},
    "members": {"tenant_id", "member_id", "account_id", "chat", "desk", "role"},
    "turns": {"tenant_id", "stream_id", "upto_seq", "finished_at"},
    "messages": {"tenant_id", "stream_id", "seq", "n"},
    "dead_letters": {"tenant_id", "stream_id", "seq"},
    "contact_links": {"tenant_id", "contact_id", "person_id"},
    "link_codes": None, "link_tries": None, "profiles": None,
    "preferences": {"tenant_id", "contact_id", "name"},
    "habits": {"tenant_id", "contact_id", "habit", "times"},
    "facts": {"tenant_id", "contact_id", "fact_id", "slot", "key", "since", "until"},
    "summaries": {"tenant_id", "stream_id", "contact_id", "upto_seq"},
    "cases": {"tenant_id", "stream_id", "version", "contact_id", "closed_at"},
    "shared_state": {"tenant_id", "key", "version"},
    "training_examples": {"tenant_id", "contact_id", "example_id"},
    "notes": {"tenant_id", "stream_id"},
    "pictures": {"tenant_id", "picture_id", "expires_at"},
}  # fmt: skip
"""Columns the engine role may SELECT; None: all of them. Every other table: none."""


async def _granted(owner: asyncpg.Connection, role: str, privilege: str) -> dict[str, set[str]]:
    granted: dict[str, set[str]] = {}
    for row in await owner.fetch(
        "SELECT c.relname, a.attname, has_column_privilege($1, c.oid, a.attnum, $2) AS may FROM pg_class c "
        "JOIN pg_attribute a ON a.attrelid = c.oid AND a.attnum > 0 AND NOT a.attisdropped "
        "WHERE c.relkind IN ('r', 'p', 'v', 'm') AND c.relnamespace = 'public'::regnamespace",
        role,
        privilege,
    ):
        granted.setdefault(row["relname"], set())
        if row["may"]:
            granted[row["relname"]].add(row["attname"])
    return granted


async def test_the_engine_reads_what_it_needs_and_no_contents(owner_connection: asyncpg.Connection) -> None:
    may = await _granted(owner_connection, ENGINE_ROLE, "SELECT")
    every = await _granted(owner_connection, "postgres", "SELECT")
    expected = {table: (every[table] if (c := ENGINE_READS.get(table, set())) is None else c) for table in every}
    assert may == expected


@pytest.mark.parametrize(
    "column",
    [
        "messages.text", "contacts.name", "contacts.phone", "contacts.external_id", "approvals.question",
        "approvals.decided_text", "approvals.action", "knowledge.text", "knowledge.source",
        "knowledge_files.name", "knowledge_files.url", "audit.details",
        "members.name", "budgets.limit_micros", "budget_extras.micros", "ledger.model", "ledger.decision",
        "model_keys.secrets", "turns.trace", "dead_letters.error", "shipments.reference", "agreed_prices.item",
        "facts.text", "pictures.bytes", "summaries.text", "preferences.value", "action_uses.arguments",
        "action_uses.result",
        "business_records.details", "cases.title", "shared_state.value", "action_secrets.sealed",
        "training_examples.question", "training_examples.correction",
    ],
)  # fmt: skip
async def test_the_engine_is_refused_the_contents(world: World, urls: Urls, column: str) -> None:
    table, _, name = column.partition(".")
    engine = await asyncpg.connect(urls.engine)
    try:
        with pytest.raises(asyncpg.InsufficientPrivilegeError):
            await engine.fetch(f"SELECT {name} FROM {table}")
        with pytest.raises(asyncpg.InsufficientPrivilegeError):  # nor by way of what an update gives back
            await engine.fetch(f"SELECT t FROM {table} t")
    finally:
        await engine.close()


async def test_the_app_sees_nothing_without_a_tenant(world: World, urls: Urls) -> None:
    app = await asyncpg.connect(urls.app)
    try:
        for table in set(await tenant_tables(world.owner)) - OPEN_TABLES.keys():
            assert await world.owner.fetchval(f"SELECT count(*) FROM {table}") >= 2, table
            assert await app.fetchval(f"SELECT count(*) FROM {table}") == 0, table
            for nobody in ("", "0", "999"):
                async with app.transaction():
                    await app.execute("SELECT set_config('app.tenant_id', $1, true)", nobody)
                    assert await app.fetchval(f"SELECT count(*) FROM {table}") == 0, (table, nobody)
    finally:
        await app.close()


async def test_the_app_sees_one_tenant_only(world: World) -> None:
    async with world.database.tenant(world.a.tenant) as tx:
        for table in set(await tenant_tables(world.owner)) - OPEN_TABLES.keys():
            seen = {row[0] for row in await tx.fetch(f"SELECT tenant_id FROM {table}")}
            assert seen == {world.a.tenant}, table


async def test_the_tenant_is_forgotten_after_each_transaction(world: World, urls: Urls) -> None:
    """One connection, used by one after the other: also after an error."""
    async with open_pool(urls.app, size=1) as pool:
        database = type(world.database)(pool)

        async def left_behind() -> tuple[object, int]:
            async with pool.acquire() as connection:
                setting = await connection.fetchval("SELECT current_setting('app.tenant_id', true)")
                return setting or None, await connection.fetchval("SELECT count(*) FROM knowledge")

        async with database.tenant(world.b.tenant) as tx:
            assert await tx.fetchval("SELECT count(*) FROM knowledge") == 1
        assert await left_behind() == (None, 0)
        with pytest.raises(asyncpg.DivisionByZeroError):
            async with database.tenant(world.b.tenant) as tx:
                await tx.execute("SELECT 1 / 0")
        assert await left_behind() == (None, 0)


async def test_neither_role_has_power_or_owns_anything(owner_connection: asyncpg.Connection) -> None:
    roles = await owner_connection.fetch(
        "SELECT rolname, rolsuper, rolbypassrls, rolcreatedb, rolcreaterole, rolreplication FROM pg_roles "
        "WHERE rolname = ANY ($1)",
        [APP_ROLE, ENGINE_ROLE],
    )
    assert {role["rolname"] for role in roles} == {APP_ROLE, ENGINE_ROLE}
    assert not any(any(tuple(role)[1:]) for role in roles)
    owned = "SELECT count(*) FROM pg_class c JOIN pg_roles r ON r.oid = c.relowner WHERE r.rolname = ANY ($1)"
    assert await owner_connection.fetchval(owned, [APP_ROLE, ENGINE_ROLE]) == 0
    joined = "SELECT count(*) FROM pg_auth_members m JOIN pg_roles r ON r.oid = m.member WHERE r.rolname = ANY ($1)"
    assert await owner_connection.fetchval(joined, [APP_ROLE, ENGINE_ROLE]) == 0
    assert not await owner_connection.fetchval("SELECT has_schema_privilege($1, 'public', 'CREATE')", APP_ROLE)
    assert not await owner_connection.fetchval("SELECT has_schema_privilege($1, 'public', 'CREATE')", ENGINE_ROLE)


async def test_every_tenant_table_forces_row_level_security(owner_connection: asyncpg.Connection) -> None:
    tables = set(await tenant_tables(owner_connection))
    forced = {
        row[0]
        for row in await owner_connection.fetch(
            "SELECT relname FROM pg_class WHERE relrowsecurity AND relforcerowsecurity"
        )
    }
    assert tables - forced == OPEN_TABLES.keys()
    every = await _granted(owner_connection, "postgres", "SELECT")
    assert every.keys() - tables == SHARED_TABLES.keys()
    for privilege in ("SELECT", "INSERT", "UPDATE"):
        may = await _granted(owner_connection, APP_ROLE, privilege)
        closed = {*OPEN_TABLES, *SHARED_TABLES} - ({"exchange_rates"} if privilege == "SELECT" else set())
        assert not any(may[table] for table in closed), privilege


async def test_every_policy_of_the_app_names_the_tenant(owner_connection: asyncpg.Connection) -> None:
    """One permissive policy more would open a table: they are joined with OR."""
    rows = await owner_connection.fetch(
        "SELECT tablename, policyname, roles::text[] AS roles, qual, with_check FROM pg_policies"
    )
    of_app = [row for row in rows if APP_ROLE in row["roles"] or "public" in row["roles"]]
    assert sorted(row["tablename"] for row in of_app) == sorted(
        set(await tenant_tables(owner_connection)) - OPEN_TABLES.keys()
    )
    for row in of_app:
        for rule in (row["qual"], row["with_check"]):
            assert "tenant_id = " in rule and "app.tenant_id" in rule, row["tablename"]


async def test_no_function_and_no_view_goes_around(owner_connection: asyncpg.Connection) -> None:
    """But for the one that deletes a tenant; see `test_erasing.py`."""
    functions = (
        "SELECT count(*) FROM pg_proc WHERE pronamespace = 'public'::regnamespace AND prosecdef "
        "AND proname <> 'erase_tenant'"
    )
    views = "SELECT count(*) FROM pg_class WHERE relnamespace = 'public'::regnamespace AND relkind IN ('v', 'm')"
    assert await owner_connection.fetchval(functions) == 0
    assert await owner_connection.fetchval(views) == 0
