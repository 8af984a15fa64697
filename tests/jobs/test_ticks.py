"""Time: retention, timers and watches with two schedulers, draining and starting up."""

import asyncio
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from datetime import UTC, datetime, timedelta

import asyncpg

from core.changes import SetTimer
from core.channels import Target
from core.events import MessageReceived, TimerFired
from core.ids import OPERATOR, StreamId, case_id
from core.messages import OutMessage, SendText
from core.turns import TurnInput, TurnOutcome, TurnTools
from jobs.ticks import DEDUPE_TIME, Ticks
from steward.engine import Engine
from tests.support.databases import Urls
from tests.support.engines import TENANT, RecordingChannel, engine_of, message, until

OLD = DEDUPE_TIME + timedelta(hours=1)


@asynccontextmanager
async def two_schedulers(urls: Urls, turns: list[TurnInput]) -> AsyncIterator[tuple[Ticks, Ticks]]:
    """Of two processes that also work; their own clocks tick every second, the tests tick them at once besides."""

    async def note(turn: TurnInput, tools: TurnTools) -> TurnOutcome:
        turns.append(turn)
        return TurnOutcome()

    async with (
        engine_of(urls.engine, RecordingChannel(), note) as one,
        engine_of(urls.engine, RecordingChannel(), note) as two,
    ):
        yield one.ticks, two.ticks


def names(turns: list[TurnInput]) -> list[str]:
    return [e.event.name for turn in turns for e in turn.events if isinstance(e.event, TimerFired)]


async def drained(owner: asyncpg.Connection) -> None:
    """Until no stream has anything pending."""
    async with asyncio.timeout(10):
        while await owner.fetchval("SELECT count(*) FROM streams WHERE last_seq > done_seq"):
            await asyncio.sleep(0.005)


async def test_done_events_go_after_the_dedupe_time_and_pending_ones_never(
    urls: Urls, owner_connection: asyncpg.Connection
) -> None:
    async with engine_of(urls.engine, RecordingChannel()) as engine:
        for n in range(3):
            await engine.recorder.record([message("ana", f"m{n}", f"u{n}")])
            await drained(owner_connection)
        async with asyncio.timeout(10):
            while await owner_connection.fetchval("SELECT count(*) FROM outbox WHERE status <> 'sent'"):
                await asyncio.sleep(0.005)
    async with engine_of(urls.engine, RecordingChannel(), roles=["web"]) as web:
        await web.recorder.record([message("ana", "m3", "u3")])
        await owner_connection.execute(
            "UPDATE inbox SET recorded_at = clock_timestamp() - $1::interval WHERE seq <> 3", OLD
        )
        await owner_connection.execute(
            "UPDATE outbox SET created_at = clock_timestamp() - $1::interval WHERE seq <> 3", OLD
        )
        await web.ticks.drop_old()
        left = await owner_connection.fetch("SELECT seq FROM inbox ORDER BY seq")
        assert [row[0] for row in left] == [3, 4]  # young and done; old and pending
        assert await owner_connection.fetchval("SELECT array_agg(seq) FROM outbox") == [3]
        history = await owner_connection.fetch("SELECT text FROM messages WHERE author = 'customer' ORDER BY seq")
        assert [row[0] for row in history] == ["m0", "m1", "m2"]


async def test_an_open_outbox_row_and_a_card_are_kept(urls: Urls, owner_connection: asyncpg.Connection) -> None:
    async def card(turn: TurnInput, tools: TurnTools) -> TurnOutcome:
        return TurnOutcome(messages=(SendText(text="a", card="x"), SendText(text="b"), SendText(text="c")))

    async with engine_of(urls.engine, RecordingChannel(), card) as engine:
        await engine.recorder.record([message("ana", "go", "u1")])
        await drained(owner_connection)
        async with asyncio.timeout(10):
            while await owner_connection.fetchval("SELECT count(*) FROM outbox WHERE status <> 'sent'"):
                await asyncio.sleep(0.005)
    async with engine_of(urls.engine, RecordingChannel(), roles=["web"]) as web:
        await owner_connection.execute("UPDATE outbox SET created_at = clock_timestamp() - $1::interval", OLD)
        await owner_connection.execute("UPDATE outbox SET status = 'queued' WHERE n = 2")
        await web.ticks.drop_old()
    assert await owner_connection.fetchval("SELECT array_agg(n ORDER BY n) FROM outbox") == [1, 2]


async def test_a_timer_fires_once_with_two_schedulers(urls: Urls, owner_connection: asyncpg.Connection) -> None:
    turns: list[TurnInput] = []

    async def remind(turn: TurnInput, tools: TurnTools) -> TurnOutcome:
        turns.append(turn)
        if any(isinstance(e.event, MessageReceived) for e in turn.events):
            due = datetime.now(UTC) + timedelta(milliseconds=300)
            return TurnOutcome(changes=(SetTimer(name="remind", due_at=due, payload={"n": 1}),))
        return TurnOutcome(messages=(SendText(text="it is time"),))

    one, two = RecordingChannel(), RecordingChannel()
    async with engine_of(urls.engine, one, remind) as first, engine_of(urls.engine, two, remind) as second:
        await first.recorder.record([message("ana", "in a moment", "u1")])
        await until(lambda: len(turns) == 1)
        while not names(turns):
            await asyncio.gather(*(e.ticks.fire_timers() for e in (first, second)))
        await asyncio.gather(*(e.ticks.fire_timers() for e in (first, second) for _ in range(5)))
        await until(lambda: len(one.sent) + len(two.sent) == 1)
        await drained(owner_connection)
    assert names(turns) == ["remind"]
    assert await owner_connection.fetchval("SELECT count(*) FROM timers") == 0


