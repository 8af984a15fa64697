"""A commit whose answer never arrived: the database believes that a live process has something in hand."""

import asyncio
from datetime import timedelta

import asyncpg

from core.errors import Transient
from core.ids import WorkerId
from core.messages import SendText
from core.turns import TurnInput, TurnOutcome, TurnTools
from db.engine.link import Link
from db.engine.outbox import claim_rows
from db.engine.streams import claim_streams, record_events
from steward.engine import Engine
from tests.support.databases import Urls
from tests.support.engines import ACCOUNT, RecordingChannel, engine_of, message, until


async def lose_connections(urls: Urls, owner: asyncpg.Connection) -> None:
    """Cuts the engine's connections off, as a server that restarts does."""
    await owner.execute(
        "SELECT pg_terminate_backend(pid) FROM pg_stat_activity WHERE application_name LIKE 'steward-%' "
        "AND datname = current_database()"
    )


def me(engine: Engine) -> WorkerId:
    return engine.heartbeat.worker


async def until_all_are_sent(owner: asyncpg.Connection, rows: int) -> None:
    async with asyncio.timeout(10):
        while await owner.fetchval("SELECT count(*) FROM outbox WHERE status = 'sent'") < rows:
            await asyncio.sleep(0.005)


async def test_events_recorded_in_our_name_are_answered(urls: Urls, owner_connection: asyncpg.Connection) -> None:
    channel = RecordingChannel()
    async with engine_of(urls.engine, channel) as engine, Link(urls.engine, "lost") as link:
        async with link.use() as tx:
            await record_events(tx, [message("ana", "hello", "u1")], None, me(engine))
        await lose_connections(urls, owner_connection)
        await until(lambda: channel.sent == [("ana", "hello")])


async def test_streams_claimed_in_our_name_are_answered(urls: Urls, owner_connection: asyncpg.Connection) -> None:
    channel = RecordingChannel()
    async with engine_of(urls.engine, channel) as engine, Link(urls.engine, "lost") as link:
        async with link.transaction() as tx:  # in one, or the engine itself might claim it first
            await record_events(tx, [message("ana", "hello", "u1")], None, None)
            assert await claim_streams(tx, me(engine), 10)
        await lose_connections(urls, owner_connection)
        await until(lambda: channel.sent == [("ana", "hello")])


async def test_messages_queued_in_our_name_are_sent_and_stay_in_front(
    urls: Urls, owner_connection: asyncpg.Connection
) -> None:
    """The finish was committed, its answer lost: the row is ours and nobody sends it. A later one must wait for it."""
    channel = RecordingChannel()
    async with engine_of(urls.engine, channel) as engine:
        await engine.recorder.record([message("ana", "1", "u1")])
        await until_all_are_sent(owner_connection, 1)
        await lose_connections(urls, owner_connection)
        await owner_connection.execute(
            "UPDATE outbox SET status = 'sending', sender = $1, sent_at = NULL WHERE seq = 1", me(engine)
        )
        for n in ("2", "3"):
            while True:
                try:
                    await engine.recorder.record([message("ana", n, f"u{n}")])
                    break
                except Transient:  # the first use of a lost connection
                    await asyncio.sleep(0.01)
        await until(lambda: " ".join(text for _, text in channel.sent) == "1 1 2 3")


async def test_rows_claimed_in_our_name_are_sent(urls: Urls, owner_connection: asyncpg.Connection) -> None:
    channel = RecordingChannel()

    async def later(turn: TurnInput, tools: TurnTools) -> TurnOutcome:
        return TurnOutcome(messages=(SendText(text="a"), SendText(text="b")))

    async with engine_of(urls.engine, channel, later) as engine, Link(urls.engine, "lost") as link:
        await engine.recorder.record([message("ana", "go", "u1")])
        await until_all_are_sent(owner_connection, 2)
        await owner_connection.execute("UPDATE outbox SET status = 'queued', not_before = now() + interval '1 day'")
        await owner_connection.execute("UPDATE outbox SET not_before = NULL WHERE n = 1")
        async with link.use() as tx:
            await claim_rows(tx, me(engine), actions=False, accounts=[ACCOUNT], limit=5)
        await lose_connections(urls, owner_connection)
        await until(lambda: len(channel.sent) == 3)


async def test_a_worker_whose_row_was_buried_comes_back(urls: Urls, owner_connection: asyncpg.Connection) -> None:
    """As after a night's sleep, when another process has cleaned up."""
    async with engine_of(urls.engine, RecordingChannel(), lease=timedelta(seconds=1)) as engine:
        await owner_connection.execute("DELETE FROM workers")
        alive = "SELECT count(*) FROM workers WHERE worker_id = $1 AND alive_until > clock_timestamp()"
        async with asyncio.timeout(10):
            while not await owner_connection.fetchval(alive, me(engine)):
                await asyncio.sleep(0.05)
