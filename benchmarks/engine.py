"""The stream engine alone beside a batched INSERT in the same run: CPU of this process and of PostgreSQL, a message.

500 producers, one a stream, each awaiting its message before it brings the next one. Floor: `db.engine.batch.Batcher`
into one INSERT of the inbox row over a pinned connection. Engine: recorder, hand-off, a handler that returns one
message, finish with its outbox row; the producer goes on when the message is with the channel, which accepts at once.
Both encode the event the same way and batch as the load has it, up to 256. The sides take turns; medians count.
"""

import asyncio
import gc
import statistics
import time
from collections.abc import AsyncGenerator, Awaitable, Callable, Sequence
from contextlib import asynccontextmanager
from datetime import UTC, datetime, timedelta
from typing import Any

import asyncpg

from benchmarks.ground import MILLI, Ground, Meter, median_of, print_table, print_verdict, stand
from benchmarks.open_gate import OpenGate
from core.channels import Account, Pace, Target
from core.clock import SystemClock
from core.events import MessageReceived, NewEvent, Sender, encode_event
from core.ids import AccountId, StreamKind, TenantId, WorkerId, conversation_id
from core.messages import OutMessage, SendText
from core.turns import Recalled, TenantProfile, TurnInput, TurnOutcome, TurnTools
from db.database import APP_ROLE, ENGINE_ROLE, url_for_role
from db.engine.batch import Batcher
from db.engine.link import NESTED, Link
from db.engine.outbox import RowKey, Settlement, settle_rows
from db.migrations import migrate
from steward.engine import Engine, Parts

STREAMS, TENANTS = 500, 20
PASSWORDS = {APP_ROLE: "aa", ENGINE_ROLE: "bb"}
ACCOUNT = AccountId(5)
_TEXT = "Are you open on Sunday? I need two loaves of bread."
_FLOOR = """
    INSERT INTO floor (tenant_id, stream_id, seq, account_id, external_id, recorded_at, event)
    SELECT tenant_id, stream_id, seq, account_id, external_id, clock_timestamp(), event
      FROM unnest($1::bigint[], $2::uuid[], $3::bigint[], $4::bigint[], $5::text[], $6::json[])
           AS i (tenant_id, stream_id, seq, account_id, external_id, event)
"""
_IN_HAND = """
    INSERT INTO outbox (tenant_id, stream_id, seq, n, account_id, chat, is_action, author, status, sender, payload,
                        created_at)
    SELECT 2 + i % 20, md5((i % 500)::text)::uuid, $1::bigint + i / 500, 1, 5, 'chat', false, 'bot', 'sending',
           $1::bigint, '{}', now()
      FROM generate_series(0, $2::int - 1) i
"""
_KEYS = "SELECT tenant_id, stream_id, seq, n FROM outbox WHERE sender = $1 ORDER BY seq, stream_id"
Say = Callable[[int, int], Awaitable[object]]
"""Brings message number $2 of stream $1 and returns when it is done with."""


def event_of(stream: int, number: int, kind: StreamKind, mark: str) -> NewEvent:
    tenant = TenantId(2 + stream % TENANTS)
    said = MessageReceived(
        message_id=str(number), sender=Sender(external_id=str(stream), name="Maya"), at=datetime.now(UTC), text=_TEXT
    )
    return NewEvent(
        tenant_id=tenant, stream_id=conversation_id(tenant, ACCOUNT, f"{kind}{stream}"), stream_kind=kind,
        account_id=ACCOUNT, external_id=f"{mark}:{stream}:{number}", chat=f"{kind}{stream}", event=said,
    )  # fmt: skip


class Around:
    """The rooms around the engine, at no cost: one account, one profile, an empty memory, a channel that accepts."""

    name = "telegram"
    pace = Pace(per_second=1_000_000, per_chat_interval=timedelta(microseconds=1), chat_burst=1000)

    def __init__(self) -> None:
        self.waiting: dict[str, asyncio.Future[None]] = {}
        self._account = Account(
            account_id=ACCOUNT, tenant_id=TenantId(2), channel="telegram", role="customer", external_id="1",
            path_id="p", delivery="webhook",
        )  # fmt: skip
        self._profiles = {n: _profile(TenantId(n)) for n in range(2, 2 + TENANTS)}

    def accept(self, chat: str) -> None:
        if waiting := self.waiting.pop(chat, None):
            waiting.set_result(None)

    async def send(self, target: Target, message: OutMessage) -> tuple[str, ...]:  # noqa: ARG002
        self.accept(target.chat)
        return ("100200300",)

    async def show_typing(self, target: Target, message_id: str) -> None: ...

    async def fetch(self, account: Account, ref: str, *, limit_bytes: int) -> bytes:  # noqa: ARG002
        return b""

    def account(self, account: AccountId) -> Account | None:  # noqa: ARG002
        return self._account

    def running(self) -> Sequence[AccountId]:
        return (ACCOUNT,)

    def forget(self, tenant: TenantId) -> None: ...

    async def profile(self, tenant: TenantId) -> TenantProfile:
        return self._profiles[tenant]

    async def recall(self, *_: object, **__: object) -> Recalled:
        return Recalled()

    async def recall_person(self, *_: object, **__: object) -> Recalled:
        return Recalled()

    def remember(self, *_: object, **__: object) -> None: ...


