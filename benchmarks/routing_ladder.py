"""Steward as it is installed, with three vendors' keys, before slow and before failing vendors.

50 bakeries with a bot each. Times are those of the people outside: from the webhook's POST to the accepted reply.
"""

import asyncio
from collections.abc import AsyncGenerator
from contextlib import asynccontextmanager
from dataclasses import dataclass, replace
from datetime import UTC, datetime
from typing import Any

import asyncpg

from benchmarks.ground import MILLI, Ground, percentile, print_table, print_verdict
from benchmarks.installation import add_bakery, add_telegram, open_setup, run_steward
from benchmarks.outside import Bot, Load, Outside, Times
from benchmarks.vendors import NAMES, Failing, Manner, Vendors
from db.cache import open_redis
from routing.asking import MOST_REQUESTS

TENANTS, RATE, OUTAGE_RATE = 50, 20.0, 10.0
MODEL_SECONDS = 0.6
ROUTINE = (
    "Are you open on Sunday?", "When do you open on Saturday?", "Is there wifi?", "What is your address?",
    "Are you closed on Christmas?", "What is your phone number?",
)  # fmt: skip
PERSONAL = ("May I bring my dog?", "Can my cake be delivered by drone?")
"""Never answered from the cache. The first stands in the notes, the second does not, but near enough to be phrased."""
DEADLINE = 20.0
"""Seconds, of `agents.phrasing`."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Scene:
    name: str
    failing: Failing
    everywhere: bool = False
    """Else it is the router's first choice only."""
    outage: float
    """Seconds."""
    after: float
    """Seconds of the same load once all is well again; 0: it never is."""


SCENES = (
    Scene(name="the first choice answers 500", failing="500", outage=3, after=3),
    Scene(name="the first choice answers 429", failing="429", outage=3, after=3),
    Scene(name="all three answer 500", failing="500", everywhere=True, outage=3, after=6),
    Scene(name="the first choice stalls", failing="stall", outage=4, after=0),
)
BRIEF = tuple(replace(scene, outage=1.5, after=5 if scene.everywhere else 1.5) for scene in SCENES[:3])


@dataclass(frozen=True, slots=True, kw_only=True)
class Town:
    ground: Ground
    outside: Outside
    vendors: Vendors
    owner: asyncpg.Connection
    load: Load
    """Without a port yet."""

    async def drive(self, port: int, **how: Any) -> Times:
        return await self.outside.drive(replace(self.load, port=port, **how))


async def measure_answers(ground: Ground, vendors: Vendors, *, short: bool) -> bool:
    state = ground.state / "steward"
    tenants = 15 if short else TENANTS
    async with open_setup(ground, state) as setup:
        paths = [await add_telegram(setup, await add_bakery(setup, state, n), n) for n in range(tenants)]
    bots = [Bot(path=path, first_chat=1_000_000 * (n + 1), chats=len(ROUTINE)) for n, path in enumerate(paths)]
    owner = await asyncpg.connect(ground.database_url)
    try:
        with Outside() as outside:
            everyone = tenants * len(ROUTINE)
            load = Load(port=0, bots=bots, messages=everyone, rate=RATE)
            town = Town(ground=ground, outside=outside, vendors=vendors, owner=owner, load=load)
            met = [await measure_routine(town)]
            first = await owner.fetchval("SELECT provider FROM ledger GROUP BY 1 ORDER BY count(*) DESC LIMIT 1")
            rows, kept = [], True
            for scene in BRIEF if short else SCENES:
                row, well = await play_scene(town, scene, NAMES if scene.everywhere else (first,))
                rows.append(row)
                kept = kept and well
            print_scenes(rows, first)
    finally:
        await owner.close()
    return all(met) and kept


async def measure_routine(town: Town) -> bool:
    """Every bakery is asked every question once, and then once more by somebody else."""
    town.vendors.behave({name: Manner(seconds=MODEL_SECONDS) for name in NAMES})
    rows: list[list[object]] = []
    p95: list[float] = []
    async with start(town) as port:
        # The first message of each chat writes down who it is: no question yet.
        await town.drive(port, questions=("Thank you!",), rate=0)
        for name in ("by a model", "from the cache"):
            began = datetime.now(UTC)
            before = sum(town.vendors.asked().values())
            times = await town.drive(port, questions=ROUTINE)
            await asyncio.sleep(0.5)
            by = await count_turns(town.owner, began)
            calls = sum(town.vendors.asked().values()) - before
            figures = [percentile(times.replies, share) * MILLI for share in (0.5, 0.95, 0.99)]
            p95.append(figures[1])
            told = ", ".join(f"{n} {how}" for how, n in sorted(by.items()))
            rows.append([name, len(times.replies), *(f"{each:.0f}" for each in figures), calls, told, times.late])
    print_table(
        f"Routine questions, {RATE:.0f} a second, models that take {MODEL_SECONDS * MILLI:.0f} ms; times in ms",
        ("", "replies", "p50", "p95", "p99", "calls", "turns", "no reply"), rows,
    )  # fmt: skip
    met = [
        print_verdict("a routine question by a model, p95", p95[0], 2000, " ms"),
        print_verdict("a cached one, p95", p95[1], 300, " ms"),
    ]
    return all(met) and all(row[-1] == 0 for row in rows)


