"""What a turn's finish writes about money and models, under the engine role, and who reads it."""

from collections.abc import AsyncIterator
from uuid import UUID

import asyncpg
import pytest

from core.changes import AddToBudget, Change, DecideLimit, JudgeModel, SetBudget
from core.errors import Stale
from core.ids import AccountId, MemberId, StreamId, TenantId
from core.money import Money
from db.database import Database
from db.engine.changes import apply_change
from db.engine.streams import Lease
from db.models import (
    ModelOutcome,
    delete_model_key,
    list_model_keys,
    list_model_outcomes,
    note_key_trouble,
    read_model_policy,
    save_model_key,
    save_model_policy,
)
from tests.support.databases import Urls

TENANT, OWNER = TenantId(2), MemberId(1)
LEASE = Lease(
    TENANT, StreamId(UUID(int=1)), "desk", AccountId(1), "chat", 1, 0, 1, 0, "bot", None, None, None
)  # fmt: skip


def eur(micros: int) -> Money:
    return Money(micros=micros, currency="EUR")


@pytest.fixture
async def engine(urls: Urls, owner_connection: asyncpg.Connection) -> AsyncIterator[asyncpg.Connection]:
    await owner_connection.execute(
        "INSERT INTO tenants (tenant_id, slug, name, language, time_zone, currency) OVERRIDING SYSTEM VALUE "
        "VALUES (2, 'bakery', 'Bakery', 'en', 'Pacific/Kiritimati', 'EUR')"
    )
    connection = await asyncpg.connect(urls.engine)
    yield connection
    await connection.close()


async def apply(engine: asyncpg.Connection, *changes: Change) -> None:
    for change in changes:
        await apply_change(engine, LEASE, "", change)


async def test_budgets_of_every_scope_stand_side_by_side(
    engine: asyncpg.Connection, owner_connection: asyncpg.Connection
) -> None:
    await apply(
        engine,
        SetBudget(limit=eur(1), member_id=OWNER),
        SetBudget(limit=eur(2), member_id=OWNER, scope="day"),
        SetBudget(limit=eur(3), member_id=OWNER, scope="agent", name="billing"),
        SetBudget(limit=eur(4), member_id=OWNER, scope="agent"),
        SetBudget(limit=eur(5), member_id=OWNER),
    )
    rows = await owner_connection.fetch("SELECT scope, name, limit_micros FROM budgets ORDER BY limit_micros")
    assert [tuple(row) for row in rows] == [
        ("day", "", 2), ("agent", "billing", 3), ("agent", "", 4), ("month", "", 5),
    ]  # fmt: skip
    with pytest.raises(asyncpg.CheckViolationError):
        await apply(engine, SetBudget(limit=eur(1), member_id=OWNER, scope="day", name="billing"))
    with pytest.raises(asyncpg.CheckViolationError):
        await apply(engine, SetBudget(limit=eur(-1), member_id=OWNER))


async def test_an_extra_is_of_today_where_the_tenant_is(
    engine: asyncpg.Connection, owner_connection: asyncpg.Connection
) -> None:
    await apply(engine, AddToBudget(amount=eur(7), member_id=OWNER), AddToBudget(amount=eur(7), member_id=OWNER))
    extras = await owner_connection.fetch(
        "SELECT micros, day = (clock_timestamp() AT TIME ZONE 'Pacific/Kiritimati')::date FROM budget_extras"
    )
    assert [tuple(row) for row in extras] == [(7, True), (7, True)]
    with pytest.raises(asyncpg.CheckViolationError):
        await apply(engine, AddToBudget(amount=eur(0), member_id=OWNER))


async def test_a_limit_that_nobody_reached_or_somebody_decided_is_stale(
    engine: asyncpg.Connection, owner_connection: asyncpg.Connection
) -> None:
    choice = DecideLimit(scope="day", period="2026-11-27", limit=eur(5), decision="stay", member_id=OWNER)
    with pytest.raises(Stale):
        await apply(engine, choice)
    await owner_connection.execute(
        "INSERT INTO budget_alerts (tenant_id, scope, key, threshold, limit_micros, used_micros, currency) "
        "VALUES (2, 'day', '2026-11-27', 100, 5, 5, 'EUR')"
    )
    await apply(engine, choice)
    with pytest.raises(Stale):
        await apply(engine, choice)


async def test_verdicts_on_models_add_up(engine: asyncpg.Connection, database: Database) -> None:
    await apply(
        engine,
        *(JudgeModel(model="groq/llama", difficulty=2, good=good) for good in (True, True, False)),
        JudgeModel(model="groq/llama", difficulty=4, good=False),
    )
    async with database.tenant(TENANT) as tx:
        assert await list_model_outcomes(tx, TENANT) == (
            ModelOutcome(model="groq/llama", difficulty=2, good=2, bad=1),
            ModelOutcome(model="groq/llama", difficulty=4, good=0, bad=1),
        )


async def test_keys_and_policy_of_ones_own(
    engine: asyncpg.Connection, database: Database, owner_connection: asyncpg.Connection
) -> None:
    version = "SELECT version FROM tenants WHERE tenant_id = 2"
    before = await owner_connection.fetchval(version)
    async with database.tenant(TENANT) as tx:
        await save_model_key(tx, TENANT, "openai", b"sealed")
        assert await note_key_trouble(tx, TENANT, "openai", 1, "refused")
        assert not await note_key_trouble(tx, TENANT, "openai", 1, "refused")
        (key,) = await list_model_keys(tx, TENANT)
        assert (key.secrets, key.trouble, key.version) == (b"sealed", "refused", 1)
        assert "sealed" not in repr(key)
        await save_model_key(tx, TENANT, "openai", b"other")
        assert not await note_key_trouble(tx, TENANT, "openai", 1, "refused")  # the one before
        (key,) = await list_model_keys(tx, TENANT)
        assert (key.trouble, key.version) == ("", 2)
        assert await delete_model_key(tx, TENANT, "openai")
        assert not await delete_model_key(tx, TENANT, "openai")
        assert await read_model_policy(tx, TENANT) == {}
        await save_model_policy(tx, TENANT, {"allowed": ["groq/llama"]})
        await save_model_policy(tx, TENANT, {"allowed": ["groq/llama"]})
        assert await read_model_policy(tx, TENANT) == {"allowed": ["groq/llama"]}
    assert await owner_connection.fetchval(version) == before + 4
