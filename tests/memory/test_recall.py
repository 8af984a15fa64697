"""The window never misses a committed message, whatever happens to Redis; knowledge follows its version."""

import asyncio
from datetime import UTC, datetime
from uuid import uuid4

import pytest
from redis.asyncio import Redis
from structlog.testing import capture_logs

from agents.recalling import is_small_talk
from core.clock import SystemClock
from core.ids import StreamId, TenantId
from core.turns import HistoryMessage, Passage
from db.answers import AnswerStore
from db.knowledge import list_passages, replace_passages
from db.windows import WindowStore
from memory.indexes import Indexes
from memory.library import Library
from memory.people import PersonRecall
from memory.recall import Memory
from memory.routine import RoutineBook
from memory.window import LONGEST_TEXT, Window, decode_window, encode_window
from tests.memory.conftest import OpenShelf, Store

SHOP, OTHER = TenantId(2), TenantId(3)
NOON = datetime(2026, 11, 23, 12, tzinfo=UTC)


def said(text: str, author: str = "customer") -> HistoryMessage:
    return HistoryMessage(author=author, text=text, at=NOON)


async def commit(
    store: Store, stream: StreamId, seq: int, *texts: str, tenant: TenantId = SHOP
) -> list[HistoryMessage]:
    for n, text in enumerate(texts):
        await store.owner.execute(
            "INSERT INTO messages VALUES ($1, $2, $3, $4, $5, $6, $7)",
            tenant, stream, seq, n, "bot" if n else "customer", text, NOON,
        )  # fmt: skip
    return [said(text, "bot" if n else "customer") for n, text in enumerate(texts)]


def open_memory(store: Store, *, redis: Redis | None = None) -> Memory:
    library = Library(store.database, OpenShelf(store.owner))
    return Memory(
        database=store.database, windows=WindowStore(redis or store.redis), library=library,
        routine=RoutineBook(AnswerStore(redis or store.redis), SystemClock()),
        people=PersonRecall(store.database, Indexes(), is_small_talk),
    )  # fmt: skip


def texts(messages: tuple[HistoryMessage, ...]) -> list[str]:
    return [message.text for message in messages]


@pytest.fixture
def stream() -> StreamId:
    return StreamId(uuid4())


async def test_a_first_turn_has_nothing_to_remember(store: Store, stream: StreamId) -> None:
    assert (await open_memory(store).recall(SHOP, stream, "", before_seq=1)).recent == ()


async def test_another_process_reads_the_window_from_redis(store: Store, stream: StreamId) -> None:
    first = open_memory(store)
    await first.recall(SHOP, stream, "", before_seq=1)
    first.remember(SHOP, stream, [said("hello"), said("good day", "bot")], before_seq=1, upto_seq=2)
    await first.aclose()
    # Nothing is in PostgreSQL: what comes back can only be Redis's.
    recalled = await open_memory(store).recall(SHOP, stream, "", before_seq=3)
    assert texts(recalled.recent) == ["hello", "good day"]
    assert recalled.recent[1] == said("good day", "bot")


async def test_a_window_that_is_behind_is_not_used(store: Store, stream: StreamId) -> None:
    first = open_memory(store)
    await first.recall(SHOP, stream, "", before_seq=1)
    first.remember(SHOP, stream, await commit(store, stream, 1, "one", "first"), before_seq=1, upto_seq=1)
    await first.aclose()
    await commit(store, stream, 2, "two", "second")  # by another process, whose refresh was lost
    for memory in (first, open_memory(store)):
        recalled = await memory.recall(SHOP, stream, "", before_seq=3)
        assert texts(recalled.recent) == ["one", "first", "two", "second"]


async def test_the_rebuild_does_not_look_past_the_turn(store: Store, stream: StreamId) -> None:
    await commit(store, stream, 1, "one")
    await commit(store, stream, 2, "later")
    assert texts((await open_memory(store).recall(SHOP, stream, "", before_seq=2)).recent) == ["one"]


