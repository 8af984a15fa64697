"""What a turn's recall takes, from where it comes, and what windows take in Redis. A part of `benchmarks.memory`.

The floor of reading a window is one bare GET of the same bytes in the same run. The text is made up: words of a Zipf
distribution in the lengths of shop chats, customers' messages of some 45 characters, the shop's of some 160, a few far
longer, a third of them Cyrillic.
"""

import asyncio
import gc
import itertools
import random
import time
from collections.abc import AsyncGenerator, Awaitable, Callable, Sequence
from contextlib import asynccontextmanager
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import cast
from uuid import UUID

import asyncpg

from agents.recalling import is_small_talk
from benchmarks.ground import MILLI, Ground, percentile, print_table, print_verdict, stand
from core.clock import SystemClock
from core.ids import ContactId, StreamId, TenantId
from core.turns import HistoryMessage, Recalled
from db.answers import AnswerStore
from db.windows import WindowStore
from memory.histories import PersonHistory
from memory.indexes import Indexes
from memory.library import Library, Shelf
from memory.people import Asked, PersonRecall
from memory.recall import Memory
from memory.routine import RoutineBook
from memory.window import Window, encode_window
from steward.data import Data, open_data
from steward.settings import Settings

TENANT = TenantId(2)
_WINDOW, _CONVERSATIONS, _READ = 50, 10_000, 500
_HISTORIES = (600, 10_000)
_QUESTIONS = 100
_NOW = datetime(2026, 11, 27, tzinfo=UTC)
_VOCABULARY = 6_000
_SYLLABLES = (("ba", "ke", "li", "mo", "nur", "sta", "te", "ven"), ("ба", "ке", "ли", "мо", "нур", "ста", "те", "вен"))


@dataclass(frozen=True, slots=True, kw_only=True)
class _Told:
    wall_ms: list[float]
    cpu_ms: float
    """Of this process, each."""


def _make_words(syllables: Sequence[str]) -> list[str]:
    chance = random.Random(2)
    return ["".join(chance.choices(syllables, k=chance.choice((1, 2, 2, 3, 4)))) for _ in range(_VOCABULARY)]


_WORDS = tuple(_make_words(syllables) for syllables in _SYLLABLES)
_WEIGHTS = list(itertools.accumulate(1 / (rank + 3) for rank in range(_VOCABULARY)))


def _words(chance: random.Random, characters: float) -> str:
    words = _WORDS[chance.random() < 1 / 3]
    text = ""
    while len(text) < characters:
        text += f" {chance.choices(words, cum_weights=_WEIGHTS)[0]}"
    return f"{text.strip().capitalize()} {chance.randrange(100)}."


def _talk(chance: random.Random, messages: int) -> list[HistoryMessage]:
    return [
        HistoryMessage(
            author="bot" if n % 2 else "customer",
            text=_words(chance, chance.lognormvariate(5.1 if n % 2 else 3.8, 0.7)),
            at=_NOW - timedelta(days=400) + timedelta(hours=n * 9_000 / messages),
        )
        for n in range(messages)
    ]


def _open(data: Data, most_bytes: int = 128 << 20) -> Memory:
    indexes = Indexes[PersonHistory](most_bytes=most_bytes)
    return Memory(
        database=data.database, windows=WindowStore(data.redis), library=Library(data.database, cast("Shelf", None)),
        routine=RoutineBook(AnswerStore(data.redis), SystemClock()),
        people=PersonRecall(data.database, indexes, is_small_talk),
    )  # fmt: skip


async def _time(calls: Sequence[Callable[[], Awaitable[object]]]) -> _Told:
    wall: list[float] = []
    cpu = time.process_time()
    for call in calls:
        started = time.perf_counter()
        await call()
        wall.append((time.perf_counter() - started) * MILLI)
    return _Told(wall_ms=wall, cpu_ms=(time.process_time() - cpu) * MILLI / len(calls))


def _row(name: str, told: _Told) -> tuple[str, ...]:
    return name, f"{percentile(told.wall_ms, 0.5):.2f}", f"{percentile(told.wall_ms, 0.95):.2f}", f"{told.cpu_ms:.2f}"


async def _fill(data: Data, stream: StreamId, talk: Sequence[HistoryMessage]) -> None:
    owner = await asyncpg.connect(data.owner_url)
    await owner.copy_records_to_table(
        "messages", records=[(TENANT, stream, n, 0, m.author, m.text, m.at) for n, m in enumerate(talk, 1)]
    )
    await owner.execute("ANALYZE messages")
    await owner.close()