def _profile(tenant: TenantId) -> TenantProfile:
    return TenantProfile(
        tenant_id=tenant, slug="t", name="T", language="en", time_zone="UTC", currency="EUR", persona=""
    )


async def answer(turn: TurnInput, tools: TurnTools) -> TurnOutcome:  # noqa: ARG001
    return TurnOutcome(messages=(SendText(text="Yes, on Sunday from 8:00 to 13:00."),))


class NoModels:
    available = False


@asynccontextmanager
async def floor(owner_url: str) -> AsyncGenerator[Say]:
    settings = {"plan_cache_mode": "force_generic_plan", "jit": "off"}
    connection: asyncpg.Connection[Any] = await asyncpg.connect(owner_url, server_settings=settings)
    await connection.execute("CREATE TABLE IF NOT EXISTS floor (LIKE inbox INCLUDING ALL)")
    mark = f"{time.time_ns()}"

    async def flush(items: Sequence[tuple[NewEvent, int]]) -> Sequence[None]:
        await connection.execute(
            _FLOOR, [e.tenant_id for e, _ in items], [e.stream_id for e, _ in items], [n for _, n in items],
            [e.account_id for e, _ in items], [e.external_id for e, _ in items],
            [encode_event(e.event) for e, _ in items],
        )  # fmt: skip
        return [None] * len(items)

    batcher: Batcher[tuple[NewEvent, int], None] = Batcher(flush, limit=256)
    first = 1 + (await connection.fetchval("SELECT coalesce(max(seq), 0) FROM floor"))

    async def say(stream: int, number: int) -> None:
        await batcher.submit((event_of(stream, number, "conversation", mark), first + number))

    yield say
    await batcher.drain()
    await connection.close()


@asynccontextmanager
async def engine(engine_url: str, kind: StreamKind) -> AsyncGenerator[Say]:
    around, clock, mark = Around(), SystemClock(), f"{time.time_ns()}"
    ready = TurnTools(models=NoModels(), reader=None, clock=clock)  # type: ignore[arg-type]

    async def tools(_: TurnInput) -> TurnTools:
        return ready

    parts = Parts(
        database_url=engine_url, channels={"telegram": around}, accounts=around, directory=around, memory=around,
        handlers={"conversation": answer, "desk": answer}, tools=tools, executors={}, admission=OpenGate(), clock=clock,
    )  # fmt: skip
    async with Engine(parts, frozenset({"worker"})).run() as running:

        async def say(stream: int, number: int) -> None:
            event = event_of(stream, number, kind, mark)
            done = around.waiting.setdefault(event.chat, asyncio.get_running_loop().create_future())
            await running.recorder.record([event])
            await done

        yield say


@asynccontextmanager
async def settling(ground: Ground, engine_url: str, rows: int) -> AsyncGenerator[Say]:
    """Rows in the hands of a worker, settled as the sender does it; none of what else the engine does."""
    owner: asyncpg.Connection[Any] = await asyncpg.connect(ground.database_url)
    worker = WorkerId(time.time_ns())
    await owner.execute(_IN_HAND, worker, rows)
    keys = [RowKey(*row) for row in await owner.fetch(_KEYS, worker)]
    await owner.close()
    async with Link(engine_url, "send", NESTED) as link:

        async def flush(settled: Sequence[Settlement]) -> Sequence[None]:
            async with link.use() as tx:
                await settle_rows(tx, worker, settled)
            return [None] * len(settled)

        batcher: Batcher[Settlement, None] = Batcher(flush, limit=256)

        async def say(stream: int, number: int) -> None:
            await batcher.submit(Settlement(keys[stream + number * STREAMS], "sent", ("100200300",)))

        yield say


@asynccontextmanager
async def nothing() -> AsyncGenerator[Say]:
    async def say(stream: int, number: int) -> None: ...

    yield say


async def drive(say: Say, messages: int, first: int) -> None:
    each = messages // STREAMS

    async def produce(stream: int) -> None:
        for number in range(first, first + each):
            await say(stream, number)

    await asyncio.gather(*(produce(stream) for stream in range(STREAMS)))


