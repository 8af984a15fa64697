"""Links of the knowledge fall due: one event, at the desk of whoever runs the business longest."""

from datetime import UTC, datetime, timedelta
from uuid import UUID

import asyncpg

from core.events import TimerFired
from core.turns import TurnInput, TurnOutcome, TurnTools
from steward.engine import Engine
from tests.support.databases import Urls
from tests.support.engines import TENANT, RecordingChannel, engine_of, until

VIEWER, MANAGER, OWNER = (UUID(int=n) for n in (1, 2, 3))


async def furnish(owner: asyncpg.Connection, *, suspended: bool = False) -> int:
    """A link that is due, and three members. Its id."""
    await owner.execute(
        "INSERT INTO tenants (tenant_id, slug, name, language, time_zone, currency, suspended_at) "
        "VALUES ($1, 'bakery', 'Bakery', 'en', 'UTC', 'EUR', CASE WHEN $2 THEN now() END)",
        TENANT, suspended,
    )  # fmt: skip
    for name, role, desk in (("Vic", "viewer", VIEWER), ("Mia", "manager", MANAGER), ("Omar", "owner", OWNER)):
        await owner.execute(
            "INSERT INTO members (tenant_id, name, role, account_id, chat, desk) VALUES ($1, $2, $3, 1, $2, $4)",
            TENANT, name, role, desk,
        )  # fmt: skip
    return await owner.fetchval(
        "INSERT INTO knowledge_files (tenant_id, name, origin, url, refresh_at) "
        "VALUES ($1, 'x', 'link', 'https://x.example', $2) RETURNING file_id",
        TENANT, datetime.now(UTC) - timedelta(minutes=1),
    )  # fmt: skip


async def test_a_due_link_is_one_event_for_one_desk(urls: Urls, owner_connection: asyncpg.Connection) -> None:
    turns: list[TurnInput] = []

    async def note(turn: TurnInput, tools: TurnTools) -> TurnOutcome:
        turns.append(turn)
        return TurnOutcome()

    file_id = await furnish(owner_connection)
    async with (
        engine_of(urls.engine, RecordingChannel(), note) as one,
        engine_of(urls.engine, RecordingChannel(), note) as two,
    ):
        await refresh_both(one, two)
        await until(lambda: bool(turns))
    events = [recorded.event for turn in turns for recorded in turn.events]
    assert events == [TimerFired(name="kno:refresh", payload={"file_id": file_id})]
    assert (turns[0].stream_id, turns[0].stream_kind) == (MANAGER, "desk")
    later = await owner_connection.fetchval("SELECT refresh_at > now() + interval '23 hours' FROM knowledge_files")
    assert later


async def test_a_suspended_business_is_not_read_for(urls: Urls, owner_connection: asyncpg.Connection) -> None:
    await furnish(owner_connection, suspended=True)
    async with engine_of(urls.engine, RecordingChannel()) as engine:
        await engine.ticks.refresh_links()
    assert await owner_connection.fetchval("SELECT count(*) FROM inbox") == 0


async def refresh_both(one: Engine, two: Engine) -> None:
    """Two schedulers do no harm."""
    await one.ticks.refresh_links()
    await two.ticks.refresh_links()
