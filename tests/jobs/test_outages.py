"""A database that is away for a moment, a process that froze: what was in hand then."""

import asyncio
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from datetime import timedelta
from urllib.parse import urlsplit

import asyncpg
from pydantic import JsonValue

from core.actions import ActionCall, ProposedAction
from core.channels import Target
from core.errors import Rejected
from core.events import ActionResult, MessageReceived
from core.messages import OutMessage, SendText
from core.turns import TurnInput, TurnOutcome, TurnTools
from db.embedded import Services
from tests.support.databases import Urls
from tests.support.engines import RecordingChannel, engine_of, message, until


@asynccontextmanager
async def outage(services: Services, urls: Urls) -> AsyncIterator[None]:
    """Cuts every connection to the database off, and lets none in."""
    name = urlsplit(urls.owner).path[1:]
    server = await asyncpg.connect(services.database_url)
    try:
        await server.execute(f"ALTER DATABASE {name} ALLOW_CONNECTIONS false")
        await server.execute("SELECT pg_terminate_backend(pid) FROM pg_stat_activity WHERE datname = $1", name)
        yield
    finally:
        await server.execute(f"ALTER DATABASE {name} ALLOW_CONNECTIONS true")
        await server.close()


async def look(urls: Urls, query: str) -> object:
    """As the owner, on a connection of its own: others were cut off."""
    connection = await asyncpg.connect(urls.owner)
    try:
        return await connection.fetchval(query)
    finally:
        await connection.close()


async def test_an_action_done_during_an_outage_is_done_once_and_told(urls: Urls, services: Services) -> None:
    begun, go, told, calls = asyncio.Event(), asyncio.Event(), list[str](), list[str]()

    async def order(turn: TurnInput, tools: TurnTools) -> TurnOutcome:
        told.extend(e.event.key for e in turn.events if isinstance(e.event, ActionResult) and e.event.ok)
        asked = any(isinstance(e.event, MessageReceived) for e in turn.events)
        return TurnOutcome(actions=(ProposedAction(name="refund", arguments={}),) if asked else ())

    async def refund(call: ActionCall) -> dict[str, JsonValue]:
        calls.append(call.key)
        begun.set()
        await go.wait()
        return {}

    async with engine_of(urls.engine, RecordingChannel(), order, executors={"refund": refund}) as engine:
        await engine.recorder.record([message("ana", "please", "u1")])
        await begun.wait()
        async with outage(services, urls):
            go.set()
            await asyncio.sleep(0.3)  # long enough for a try to record the result, shorter than a lease
        await until(lambda: told == calls)
        assert len(calls) == 1
        async with asyncio.timeout(10):
            while await look(urls, "SELECT status FROM outbox") != "sent":
                await asyncio.sleep(0.01)


async def test_a_message_refused_during_an_outage_is_settled_after_it(urls: Urls, services: Services) -> None:
    """The owner has to be told of it, which takes the database."""
    channel, begun, go = RecordingChannel(), asyncio.Event(), asyncio.Event()

    async def refuse(target: Target, text: OutMessage) -> None:
        begun.set()
        await go.wait()
        raise Rejected("the text is too odd")

    channel.before_send = refuse
    async with engine_of(urls.engine, channel) as engine:
        await engine.recorder.record([message("ana", "hello", "u1")])
        await begun.wait()
        async with outage(services, urls):
            go.set()
            await asyncio.sleep(0.3)
        async with asyncio.timeout(10):
            while await look(urls, "SELECT status FROM outbox") != "failed":
                await asyncio.sleep(0.01)
    assert channel.sent == []


async def test_a_worker_that_froze_does_not_send_what_was_taken_over(
    urls: Urls, owner_connection: asyncpg.Connection
) -> None:
    """Its heart is held up, as by a freeze, while one message is under way and another waits behind it."""
    frozen, other, begun, go = RecordingChannel(), RecordingChannel(), asyncio.Event(), asyncio.Event()

    async def two(turn: TurnInput, tools: TurnTools) -> TurnOutcome:
        return TurnOutcome(messages=(SendText(text="one"), SendText(text="two")))

    async def hold(target: Target, text: OutMessage) -> None:
        begun.set()
        await go.wait()

    frozen.before_send = hold
    async with engine_of(urls.engine, frozen, two) as engine:
        await engine.recorder.record([message("ana", "hello", "u1")])
        await begun.wait()
        async with owner_connection.transaction():
            await owner_connection.execute(
                "SELECT FROM workers WHERE worker_id = $1 FOR UPDATE", engine.heartbeat.worker
            )
            async with engine_of(urls.engine, other, two):
                await until(lambda: [text for _, text in other.sent] == ["one", "two"])
        await until(lambda: engine.heartbeat.term > 1)
        go.set()
        await until(lambda: bool(frozen.sent))
    assert [text for _, text in frozen.sent] == ["one"]  # was under way: in doubt, and sent by both


async def test_a_worker_that_counts_as_dead_takes_nothing(urls: Urls, owner_connection: asyncpg.Connection) -> None:
    """The sweep would take it away again and again, until it gave the message up as in doubt."""
    channel, calls = RecordingChannel(), list[str]()

    async def ask(turn: TurnInput, tools: TurnTools) -> TurnOutcome:
        asked = any(isinstance(e.event, MessageReceived) for e in turn.events)
        return TurnOutcome(actions=(ProposedAction(name="refund", arguments={}),) if asked else ())

    async def refund(call: ActionCall) -> dict[str, JsonValue]:
        calls.append(call.key)
        return {}

    executors = {"refund": refund}
    async with engine_of(urls.engine, channel, ask, executors=executors, lease=timedelta(seconds=1)) as engine:
        async with owner_connection.transaction():
            await owner_connection.execute("SELECT FROM workers FOR UPDATE")
            await until(lambda: not engine.heartbeat.term)
            await engine.recorder.record([message("ana", "please", "u1")])
            await asyncio.sleep(1)
            assert calls == []
        await until(lambda: len(calls) == 1)
    assert await owner_connection.fetchval("SELECT max(resends) FROM outbox") == 0


async def test_of_an_event_that_comes_twice_the_first_has_the_place(urls: Urls) -> None:
    channel = RecordingChannel()
    async with engine_of(urls.engine, channel) as engine:
        first, second = message("ana", "1", "u1"), message("ana", "2", "u2")
        await engine.recorder.record([first, second, first])
        await until(lambda: channel.sent == [("ana", "1 2")])