async def test_a_turn_that_begins_elsewhere_is_not_added_to(store: Store, stream: StreamId) -> None:
    memory = open_memory(store)
    await memory.recall(SHOP, stream, "", before_seq=1)
    memory.remember(SHOP, stream, [said("skipped one")], before_seq=5, upto_seq=5)
    await memory.aclose()
    assert await store.redis.keys("w:*") == []


@pytest.mark.parametrize(
    "poison", [b"", b"null", b"[1]", b'{"upto": 1}', b'[1, 20, [["king", "x", 0]]]', b"\xff",
               b'[1, 20, [["bot", "x", 1e400]]]', b'[1, 0, [["bot", "x", 9]]]',
               b'[1, 20, [["bot", "x", 99999999999999]]]', b"[" * 5000],
)  # fmt: skip
async def test_a_poisoned_window_is_rebuilt(store: Store, stream: StreamId, poison: bytes) -> None:
    await commit(store, stream, 1, "one", "first")
    await store.redis.set(f"w:{SHOP}:{stream.hex}", poison)
    with capture_logs() as logs:
        recalled = await open_memory(store).recall(SHOP, stream, "", before_seq=2)
    assert texts(recalled.recent) == ["one", "first"]
    assert [entry["event"] for entry in logs] == ["window_poisoned"]


async def test_without_redis_the_history_answers_and_the_log_says_so_once(store: Store) -> None:
    away = Redis(host="127.0.0.1", port=1)
    memory = open_memory(store, redis=away)
    streams = [StreamId(uuid4()) for _ in range(5)]
    with capture_logs() as logs:
        for stream in streams:
            await commit(store, stream, 1, "one", "first")
            recalled = await memory.recall(SHOP, stream, "", before_seq=2)
            assert texts(recalled.recent) == ["one", "first"]
            memory.remember(SHOP, stream, [said("two")], before_seq=2, upto_seq=2)
        await memory.aclose()
    assert len(logs) == 1
    assert texts((await memory.recall(SHOP, streams[0], "", before_seq=3)).recent) == ["one", "first", "two"]
    await away.aclose()


async def test_turns_that_start_and_end_together_share_round_trips(store: Store) -> None:
    streams = [StreamId(uuid4()) for _ in range(30)]
    writer = open_memory(store)
    await asyncio.gather(*(writer.recall(SHOP, stream, "", before_seq=1) for stream in streams))
    before = await commands(store.redis, "mget"), await commands(store.redis, "set")
    for stream in streams:
        writer.remember(SHOP, stream, [said(stream.hex)], before_seq=1, upto_seq=1)
    await writer.aclose()
    reader = open_memory(store)
    found = await asyncio.gather(*(reader.recall(SHOP, stream, "", before_seq=2) for stream in streams))
    assert [texts(recalled.recent) for recalled in found] == [[stream.hex] for stream in streams]
    assert (await commands(store.redis, "mget"), await commands(store.redis, "set")) == (before[0] + 1, before[1] + 30)


async def commands(redis: Redis, name: str) -> int:
    stats = await redis.info("commandstats")
    return stats.get(f"cmdstat_{name}", {"calls": 0})["calls"]


async def test_the_window_keeps_its_size_and_cuts_long_messages(store: Store, stream: StreamId) -> None:
    memory = open_memory(store)
    await memory.recall(SHOP, stream, "", before_seq=1, window=4)
    for seq in range(1, 5):
        memory.remember(SHOP, stream, [said(f"q{seq}"), said("x" * 9000, "bot")], before_seq=seq, upto_seq=seq)
    recent = (await memory.recall(SHOP, stream, "", before_seq=5, window=4)).recent
    assert [message.text[:2] for message in recent] == ["q3", "xx", "q4", "xx"]
    assert len(recent[1].text) == LONGEST_TEXT
    await memory.aclose()


async def test_a_window_stays_with_its_tenant(store: Store, stream: StreamId) -> None:
    await commit(store, stream, 1, "ours")
    memory = open_memory(store)
    await memory.recall(SHOP, stream, "", before_seq=2)
    memory.remember(SHOP, stream, [said("our secret")], before_seq=2, upto_seq=2)
    await memory.aclose()
    for other in (memory, open_memory(store)):
        assert (await other.recall(OTHER, stream, "", before_seq=3)).recent == ()