async def test_a_timer_set_again_or_cancelled_does_not_fire(urls: Urls, owner_connection: asyncpg.Connection) -> None:
    turns: list[TurnInput] = []
    soon, later = datetime.now(UTC) - timedelta(seconds=1), datetime.now(UTC) + timedelta(hours=1)

    async def change(turn: TurnInput, tools: TurnTools) -> TurnOutcome:
        turns.append(turn)
        return TurnOutcome(
            changes=(
                SetTimer(name="moved", due_at=soon),
                SetTimer(name="moved", due_at=later),
                SetTimer(name="gone", due_at=soon),
                SetTimer(name="gone", due_at=None),
            )
        )

    async with engine_of(urls.engine, RecordingChannel(), change) as engine:
        await engine.recorder.record([message("ana", "go", "u1")])
        await drained(owner_connection)
        await engine.ticks.fire_timers()
        await drained(owner_connection)
    assert names(turns) == []
    assert await owner_connection.fetchval("SELECT array_agg(name) FROM timers") == ["moved"]


async def _add_watch(owner: asyncpg.Connection, due: datetime) -> int:
    return await owner.fetchval(
        "INSERT INTO watches (tenant_id, kind, name, settings, every_seconds, next_due_at) "
        "VALUES ($1, 'price_list', 'prices', '{}', 3600, $2) RETURNING watch_id",
        OPERATOR,
        due,
    )


async def test_a_due_watch_fires_once_with_two_schedulers(urls: Urls, owner_connection: asyncpg.Connection) -> None:
    turns: list[TurnInput] = []
    due = datetime.now(UTC) - timedelta(seconds=5)
    async with two_schedulers(urls, turns) as ticks:
        watch = await _add_watch(owner_connection, due)
        await asyncio.gather(*(t.fire_watches() for t in ticks for _ in range(5)))
        await until(lambda: bool(turns))
        await drained(owner_connection)
    assert names(turns) == ["price_list"]
    assert turns[0].stream_id == StreamId(case_id(OPERATOR, "price_list", str(watch)))
    assert await owner_connection.fetchval("SELECT next_due_at FROM watches") == due + timedelta(hours=1)


async def test_missed_slots_run_once_and_the_grid_stays(urls: Urls, owner_connection: asyncpg.Connection) -> None:
    """As after a night without a process: nine slots passed."""
    turns: list[TurnInput] = []
    due = datetime.now(UTC) - timedelta(hours=8, minutes=30)
    await _add_watch(owner_connection, due)
    async with two_schedulers(urls, turns) as ticks:
        await asyncio.gather(*(t.fire_watches() for t in ticks for _ in range(5)))
        await until(lambda: bool(turns))
        await drained(owner_connection)
    assert names(turns) == ["price_list"]
    assert await owner_connection.fetchval("SELECT next_due_at FROM watches") == due + timedelta(hours=9)


async def test_shutting_down_finishes_a_turn_and_sends_its_reply(
    urls: Urls, owner_connection: asyncpg.Connection
) -> None:
    channel, begun, go = RecordingChannel(), asyncio.Event(), asyncio.Event()

    async def slow(turn: TurnInput, tools: TurnTools) -> TurnOutcome:
        begun.set()
        await go.wait()
        return TurnOutcome(messages=(SendText(text="done"),))

    async def slow_send(target: Target, message: OutMessage) -> None:
        await asyncio.sleep(0.2)

    channel.before_send = slow_send
    running = engine_of(urls.engine, channel, slow)
    engine: Engine = await running.__aenter__()
    await engine.recorder.record([message("ana", "go", "u1")])
    await begun.wait()
    leaving = asyncio.create_task(running.__aexit__(None, None, None))
    await asyncio.sleep(0.05)
    assert not leaving.done()
    go.set()
    await leaving
    assert channel.sent == [("ana", "done")]
    assert await owner_connection.fetchval("SELECT status FROM outbox") == "sent"
    assert await owner_connection.fetchval("SELECT owner FROM streams") is None
    assert await owner_connection.fetchval("SELECT count(*) FROM workers") == 0


async def test_starting_up_resumes_what_was_recorded_meanwhile(urls: Urls) -> None:
    async with engine_of(urls.engine, RecordingChannel(), roles=["web"]) as web:
        for n in range(3):
            await web.recorder.record([message(f"chat{n}", "hello", f"u{n}")])
    channel = RecordingChannel()
    async with engine_of(urls.engine, channel):
        await until(lambda: sorted(channel.sent) == [(f"chat{n}", "hello") for n in range(3)])


async def test_the_same_event_is_known_again_until_retention_drops_it(
    urls: Urls, owner_connection: asyncpg.Connection
) -> None:
    channel = RecordingChannel()
    async with engine_of(urls.engine, channel) as engine:
        await engine.recorder.record([message("ana", "hello", "u1")])
        await drained(owner_connection)
        await owner_connection.execute(
            "UPDATE inbox SET recorded_at = clock_timestamp() - $1::interval", DEDUPE_TIME - timedelta(hours=1)
        )
        await engine.ticks.drop_old()
        await engine.recorder.record([message("ana", "hello", "u1")])
        await drained(owner_connection)
        assert await owner_connection.fetchval("SELECT last_seq FROM streams WHERE tenant_id = $1", TENANT) == 1