@asynccontextmanager
async def start(town: Town) -> AsyncGenerator[int]:
    """The port of a Steward of its own."""
    settings = {"STEWARD_TELEGRAM_URL": town.outside.url, **town.vendors.settings}
    async with run_steward(town.ground, town.ground.state / "steward", settings) as steward:
        yield steward.port


async def play_scene(town: Town, scene: Scene, hit: tuple[str, ...]) -> tuple[list[object], bool]:
    """A fresh Steward that knows nothing of the vendors, in an outage from its first question on."""
    async with open_redis(town.ground.redis_url) as redis:
        await redis.flushdb()
    well = {name: Manner(seconds=MODEL_SECONDS) for name in NAMES}
    town.vendors.behave(well | {name: Manner(failing=scene.failing) for name in hit})
    async with start(town) as port:
        began = datetime.now(UTC)
        messages = round((scene.outage + scene.after) * OUTAGE_RATE)
        driving = asyncio.create_task(
            town.drive(
                port, questions=PERSONAL, rate=OUTAGE_RATE, messages=messages, together=256, patience=DEADLINE + 5
            )
        )
        recovered = None
        asked = 0
        if scene.after:
            await asyncio.sleep(scene.outage)
            asked = sum(town.vendors.asked().values())
            town.vendors.behave(well)
            recovered = datetime.now(UTC)
        times = await driving
        await asyncio.sleep(0.5)
        asked += sum(town.vendors.asked().values())
    again = await first_answer(town, scene, hit, recovered)
    return await read_scene(town, scene, times, began, asked, again)


async def read_scene(
    town: Town, scene: Scene, times: Times, began: datetime, asked: int, again: str
) -> tuple[list[object], bool]:
    by = await count_turns(town.owner, began)
    sent, most = await town.owner.fetchrow(
        "SELECT coalesce(sum(n), 0), coalesce(max(n), 0) FROM (SELECT count(*) AS n FROM ledger WHERE created_at > $1 "
        "AND status <> 'refused' GROUP BY tenant_id, call_id) AS calls", began,
    )  # fmt: skip
    turns = sum(by.values())
    shares = [f"{by.get(how, 0) / turns:.0%}" for how in ("model", "knowledge", "escalated")]
    row: list[object] = [
        scene.name, len(times.replies) + times.late, times.late,
        *(f"{percentile(times.replies, share):.2f}" for share in (0.5, 0.95)), f"{max(times.replies):.2f}", *shares,
        f"{asked}/{sent}", most, again,
    ]  # fmt: skip
    return row, times.late == 0 and most <= MOST_REQUESTS and max(times.replies) < DEADLINE + 1


async def first_answer(town: Town, scene: Scene, hit: tuple[str, ...], recovered: datetime | None) -> str:
    """Seconds until one of those that had failed answered again."""
    if recovered is None:
        return "-"
    at = await town.owner.fetchval(
        "SELECT min(closed_at) FROM ledger WHERE closed_at > $1 AND status = 'settled' AND error = '' "
        "AND provider = ANY($2)", recovered, list(hit),
    )  # fmt: skip
    return f"{(at - recovered).total_seconds():.1f}" if at else f"not in {scene.after:.0f}"


async def count_turns(owner: asyncpg.Connection, began: datetime) -> dict[str, int]:
    """By who answered; an escalation counts as one, whoever answered part of it."""
    rows = await owner.fetch(
        "SELECT CASE WHEN t.trace ->> 'escalated' IS NULL THEN coalesce(t.trace ->> 'by', '?') ELSE 'escalated' END, "
        "count(*) FROM turns t JOIN streams s USING (tenant_id, stream_id) "
        "WHERE t.started_at > $1 AND s.kind = 'conversation' GROUP BY 1", began,
    )  # fmt: skip
    return {row[0]: row[1] for row in rows}


def print_scenes(rows: list[list[object]], first: str) -> None:
    print_table(
        f"Outages ({first} is the first choice), {OUTAGE_RATE:.0f} questions a second, none routine; times in seconds",
        ("", "asked", "no reply", "p50", "p95", "longest", "model", "notes", "a person", "requests/in the ledger",
         "most a call", "first answer again"), rows,
    )  # fmt: skip
