"""Deleting a tenant: all of it and nothing else, by two roles together, and by a third that sees only ids."""

from collections.abc import AsyncIterator

import asyncpg
import pytest

from db.database import APP_ROLE, ENGINE_ROLE
from db.engine.overview import erase_tenant, list_ghosts
from tests.isolation.conftest import World
from tests.isolation.two_tenants import snapshot, tenant_tables
from tests.support.databases import Urls

ERASER = "steward_eraser"


@pytest.fixture
async def engine(urls: Urls) -> AsyncIterator[asyncpg.Connection]:
    connection = await asyncpg.connect(urls.engine)
    yield connection
    await connection.close()


async def mark(world: World) -> None:
    await world.owner.execute(
        "UPDATE tenants SET suspended_at = now(), deleting_at = now() WHERE tenant_id = $1", world.b.tenant
    )


@pytest.mark.parametrize("most", [1, 7, 10_000])
async def test_every_row_of_the_tenant_goes_in_chunks_and_none_of_another(
    world: World, engine: asyncpg.Connection, most: int
) -> None:
    before, all_rows = await snapshot(world.owner, world.a.tenant), await snapshot(world.owner, world.b.tenant)
    assert all(all_rows[table] for table in await tenant_tables(world.owner) if table != "desk_bindings")
    await world.owner.execute("INSERT INTO desk_bindings VALUES (1, 'x', $1)", world.b.tenant)
    await mark(world)
    erased = 0
    while gone := await erase_tenant(engine, world.b.tenant, most):
        assert gone <= most
        erased += gone
    assert erased == sum(map(len, all_rows.values())) + 1
    assert not any((await snapshot(world.owner, world.b.tenant)).values())
    assert await snapshot(world.owner, world.a.tenant) == before
    assert await erase_tenant(engine, world.b.tenant, most) == 0


async def test_what_is_written_behind_the_last_row_goes_too(world: World, engine: asyncpg.Connection) -> None:
    await mark(world)
    await erase_tenant(engine, world.b.tenant, 10_000)
    await world.owner.execute(
        "INSERT INTO audit (tenant_id, actor, action) VALUES ($1, 'late', 'late')", world.b.tenant
    )
    assert await erase_tenant(engine, world.b.tenant, 10_000) == 1


async def test_what_is_recorded_for_a_tenant_that_is_gone_is_found(world: World, engine: asyncpg.Connection) -> None:
    assert await list_ghosts(engine, 9) == []
    await mark(world)
    await erase_tenant(engine, world.b.tenant, 10_000)
    assert await list_ghosts(engine, 9) == []
    await world.owner.execute(
        "INSERT INTO streams (tenant_id, stream_id, kind, account_id, chat, last_seq, dirty, lease_token) "
        "SELECT t, gen_random_uuid(), 'desk', 0, '', 1, true, 1 FROM unnest(ARRAY[$1, $1, 1]::bigint[]) t",
        world.b.tenant,
    )
    assert await list_ghosts(engine, 9) == []  # its id was never given out
    await world.owner.execute("SELECT setval('tenants_tenant_id_seq', $1)", world.b.tenant)
    assert await list_ghosts(engine, 9) == [world.b.tenant]
    assert await erase_tenant(engine, world.b.tenant, 10_000) == 2
    assert await list_ghosts(engine, 9) == []


@pytest.mark.parametrize("marks", ["", "suspended_at = now()"])
async def test_a_tenant_that_is_not_marked_stays(world: World, engine: asyncpg.Connection, marks: str) -> None:
    if marks:
        await world.owner.execute(f"UPDATE tenants SET {marks}")
    before = await snapshot(world.owner, world.b.tenant)
    for tenant in (world.b.tenant, 1, 0, -1):
        with pytest.raises(asyncpg.InsufficientPrivilegeError):
            await engine.fetchval("SELECT erase_tenant($1, 100)", tenant)
    assert await snapshot(world.owner, world.b.tenant) == before


