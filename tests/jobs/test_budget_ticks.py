"""What the clock does with money: it expires what nobody closed, tells owners once, forgets after 400 days."""

import asyncio
from datetime import timedelta
from uuid import UUID

import asyncpg

from core.events import BudgetReached, Event
from core.turns import TurnInput, TurnOutcome, TurnTools
from jobs.ticks import LEDGER_TIME
from tests.support.databases import Urls
from tests.support.engines import TENANT, RecordingChannel, engine_of, until

DESKS = (UUID(int=51), UUID(int=52))


async def furnish(owner: asyncpg.Connection) -> None:
    await owner.execute(
        "INSERT INTO tenants (tenant_id, slug, name, language, time_zone, currency) OVERRIDING SYSTEM VALUE "
        "VALUES ($1, 'bakery', 'Bakery', 'en', 'UTC', 'EUR')",
        TENANT,
    )
    for desk in DESKS:
        await owner.execute(
            "INSERT INTO members (tenant_id, name, role, account_id, chat, desk) VALUES ($1, 'A', 'owner', 7, $2, $3)",
            TENANT, f"chat {desk}", desk,
        )  # fmt: skip


async def alert(owner: asyncpg.Connection, threshold: int) -> None:
    await owner.execute(
        "INSERT INTO budget_alerts (tenant_id, scope, key, threshold, limit_micros, used_micros, currency) "
        "VALUES ($1, 'month', '2026-11', $2, 100, 99, 'EUR')",
        TENANT, threshold,
    )  # fmt: skip


async def reservation(owner: asyncpg.Connection, number: int, *, status: str, expires: timedelta) -> None:
    await owner.execute(
        "INSERT INTO ledger (tenant_id, entry_id, call_id, attempt, kind, agent, workflow, stream_kind, stream_id, "
        "provider, model, status, reserved_micros, currency, price_certainty, rate, rate_date, day, expires_at) "
        "VALUES ($1, $2, $2, 0, 'chat', 'a', 'conversation', 'conversation', $2, 'p', 'm', $3, 5, 'EUR', 'exact', 1, "
        "'2026-11-27', '2026-11-27', clock_timestamp() + $4)",
        TENANT, UUID(int=number), status, expires,
    )  # fmt: skip
    await owner.execute(
        "INSERT INTO spend AS s (tenant_id, currency, scope, key, reserved_micros, spent_micros, day) "
        "SELECT $1, 'EUR', scope, key, 5, 0, '2026-11-27' "
        "FROM spend_scopes('2026-11-27', 'conversation', $2, 'a') "
        "ON CONFLICT (tenant_id, currency, scope, key) DO UPDATE SET reserved_micros = s.reserved_micros + 5",
        TENANT, UUID(int=number),
    )  # fmt: skip


async def test_every_desk_is_told_once_and_of_several_thresholds_the_highest(
    urls: Urls, owner_connection: asyncpg.Connection
) -> None:
    told: list[tuple[UUID, Event]] = []

    async def note(turn: TurnInput, tools: TurnTools) -> TurnOutcome:
        told.extend((turn.stream_id, recorded.event) for recorded in turn.events)
        return TurnOutcome()

    await furnish(owner_connection)
    async with (
        engine_of(urls.engine, RecordingChannel(), note, roles=["web", "worker"]) as one,
        engine_of(urls.engine, RecordingChannel(), note, roles=["web", "worker"]) as two,
    ):
        async with owner_connection.transaction():
            for threshold in (75, 50):
                await alert(owner_connection, threshold)
        await asyncio.gather(*(engine.ticks.tell_budgets() for engine in (one, two) for _ in range(4)))
        await until(lambda: len(told) >= len(DESKS))
        await alert(owner_connection, 100)
        await asyncio.gather(*(engine.ticks.tell_budgets() for engine in (one, two)))
        await until(lambda: len(told) >= 2 * len(DESKS))
    events = [event for _, event in told if isinstance(event, BudgetReached)]
    assert [(event.percent, event.scope, event.period) for event in events] == [
        (75, "month", "2026-11"), (75, "month", "2026-11"), (100, "month", "2026-11"), (100, "month", "2026-11"),
    ]  # fmt: skip
    assert {stream for stream, _ in told} == set(DESKS)
    assert await owner_connection.fetchval("SELECT count(*) FROM budget_alerts WHERE told_at IS NULL") == 0


async def test_only_what_is_overdue_expires_and_once_with_two_schedulers(
    urls: Urls, owner_connection: asyncpg.Connection
) -> None:
    await furnish(owner_connection)
    for number in range(1, 8):
        await reservation(owner_connection, number, status="reserved", expires=-timedelta(seconds=1))
    await reservation(owner_connection, 9, status="reserved", expires=timedelta(hours=1))
    async with (
        engine_of(urls.engine, RecordingChannel(), roles=["web"]) as one,
        engine_of(urls.engine, RecordingChannel(), roles=["web"]) as two,
    ):
        await asyncio.gather(*(engine.ticks.expire_reservations() for engine in (one, two) for _ in range(3)))
    month = await owner_connection.fetchrow("SELECT reserved_micros, spent_micros FROM spend WHERE scope = 'month'")
    assert tuple(month) == (5, 35)
    left = await owner_connection.fetch("SELECT status, count(*) FROM ledger GROUP BY 1 ORDER BY 1")
    assert [tuple(row) for row in left] == [("expired", 7), ("reserved", 1)]


async def test_rows_go_after_400_days_and_open_ones_never(urls: Urls, owner_connection: asyncpg.Connection) -> None:
    await furnish(owner_connection)
    await reservation(owner_connection, 1, status="settled", expires=timedelta(0))
    await reservation(owner_connection, 2, status="settled", expires=timedelta(0))
    await reservation(owner_connection, 3, status="reserved", expires=timedelta(hours=1))
    await alert(owner_connection, 50)
    for table, column in (("ledger", "created_at"), ("budget_alerts", "at")):
        await owner_connection.execute(
            f"UPDATE {table} SET {column} = clock_timestamp() - $1::interval", LEDGER_TIME + timedelta(days=2)
        )
    await owner_connection.execute("UPDATE ledger SET created_at = clock_timestamp() WHERE entry_id = $1", UUID(int=2))
    await owner_connection.execute(
        "UPDATE spend SET day = '2025-01-01', reserved_micros = CASE WHEN scope = 'day' THEN 0 ELSE 5 END"
    )
    async with engine_of(urls.engine, RecordingChannel(), roles=["web"]) as engine:
        await engine.ticks.drop_old()
    left = await owner_connection.fetch("SELECT entry_id FROM ledger ORDER BY 1")
    assert [row[0] for row in left] == [UUID(int=2), UUID(int=3)]
    assert await owner_connection.fetchval("SELECT count(*) FROM budget_alerts") == 0
    assert {row[0] for row in await owner_connection.fetch("SELECT scope FROM spend")} == {
        "agent", "conversation", "month",
    }  # fmt: skip