async def arrive(say: Say, messages: int, first: int, rate: float) -> None:
    """One by one, each in a task of its own, whether or not those before are done."""
    began = time.perf_counter()
    tasks: set[asyncio.Future[Any]] = set()
    number = 0
    while number < messages:
        due = min(messages, int((time.perf_counter() - began) * rate) + 1)
        while number < due:
            task = asyncio.ensure_future(say(number % STREAMS, first + number // STREAMS))
            tasks.add(task)
            task.add_done_callback(tasks.discard)
            number += 1
        await asyncio.sleep(0.001)
    await asyncio.gather(*tasks)


async def measure(ground: Ground, side: Callable[[], Any], messages: int, rate: float = 0) -> dict[str, float]:
    """One round. The connections are new; what warms them is not counted."""
    meter = Meter({"process": time.process_time, "postgres": ground.postgres_cpu})
    async with side() as say:
        await drive(say, 2 * STREAMS, 0)
        gc.collect()
        meter.start()
        began = time.perf_counter()
        if rate:
            await arrive(say, messages, 2, rate)
        else:
            await drive(say, messages, 2)
        seconds = time.perf_counter() - began
        await asyncio.sleep(0.02)  # what follows the last answer, such as settling, belongs to the round
        spent = meter.stop()
    found = {name: value / messages * MILLI for name, value in spent.items()}
    return {**found, "cpu": sum(found.values()), "rate": messages / seconds}


async def tidy(owner_url: str) -> None:
    """Between rounds, uncounted: no round pays for another one's dead rows."""
    connection = await asyncpg.connect(owner_url)
    await connection.execute("VACUUM ANALYZE inbox, outbox, streams, turns, messages")
    if await connection.fetchval("SELECT to_regclass('floor') IS NOT NULL"):
        await connection.execute("VACUUM ANALYZE floor")
    await connection.execute("CHECKPOINT")
    await connection.close()


async def take_rounds(
    ground: Ground, sides: dict[str, Callable[[], Any]], *, messages: int, rounds: int, rate: float = 0
) -> dict[str, list[dict[str, float]]]:
    """The sides in turn, several times; the first time is for the tables to fill and does not count."""
    taken: dict[str, list[dict[str, float]]] = {name: [] for name in sides}
    for number in range(rounds + 1):
        for name, side in sides.items():
            figures = await measure(ground, side, messages, rate)
            await tidy(ground.database_url)
            if number:
                taken[name].append(figures)
    return taken


def less(found: Sequence[dict[str, float]], off: Sequence[dict[str, float]]) -> list[dict[str, float]]:
    """Round by round, CPU without that of another side; the rate stays."""
    return [
        {name: value if name == "rate" else max(0.0, value - other[name]) for name, value in mine.items()}
        for mine, other in zip(found, off, strict=True)
    ]


def ratio(found: Sequence[dict[str, float]], base: Sequence[dict[str, float]]) -> float:
    return statistics.median(f["cpu"] / b["cpu"] for f, b in zip(found, base, strict=True))


def show(title: str, lines: dict[str, list[dict[str, float]]], base: Sequence[dict[str, float]]) -> None:
    rows = [(name, median_of(found), ratio(found, base)) for name, found in lines.items()]
    print_table(
        title,
        ("CPU ms a message", "process", "PostgreSQL", "both", "x floor", "messages/s"),
        [
            (name, f"{m['process']:.4f}", f"{m['postgres']:.4f}", f"{m['cpu']:.4f}", f"{times:.2f}", f"{m['rate']:.0f}")
            for name, m, times in rows
        ],
    )


async def compare(ground: Ground, *, messages: int, rounds: int, rates: Sequence[float]) -> bool:
    await migrate(ground.database_url, PASSWORDS)
    url = url_for_role(ground.database_url, ENGINE_ROLE, PASSWORDS[ENGINE_ROLE])
    floor_side, engine_side = lambda: floor(ground.database_url), lambda: engine(url, "desk")
    taken = await take_rounds(
        ground,
        {
            "floor": floor_side, "engine": engine_side, "history": lambda: engine(url, "conversation"),
            "settling": lambda: settling(ground, url, messages + 2 * STREAMS),
        },
        messages=messages, rounds=rounds,
    )  # fmt: skip
    base, alone = taken["floor"], less(taken["engine"], taken["settling"])
    lines = {
        "floor: batched INSERT": base, "record, claim, finish, outbox row": alone,
        "  settling the row, apart": taken["settling"], "  all of it": taken["engine"],
        "  and the history written": taken["history"],
    }  # fmt: skip
    show(
        f"Stream engine alone, {STREAMS} streams as fast as they are served, {rounds} rounds of {messages}", lines, base
    )
    for rate in rates:
        paced = await take_rounds(
            ground, {"idle": nothing, "floor": floor_side, "engine": engine_side},
            messages=int(rate), rounds=rounds // 2, rate=rate,
        )  # fmt: skip
        base_paced = less(paced["floor"], paced["idle"])
        show(
            f"The same with messages arriving one by one, {rate:.0f} a second, without what making them arrive costs",
            {"floor: batched INSERT": base_paced, "engine, with settling": less(paced["engine"], paced["idle"])},
            base_paced,
        )
    return print_verdict("engine without settling, times the floor's CPU", ratio(alone, base), 1.5)


async def run(*, short: bool) -> bool:
    async with stand() as ground:
        if short:
            return await compare(ground, messages=4000, rounds=2, rates=())
        return await compare(ground, messages=10_000, rounds=6, rates=(500, 4000))
