"""State that many streams share, and cases: versions prove that no update is lost, however many write at once."""

import asyncio
import dataclasses
from collections import Counter
from collections.abc import AsyncIterator
from uuid import UUID

import asyncpg
import orjson
import pytest

from core.changes import SaveCase, SaveShared
from core.clock import SystemClock
from core.errors import Stale
from core.events import MessageReceived
from core.ids import AccountId, StreamId
from core.messages import SendText
from core.turns import TurnInput, TurnOutcome, TurnTools
from db.database import Database
from db.engine.changes import apply_change
from db.engine.streams import Lease
from db.reader import TenantReader
from tests.support.databases import Urls
from tests.support.engines import TENANT, NoModels, RecordingChannel, engine_of, message, until

CONVERSATIONS, KEYS = 1_000, 20


@dataclasses.dataclass
class Counting:
    """A handler that adds one to a shared count. It tells the customer which version it made."""

    database: Database
    decided: Counter[str] = dataclasses.field(default_factory=Counter[str])
    """How often the turn of each chat was decided."""

    async def tools(self, turn: TurnInput) -> TurnTools:
        reader = TenantReader(self.database, turn.tenant.tenant_id)
        return TurnTools(models=NoModels(), reader=reader, clock=SystemClock())  # type: ignore[arg-type]

    async def handle(self, turn: TurnInput, tools: TurnTools) -> TurnOutcome:
        self.decided[turn.chat] += 1
        event = turn.events[-1].event
        assert isinstance(event, MessageReceived)
        shared = await tools.reader.shared(event.text)
        count = shared.value.get("count", 0)
        assert isinstance(count, int)
        saved = SaveShared(key=event.text, expected=shared.version, value={"count": count + 1})
        return TurnOutcome(changes=(saved,), messages=(SendText(text=f"{event.text}:{count + 1}"),))