async def _measure_windows(data: Data) -> bool:
    chance = random.Random(3)
    streams = [StreamId(UUID(int=n + 1)) for n in range(_READ)]
    for stream in streams:
        await _fill(data, stream, _talk(chance, _WINDOW))

    def reads(memory: Memory) -> list[Callable[[], Awaitable[object]]]:
        return [
            lambda stream=stream: memory.recall(TENANT, stream, "", before_seq=_WINDOW + 1, window=_WINDOW)
            for stream in streams
        ]

    first = _open(data)
    await _time(reads(first)[:20])  # connections and plans
    first = _open(data)
    rebuilt = await _time(reads(first))
    warm = await _time(reads(first))
    await first.aclose()
    second = _open(data)
    cached = await _time(reads(second))
    bare = await _time([lambda s=stream: data.redis.get(f"w:{TENANT}:{s.hex}") for stream in streams])  # pyright: ignore
    print_table(
        f"Recall of a window of {_WINDOW} messages, one after the other, ms",
        ("", "p50", "p95", "CPU each"),
        [
            _row("in process", warm), _row("bare GET", bare), _row("through Redis", cached),
            _row("rebuilt from PostgreSQL", rebuilt),
        ],
    )  # fmt: skip
    added = percentile(cached.wall_ms, 0.95) - percentile(warm.wall_ms, 0.95)
    return print_verdict("Redis adds to a recall, p95", added, 2, " ms")


async def _measure_people(data: Data) -> None:
    rows: list[tuple[str, ...]] = []
    for number, messages in enumerate(_HISTORIES):
        rows += await _measure_person(data, number, messages)
    print_table("Recall of the person and of older messages, ms", ("", "p50", "p95", "CPU each"), rows)


async def _measure_person(data: Data, number: int, messages: int) -> list[tuple[str, ...]]:
    chance = random.Random(messages)
    talk, stream = _talk(chance, messages), StreamId(UUID(int=1_000_000 + number))
    await _fill(data, stream, talk)
    asked = [
        Asked(
            tenant=TENANT, contact=ContactId(UUID(int=number + 9)), stream=stream,
            question=" ".join(chance.choice(talk).text.split()[:6]) + "?", before_seq=messages + 1, now=_NOW,
            language="en",
        )
        for _ in range(_QUESTIONS)
    ]  # fmt: skip
    recent = Recalled(recent=tuple(talk[-20:]))
    anew, kept = _open(data, 0), _open(data)
    gc.collect()
    gc.freeze()  # as the product does once it has started
    await kept.recall_person(asked[0], recent)
    warm = await _time([lambda a=a: kept.recall_person(a, recent) for a in asked])
    cold = await _time([lambda a=a: anew.recall_person(a, recent) for a in asked[:10]])
    block = max([await _longest_block(lambda: anew.recall_person(asked[0], recent)) for _ in range(3)])
    print(f"  loop blocked at most {block:.1f} ms while {messages:,} messages are read and indexed, three times")
    return [_row(f"{messages:,} messages, index held", warm), _row(f"{messages:,} messages, index made", cold)]


async def _longest_block(call: Callable[[], Awaitable[object]]) -> float:
    gaps: list[float] = []

    async def watch() -> None:
        last = time.perf_counter()
        while True:
            await asyncio.sleep(0)
            gaps.append((time.perf_counter() - last) * MILLI)
            last = time.perf_counter()

    watching = asyncio.create_task(watch())
    await asyncio.sleep(0)
    await call()
    watching.cancel()
    return max(gaps)


async def _measure_bytes(data: Data) -> bool:
    await data.redis.flushall()
    before = (await data.redis.info("memory"))["used_memory"]
    chance = random.Random(5)
    store, text = WindowStore(data.redis), 0
    for start in range(0, _CONVERSATIONS, 100):
        windows: dict[tuple[TenantId, StreamId], bytes] = {}
        for n in range(start, start + 100):
            talk = _talk(chance, _WINDOW)
            text += sum(len(message.text.encode()) for message in talk)
            window = Window(upto_seq=_WINDOW, size=_WINDOW, messages=tuple(talk))
            windows[TENANT, StreamId(UUID(int=n + 1))] = encode_window(window)
        await store.write(windows)
    used = (await data.redis.info("memory"))["used_memory"] - before
    print(
        f"\n{_CONVERSATIONS:,} windows of {_WINDOW} messages: {used / 1e6:.0f} MB of Redis, "
        f"{used / _CONVERSATIONS / 1024:.1f} KB each; the bare text is {text / 1e6:.0f} MB"
    )
    return print_verdict("Redis holds them", used / 1e6, 300, " MB")


@asynccontextmanager
async def _data(ground: Ground) -> AsyncGenerator[Data]:
    state: Path = ground.state / "steward"
    state.mkdir()
    settings = Settings(state=state, database_url=ground.database_url, redis_url=ground.redis_url, _env_file=None)  # type: ignore[call-arg, arg-type]
    async with open_data(settings) as data:
        owner = await asyncpg.connect(data.owner_url)
        await owner.execute(
            "INSERT INTO tenants (tenant_id, slug, name, language, time_zone, currency) "
            "VALUES (2, 'shop', 'Shop', 'en', 'UTC', 'EUR')"
        )
        await owner.close()
        yield data


async def run() -> bool:
    async with stand() as ground, _data(ground) as data:
        met = await _measure_windows(data)
        await _measure_people(data)
        return await _measure_bytes(data) and met