async def test_the_operator_itself_is_never_deleted(world: World, engine: asyncpg.Connection) -> None:
    await world.owner.execute("UPDATE tenants SET suspended_at = now(), deleting_at = now()")
    with pytest.raises(asyncpg.InsufficientPrivilegeError):
        await engine.fetchval("SELECT erase_tenant(1, 100)")


async def test_it_takes_both_roles(world: World, engine: asyncpg.Connection, urls: Urls) -> None:
    """The one that may delete cannot mark, the one that may mark cannot delete, and nobody else can do either."""
    with pytest.raises(asyncpg.InsufficientPrivilegeError):
        await engine.execute("UPDATE tenants SET deleting_at = now() WHERE tenant_id = $1", world.b.tenant)
    with pytest.raises(asyncpg.InsufficientPrivilegeError):
        await engine.execute("UPDATE tenants SET suspended_at = now() WHERE tenant_id = $1", world.b.tenant)
    await mark(world)
    app = await asyncpg.connect(urls.app)
    try:
        with pytest.raises(asyncpg.InsufficientPrivilegeError):
            await app.fetchval("SELECT erase_tenant($1, 100)", world.b.tenant)
    finally:
        await app.close()


async def test_only_a_suspended_tenant_can_be_marked(world: World) -> None:
    with pytest.raises(asyncpg.CheckViolationError):
        await world.owner.execute("UPDATE tenants SET deleting_at = now() WHERE tenant_id = $1", world.b.tenant)


async def test_the_eraser_sees_ids_owns_one_function_and_nobody_can_be_it(world: World) -> None:
    role = await world.owner.fetchrow("SELECT * FROM pg_roles WHERE rolname = $1", ERASER)
    assert role is not None
    assert not any(role[name] for name in ("rolcanlogin", "rolsuper", "rolbypassrls", "rolcreaterole", "rolcreatedb"))
    for other in (APP_ROLE, ENGINE_ROLE):
        assert not await world.owner.fetchval("SELECT pg_has_role($1, $2, 'MEMBER')", other, ERASER)
    owned = await world.owner.fetch("SELECT proname FROM pg_proc WHERE proowner = $1::regrole", ERASER)
    assert [row[0] for row in owned] == ["erase_tenant"]
    readable = await world.owner.fetch(
        "SELECT c.relname, a.attname FROM pg_class c JOIN pg_attribute a ON a.attrelid = c.oid AND a.attnum > 0 "
        "AND NOT a.attisdropped WHERE c.relkind = 'r' AND c.relnamespace = 'public'::regnamespace "
        "AND has_column_privilege($1, c.oid, a.attnum, 'SELECT')",
        ERASER,
    )
    extra = {(row[0], row[1]) for row in readable if row[1] != "tenant_id"}
    assert extra == {("tenants", "suspended_at"), ("tenants", "deleting_at")}
    written = await world.owner.fetchval(
        "SELECT count(*) FROM pg_class c WHERE c.relnamespace = 'public'::regnamespace AND c.relkind = 'r' "
        "AND (has_any_column_privilege($1, c.oid, 'INSERT') OR has_any_column_privilege($1, c.oid, 'UPDATE'))",
        ERASER,
    )
    assert written == 0


async def test_row_level_security_holds_the_eraser_back_as_well(world: World) -> None:
    """Even with the function out of the way: without marks there is nothing for it to delete, in any table."""
    for table in sorted(set(await tenant_tables(world.owner)) - {"desk_bindings"}):
        policies = {
            row[0]
            for row in await world.owner.fetch("SELECT polname FROM pg_policy WHERE polrelid = $1::regclass", table)
        }
        assert "erases" in policies, table
        async with world.owner.transaction():
            await world.owner.execute(f"SET LOCAL ROLE {ERASER}")
            assert await world.owner.execute(f"DELETE FROM {table}") == "DELETE 0", table
