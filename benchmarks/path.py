"""The whole path beside the durable floor in the same run: from a Telegram webhook to the reply that was accepted.

Steward runs as it is installed, without a model and without the typing action; 50 bakeries with a bot each, 2,000
chats, questions that their knowledge answers. The floor (`benchmarks/floor.py`) gets the same messages from the same
people. CPU is the process's, PostgreSQL's and Redis's; people and the Bot API are not counted.
"""

import asyncio
import statistics
import subprocess
import sys
from collections.abc import AsyncGenerator, Callable, Sequence
from contextlib import asynccontextmanager
from dataclasses import dataclass, replace

from benchmarks.ground import MILLI, Ground, Meter, family_cpu, median_of, percentile, print_table, print_verdict, stand
from benchmarks.installation import ROOT, add_bakery, add_telegram, open_setup, run_steward
from benchmarks.outside import Bot, Load, Outside, Times

TENANTS, CHATS = 50, 40
RATE = 50.0


@dataclass(frozen=True, slots=True, kw_only=True)
class Side:
    name: str
    meter: Meter
    load: Load


@asynccontextmanager
async def run_floor(ground: Ground, outside: Outside) -> AsyncGenerator[tuple[int, Callable[[], float]]]:
    arguments = [sys.executable, "-m", "benchmarks.floor", ground.database_url, ground.redis_url, outside.url]
    child = subprocess.Popen(arguments, cwd=ROOT, stdout=subprocess.PIPE)
    try:
        assert child.stdout is not None
        port = int(await asyncio.to_thread(child.stdout.readline))
        yield port, lambda: family_cpu(child.pid)
    finally:
        child.kill()
        child.wait()
        if child.stdout is not None:
            child.stdout.close()


def meter_of(ground: Ground, cpu: Callable[[], float]) -> Meter:
    return Meter({"process": cpu, "postgres": ground.postgres_cpu, "redis": ground.redis_cpu})


async def measure(outside: Outside, side: Side, load: Load) -> dict[str, float]:
    side.meter.start()
    times: Times = await outside.drive(load)
    await asyncio.sleep(0.1)  # settling and the like, after the last reply
    spent = side.meter.stop()
    if times.late:
        raise RuntimeError(f"{side.name}: {times.late} messages got no reply")
    each = {name: value / load.messages * MILLI for name, value in spent.items()}
    return {
        **each, "cpu": sum(each.values()), "rate": load.messages / times.seconds,
        "ack_p99": percentile(times.acks, 0.99) * MILLI,
        "p50": percentile(times.replies, 0.5) * MILLI, "p99": percentile(times.replies, 0.99) * MILLI,
    }  # fmt: skip


async def compare(outside: Outside, sides: Sequence[Side], *, messages: int, rounds: int, paced: int) -> bool:
    for side in sides:
        everybody = sum(bot.chats for bot in side.load.bots)
        for _ in range(2):  # the first message of each chat writes down who it is
            await outside.drive(replace(side.load, messages=everybody))
    full: list[list[dict[str, float]]] = [[] for _ in sides]
    for number in range(rounds):
        for side, found in zip(sides, full, strict=True):
            found.append(await measure(outside, side, replace(side.load, messages=messages, first=number * messages)))
    slow = [await measure(outside, side, replace(side.load, messages=paced, rate=RATE, together=64)) for side in sides]
    medians = [median_of(found) for found in full]
    ratio = statistics.median(ours["cpu"] / base["cpu"] for ours, base in zip(full[1], full[0], strict=True))
    for title, figures in (("at full load", medians), (f"at {RATE:.0f} messages/s", slow)):
        print_table(
            f"Whole path {title}, CPU ms a message, times in ms",
            ("", "process", "PostgreSQL", "Redis", "all", "messages/s", "ack p99", "reply p50", "reply p99"),
            [
                (s.name, *(f"{f[k]:.3f}" for k in ("process", "postgres", "redis", "cpu")), f"{f['rate']:.0f}",
                 *(f"{f[k]:.0f}" for k in ("ack_p99", "p50", "p99")))
                for s, f in zip(sides, figures, strict=True)
            ],
        )  # fmt: skip
    met = [
        print_verdict("whole path, times the floor's CPU", ratio, 1.0),
        print_verdict(f"reply p99 at {RATE:.0f}/s", slow[1]["p99"], 100, " ms"),
        print_verdict("ack p99 at full load", medians[1]["ack_p99"], 1000, " ms"),
    ]
    return all(met)


async def run(*, short: bool) -> bool:
    async with stand() as ground:
        state = ground.state / "steward"
        async with open_setup(ground, state) as setup:
            paths = [
                await add_telegram(setup, await add_bakery(setup, state, number), number) for number in range(TENANTS)
            ]
        bots = [Bot(path=p, first_chat=1_000_000 * (n + 1), chats=CHATS) for n, p in enumerate(paths)]
        with Outside() as outside:
            vendors = {"STEWARD_TELEGRAM_URL": outside.url, "STEWARD_WHATSAPP_URL": f"{outside.url}/v26.0"}
            async with run_floor(ground, outside) as (port, cpu), run_steward(ground, state, vendors) as steward:
                sides = [
                    Side(
                        name="durable floor", meter=meter_of(ground, cpu),
                        load=Load(port=port, bots=bots, messages=0),
                    ),
                    Side(
                        name="Steward", meter=meter_of(ground, steward.cpu),
                        load=Load(port=steward.port, bots=bots, messages=0),
                    ),
                ]  # fmt: skip
                return await compare(
                    outside, sides, messages=2000 if short else 4000, rounds=2 if short else 5,
                    paced=200 if short else 600,
                )  # fmt: skip
