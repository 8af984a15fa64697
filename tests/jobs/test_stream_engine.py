"""The stream engine over a real PostgreSQL: order, dedupe, bursts, failures, restarts."""

import asyncio
from collections import defaultdict
from datetime import timedelta
from uuid import uuid4

import asyncpg
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from core.channels import Target
from core.errors import Transient
from core.events import MessageReceived
from core.messages import OutMessage, SendText
from core.turns import TurnInput, TurnOutcome, TurnTools
from tests.support.databases import Urls
from tests.support.engines import RecordingChannel, echo, engine_of, message, until


def words(channel: RecordingChannel, chat: str) -> list[str]:
    return [word for to, text in channel.sent if to == chat for word in text.split()]


async def test_a_message_is_answered_and_leaves_its_trace(urls: Urls, owner_connection: asyncpg.Connection) -> None:
    channel = RecordingChannel()
    async with engine_of(urls.engine, channel) as engine:
        await engine.recorder.record([message("ana", "hello", "u1")])
        await until(lambda: channel.sent == [("ana", "hello")])
    outbox = await owner_connection.fetchrow("SELECT status, provider_ids, sender FROM outbox")
    assert outbox is not None and tuple(outbox) == ("sent", ["1"], None)
    stream = await owner_connection.fetchrow("SELECT last_seq, done_seq, owner FROM streams")
    assert stream is not None and tuple(stream) == (1, 1, None)
    history = await owner_connection.fetch("SELECT seq, n, author, text FROM messages ORDER BY seq, n")
    assert [tuple(row) for row in history] == [(1, 0, "customer", "hello"), (1, 1, "bot", "hello")]
    assert await owner_connection.fetchval("SELECT count(*) FROM turns") == 1
    assert await owner_connection.fetchval("SELECT count(*) FROM workers") == 0


async def test_the_same_event_twice_is_one_event(urls: Urls) -> None:
    channel = RecordingChannel()
    async with engine_of(urls.engine, channel) as engine:
        twice = message("ana", "hello", "u1")
        await asyncio.gather(*(engine.recorder.record([twice]) for _ in range(10)))
        await engine.recorder.record([twice, message("ana", "again", "u2")])
        await until(lambda: words(channel, "ana") == ["hello", "again"])


async def test_a_burst_during_a_turn_is_the_next_turn(urls: Urls) -> None:
    channel, gate, turns = RecordingChannel(), asyncio.Event(), list[int]()

    async def slow(turn: TurnInput, tools: TurnTools) -> TurnOutcome:
        turns.append(len(turn.events))
        if len(turns) == 1:
            await gate.wait()
        return await echo(turn, tools)

    async with engine_of(urls.engine, channel, slow) as engine:
        await engine.recorder.record([message("ana", "1", "u1")])
        await until(lambda: turns == [1])
        for n in range(2, 6):
            await engine.recorder.record([message("ana", str(n), f"u{n}")])
        gate.set()
        await until(lambda: words(channel, "ana") == ["1", "2", "3", "4", "5"])
    assert turns == [1, 4]


@settings(max_examples=15, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(
    arrivals=st.lists(st.tuples(st.sampled_from("abc"), st.integers(0, 30)), min_size=1, max_size=60),
    batch=st.integers(1, 9),
)
async def test_order_and_dedupe_hold_for_any_arrivals(urls: Urls, arrivals: list[tuple[str, int]], batch: int) -> None:
    salt = uuid4().hex  # the database outlives an example
    channel = RecordingChannel()
    expected: dict[str, list[str]] = defaultdict(list)
    for chat, n in arrivals:
        if str(n) not in expected[chat]:
            expected[chat].append(str(n))
    async with engine_of(urls.engine, channel) as engine:
        for start in range(0, len(arrivals), batch):
            part = arrivals[start : start + batch]
            await engine.recorder.record([message(f"{salt}{chat}", str(n), f"{salt}:{chat}:{n}") for chat, n in part])
        await until(lambda: all(words(channel, f"{salt}{chat}") == seen for chat, seen in expected.items()))


async def test_two_processes_share_the_work_without_doubling_it(urls: Urls) -> None:
    one, two = RecordingChannel(), RecordingChannel()
    async with engine_of(urls.engine, one) as first, engine_of(urls.engine, two) as second:
        for n in range(20):
            await asyncio.gather(
                *(
                    (first, second)[(n + k) % 2].recorder.record([message(f"chat{k}", str(n), f"u{k}:{n}")])
                    for k in range(5)
                )
            )
        await until(lambda: len(one.sent) + len(two.sent) >= 5 and _total(one, two) == 100)
    for k in range(5):
        got = sorted(int(w) for w in words(one, f"chat{k}") + words(two, f"chat{k}"))
        assert got == list(range(20))


def _total(*channels: RecordingChannel) -> int:
    return sum(len(text.split()) for channel in channels for _, text in channel.sent)


async def test_what_a_worker_without_workers_records_is_claimed_by_another(urls: Urls) -> None:
    channel = RecordingChannel()
    async with engine_of(urls.engine, RecordingChannel(), roles=["web"]) as web, engine_of(urls.engine, channel):
        await web.recorder.record([message("ana", "hello", "u1")])
        await until(lambda: channel.sent == [("ana", "hello")])


async def test_a_failing_event_is_buried_and_those_behind_it_are_answered(
    urls: Urls, owner_connection: asyncpg.Connection
) -> None:
    channel = RecordingChannel()

    async def picky(turn: TurnInput, tools: TurnTools) -> TurnOutcome:
        if any(isinstance(e.event, MessageReceived) and e.event.text == "poison" for e in turn.events):
            raise ValueError("cannot digest")
        return await echo(turn, tools)

    async with engine_of(urls.engine, channel, picky) as engine:
        texts = ["good", "poison", "also"]
        await engine.recorder.record([message("ana", text, f"u{n}") for n, text in enumerate(texts)])
        await until(lambda: words(channel, "ana") == ["good", "also"], seconds=30)
    assert await owner_connection.fetchval("SELECT array_agg(seq) FROM dead_letters") == [2]


async def test_a_later_message_never_overtakes_one_that_had_to_wait(urls: Urls) -> None:
    channel = RecordingChannel()
    refusals = iter([True])

    async def refuse_first(target: Target, message: OutMessage) -> None:
        if next(refusals, False):
            raise Transient("slow down", retry_after=timedelta(milliseconds=300))

    channel.before_send = refuse_first
    async with engine_of(urls.engine, channel) as engine:
        for n in range(6):
            await engine.recorder.record([message("ana", str(n), f"u{n}")])
        await until(lambda: len(words(channel, "ana")) == 6)
    assert words(channel, "ana") == list("012345")


async def test_several_messages_of_one_turn_keep_their_order_across_waits(urls: Urls) -> None:
    channel = RecordingChannel()

    async def talkative(turn: TurnInput, tools: TurnTools) -> TurnOutcome:
        return TurnOutcome(messages=tuple(SendText(text=str(n)) for n in range(5)))

    tries = 0

    async def limited(target: Target, message: OutMessage) -> None:
        nonlocal tries
        tries += 1
        if tries % 2 == 0:
            raise Transient("slow down", retry_after=timedelta(milliseconds=20))

    channel.before_send = limited
    async with engine_of(urls.engine, channel, talkative) as engine:
        await engine.recorder.record([message("ana", "go", "u1")])
        await until(lambda: len(channel.sent) == 5)
    assert words(channel, "ana") == list("01234")