def test_a_window_survives_the_way_to_redis_and_back() -> None:
    window = Window(upto_seq=7, size=20, messages=(said("héllo \u200f🥐"), said("", "owner")))
    assert decode_window(encode_window(window)) == window


async def test_knowledge_is_found_and_follows_its_version(store: Store, stream: StreamId) -> None:
    async def teach(tenant: TenantId, text: str) -> None:
        async with store.database.tenant(tenant) as tx:
            await replace_passages(tx, tenant, [Passage(source="a.md › Hours", text=text, score=0.0)])

    memory = open_memory(store)
    assert (await memory.recall(SHOP, stream, "When do you open?", before_seq=1)).knowledge == ()
    await teach(SHOP, "We open at seven.")
    await teach(OTHER, "Abrimos a las nueve.")
    assert (await memory.recall(SHOP, stream, "When do you open?", before_seq=1)).knowledge[
        0
    ].text == "We open at seven."
    await teach(SHOP, "We open at eight.")
    found = (await memory.recall(SHOP, stream, "When do you open?", before_seq=1)).knowledge
    assert [passage.text for passage in found] == ["We open at eight."]
    async with store.database.tenant(SHOP) as tx:
        assert await list_passages(tx, OTHER) == ()


async def test_the_library_forgets_tenants_it_has_no_room_for(store: Store) -> None:
    library = Library(store.database, OpenShelf(store.owner), most_passages=1)
    async with store.database.tenant(SHOP) as tx:
        await replace_passages(tx, SHOP, [Passage(source="a.md", text="sourdough bread", score=0.0)])
    for _ in range(2):
        assert await library.search(OTHER, "bread") == (0, ())
        found = await asyncio.gather(*(library.search(SHOP, "sourdough") for _ in range(5)))
        assert [len(passages) for _, passages in found] == [1] * 5


async def test_a_tenant_that_wants_more_gets_more_at_once(store: Store, stream: StreamId) -> None:
    for seq in range(1, 31):
        await commit(store, stream, seq, f"q{seq}", f"a{seq}")
    for memory in (open_memory(store), open_memory(store)):
        assert len((await memory.recall(SHOP, stream, "", before_seq=31, window=10)).recent) == 10
        recent = (await memory.recall(SHOP, stream, "", before_seq=31, window=50)).recent
        assert (len(recent), recent[0].text, recent[-1].text) == (50, "q6", "a30")
        await memory.aclose()


async def test_a_rebuilt_window_is_put_back_and_a_poisoned_one_replaced(store: Store, stream: StreamId) -> None:
    await commit(store, stream, 1, "one", "first")
    name = f"w:{SHOP}:{stream.hex}"
    await store.redis.set(name, b"poison")
    memory = open_memory(store)
    await memory.recall(SHOP, stream, "", before_seq=2)
    await memory.aclose()
    assert texts(decode_window(await store.redis.get(name)).messages) == ["one", "first"]


async def test_many_poisoned_windows_are_logged_once(store: Store) -> None:
    streams = [StreamId(uuid4()) for _ in range(5)]
    for stream in streams:
        await store.redis.set(f"w:{SHOP}:{stream.hex}", b"poison")
    memory = open_memory(store)
    with capture_logs() as logs:
        for stream in streams:
            await memory.recall(SHOP, stream, "", before_seq=2)
    assert [entry["event"] for entry in logs] == ["window_poisoned"]
    await memory.aclose()


@pytest.mark.parametrize("text", ["", "🥐🥐", "x" * 100_000, "مرحبا \u202ewedding", "да ok 好", "we\u200bdding"])
async def test_a_window_holds_odd_texts(store: Store, stream: StreamId, text: str) -> None:
    await commit(store, stream, 1, text, "first")
    first = open_memory(store)
    assert texts((await first.recall(SHOP, stream, "", before_seq=2)).recent) == [text[:LONGEST_TEXT], "first"]
    await first.aclose()
    second = await open_memory(store).recall(SHOP, stream, "", before_seq=2)
    assert texts(second.recent) == [text[:LONGEST_TEXT], "first"]