@pytest.mark.parametrize("processes", [1, 2])
async def test_a_thousand_conversations_lose_no_update(
    urls: Urls, database: Database, owner_connection: asyncpg.Connection, processes: int
) -> None:
    channel, counting = RecordingChannel(), Counting(database)
    messages = [message(f"chat{n}", f"key{n % KEYS}", f"u{n}") for n in range(CONVERSATIONS)]
    engine = engine_of(urls.engine, channel, counting.handle, tools=counting.tools)
    others = [
        engine_of(urls.engine, channel, counting.handle, tools=counting.tools, roles=["worker"])
        for _ in range(processes - 1)
    ]
    async with engine as first:
        for other in others:
            await other.__aenter__()
        await asyncio.gather(*(first.recorder.record([each]) for each in messages))
        await until(lambda: len(channel.sent) >= CONVERSATIONS, seconds=100)
        for other in others:
            await other.__aexit__(None, None, None)
    rows = await owner_connection.fetch("SELECT key, version, value FROM shared_state")
    counts = {row["key"]: orjson.loads(row["value"])["count"] for row in rows}
    assert counts == {f"key{n}": CONVERSATIONS // KEYS for n in range(KEYS)}
    assert {row["key"]: row["version"] for row in rows} == counts
    # Each version was made once, by one conversation.
    assert len(channel.sent) == CONVERSATIONS
    assert {text for _, text in channel.sent} == {
        f"{key}:{n + 1}" for key, count in counts.items() for n in range(count)
    }
    stuck = "SELECT count(*) FROM streams WHERE last_seq > done_seq OR fails > 0 OR owner IS NOT NULL"
    assert await owner_connection.fetchval(stuck) == 0
    assert await owner_connection.fetchval("SELECT count(*) FROM dead_letters") == 0
    assert await owner_connection.fetchval("SELECT count(*) FROM turns") == CONVERSATIONS
    assert sum(counting.decided.values()) > CONVERSATIONS  # they did meet: otherwise this proves nothing


LEASE = Lease(TENANT, StreamId(UUID(int=1)), "case", AccountId(0), "", 1, 0, 1, 0, "bot", None, None, None)


def case(expected: int | None, step: str = "open", **more: object) -> SaveCase:
    made = SaveCase(kind="ticket", reference="T-1", title="Broken", step=step, expected=expected)
    return dataclasses.replace(made, **more)


@pytest.fixture
async def engine(urls: Urls) -> AsyncIterator[asyncpg.Pool]:
    """Connections of the role that finishes turns."""
    async with asyncpg.create_pool(urls.engine, min_size=10, max_size=10) as pool:
        yield pool


async def save(engine: asyncpg.Pool, change: SaveCase | SaveShared) -> None:
    async with engine.acquire() as connection, connection.transaction():
        await apply_change(connection, LEASE, "", change)


async def test_a_case_that_moved_on_is_not_written_over(
    engine: asyncpg.Pool, owner_connection: asyncpg.Connection
) -> None:
    async def now() -> tuple[str, int, bool]:
        row = await owner_connection.fetchrow("SELECT step, version, closed_at IS NOT NULL FROM cases")
        assert row is not None
        return tuple(row)

    await save(engine, case(None))
    assert await now() == ("open", 1, False)
    await save(engine, case(1, "in_progress"))
    for stale in (1, 3):
        with pytest.raises(Stale):
            await save(engine, case(stale, "cancelled"))
    assert await now() == ("in_progress", 2, False)
    await save(engine, case(2, "done", closed=True))
    assert await now() == ("done", 3, True)
    await save(engine, case(None, "open"))  # whatever the version is
    assert await now() == ("open", 4, False)


async def test_of_ten_at_one_version_one_writes(engine: asyncpg.Pool, owner_connection: asyncpg.Connection) -> None:
    await save(engine, case(None))
    await save(engine, SaveShared(key="k", expected=0, value={"n": 0}))
    for change in (case(1), SaveShared(key="k", expected=1, value={}), SaveShared(key="new", expected=0, value={})):
        outcomes = await asyncio.gather(
            *(
                save(engine, dataclasses.replace(change, step=f"s{n}") if isinstance(change, SaveCase) else change)
                for n in range(10)
            ),
            return_exceptions=True,
        )
        assert outcomes.count(None) == 1
        assert all(isinstance(each, Stale) for each in outcomes if each is not None)
    assert await owner_connection.fetchval("SELECT version FROM cases") == 2
    rows = await owner_connection.fetch("SELECT key, version FROM shared_state ORDER BY key")
    assert [tuple(row) for row in rows] == [("k", 2), ("new", 1)]


async def test_shared_state_is_neither_made_twice_nor_out_of_nothing(
    engine: asyncpg.Pool, owner_connection: asyncpg.Connection, database: Database
) -> None:
    with pytest.raises(Stale):
        await save(engine, SaveShared(key="k", expected=1, value={"n": 1}))
    await save(engine, SaveShared(key="k", expected=0, value={"n": 1}))
    with pytest.raises(Stale):
        await save(engine, SaveShared(key="k", expected=0, value={"n": 2}))
    shared = await TenantReader(database, TENANT).shared("k")
    assert (shared.version, shared.value) == (1, {"n": 1})
    assert (await TenantReader(database, TENANT).shared("other")).version == 0


async def test_a_case_of_many_turns_counts_each_of_them(
    urls: Urls, database: Database, owner_connection: asyncpg.Connection
) -> None:
    """Two streams cannot write one case, but what a turn read of a case may be of before another turn."""
    channel = RecordingChannel()

    async def handle(turn: TurnInput, tools: TurnTools) -> TurnOutcome:
        found = await tools.reader.find_case(f"T-{turn.chat}")
        version, attempts = (found.version, found.attempts) if found else (None, 0)
        saved = case(version, f"step {turn.upto_seq}", reference=f"T-{turn.chat}", attempts=attempts + len(turn.events))
        return TurnOutcome(changes=(saved,), messages=(SendText(text=str(len(turn.events))),))

    tools = Counting(database).tools
    async with engine_of(urls.engine, channel, handle, tools=tools) as running:
        for n in range(10):
            events = [message(f"chat{chat}", "go", f"u{chat}:{n}") for chat in range(20)]
            await asyncio.gather(*(running.recorder.record([event]) for event in events))
        await until(lambda: sum(int(text) for _, text in channel.sent) == 200, seconds=30)
    rows = await owner_connection.fetch(
        "SELECT c.attempts, c.version, (SELECT count(*) FROM turns t WHERE t.stream_id = c.stream_id) AS turns "
        "FROM cases c"
    )
    assert len(rows) == 20
    assert all(row["attempts"] == 10 and row["version"] == row["turns"] for row in rows)
