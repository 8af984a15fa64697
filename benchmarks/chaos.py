"""The crash suite: kill -9 at every commit point and at random under load, freezes, outages of PostgreSQL and Redis.

    python -m benchmarks.chaos [--kills 100] [--rate 60] [--conversations 300]

Two workers (the real engine, Telegram edge and memory, in processes of their own) answer hundreds of conversations. The
load and the provider are in this process. Prints a table; the exit code is 1 when a target is missed. What the rows
mean is in docs/reliability.md.
"""

import argparse
import asyncio
import sys
import tempfile
import time
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path
from statistics import median

import aiohttp
import asyncpg

from benchmarks.chaos_fleet import Fleet
from benchmarks.chaos_load import Conversation, Load
from benchmarks.chaos_oracle import Verdict, judge
from benchmarks.chaos_provider import Provider
from benchmarks.chaos_scenes import Stage
from db.database import APP_ROLE, ENGINE_ROLE, url_for_role
from db.embedded import start_services
from db.migrations import migrate

TAKEOVER_SECONDS, RESUME_SECONDS = 3.0, 10.0
FREEZE_SECONDS = 4.0
ACCOUNTS = 30
_PASSWORDS = {APP_ROLE: "aa", ENGINE_ROLE: "bb"}


@dataclass(frozen=True, slots=True, kw_only=True)
class Plan:
    kills: int
    """Of workers; a tenth of them when there is only one worker."""
    freezes: int
    outages: int
    redis: int
    rate: float
    conversations: int
    seed: int


@dataclass(frozen=True, slots=True, kw_only=True)
class Result:
    verdict: Verdict
    stage: Stage
    retried: int
    refused: int
    drained_seconds: float
    trouble: tuple[str, ...]
    """Logged errors of workers, and how often."""
    seconds: float

    @property
    def missed(self) -> list[str]:
        times = self.stage.times
        missed = [] if self.verdict.holds else ["lost, doubled or reordered"]
        if max(times.takeovers, default=0) > TAKEOVER_SECONDS:
            missed.append(f"a second worker took over later than {TAKEOVER_SECONDS:.0f} s")
        if max(times.resumes, default=0) > RESUME_SECONDS:
            missed.append(f"a lone worker resumed later than {RESUME_SECONDS:.0f} s")
        if float("inf") in (*times.freezes, *times.outages, *times.redis):
            missed.append("never recovered from a freeze or an outage")
        return missed


async def run(plan: Plan, folder: Path) -> Result:
    started = time.monotonic()
    provider = Provider(plan.seed)
    logs = folder / "logs"
    logs.mkdir()
    async with start_services(folder / "state") as services, provider.serve() as port:
        await migrate(services.database_url, _PASSWORDS)
        conversations = await _make_tenants(services.database_url, plan.conversations)
        urls = {
            "CHAOS_ENGINE_URL": url_for_role(services.database_url, ENGINE_ROLE, _PASSWORDS[ENGINE_ROLE]),
            "CHAOS_APP_URL": url_for_role(services.database_url, APP_ROLE, _PASSWORDS[APP_ROLE]),
            "CHAOS_REDIS_URL": services.redis_url,
        }
        fleet = Fleet(urls, f"http://127.0.0.1:{port}", logs)
        load = Load(conversations, fleet.ports, rate=plan.rate, seed=plan.seed)
        stage = Stage(
            fleet=fleet, load=load, provider=provider, owner_url=services.database_url, state=folder / "state",
            seed=plan.seed,
        )  # fmt: skip
        try:
            async with aiohttp.ClientSession(connector=aiohttp.TCPConnector(limit=0)) as session:
                await _play(plan, stage, load, provider, session)
            drained = await fleet.drain()
        finally:
            await fleet.abort()
        connection = await asyncpg.connect(services.database_url)
        verdict = await judge(connection, conversations, provider, stage.doubts)
        await connection.close()
    return Result(
        verdict=verdict, stage=stage, retried=load.retried, refused=provider.refused, drained_seconds=drained,
        trouble=_read_trouble(logs), seconds=time.monotonic() - started,
    )  # fmt: skip


async def _play(plan: Plan, stage: Stage, load: Load, provider: Provider, session: aiohttp.ClientSession) -> None:
    alone = plan.kills // 10
    await stage.fleet.start(point=next(stage.points))
    load.start(session)
    for _ in range(alone):
        await stage.kill_the_only_one()
    await asyncio.gather(stage.fleet.start(point=next(stage.points)), stage.fleet.start("web", "after_record"))
    for _ in range(plan.kills - alone):
        await stage.kill_one_of_two()
    for _ in range(plan.freezes):
        await stage.freeze_one(FREEZE_SECONDS)
    for _ in range(plan.outages):
        await stage.kill_postgres()
    for _ in range(plan.redis):
        await stage.kill_redis()
    provider.refuse = 0.05
    await asyncio.sleep(5)
    provider.refuse = 0.0
    await load.stop()
    await stage.settle()


async def _make_tenants(owner_url: str, conversations: int) -> list[Conversation]:
    connection = await asyncpg.connect(owner_url)
    for n in range(ACCOUNTS):
        await connection.execute(
            "INSERT INTO tenants (tenant_id, slug, name, language, time_zone, currency) "
            "VALUES ($1, $2, 'Chaos', 'en', 'UTC', 'EUR')",
            n + 2,
            f"chaos-{n}",
        )
        await connection.execute(
            "INSERT INTO channel_accounts (tenant_id, channel, role, external_id, path_id, delivery, secrets) "
            "VALUES ($1, 'telegram', 'customer', $2, $3, 'webhook', '')",
            n + 2,
            str(7_000_000 + n),
            f"path{n}",
        )
    await connection.close()
    return [Conversation(str(10_000 + n), f"path{n % ACCOUNTS}") for n in range(conversations)]


def _read_trouble(logs: Path) -> tuple[str, ...]:
    found: dict[str, int] = {}
    for path in logs.glob("*.log"):
        for line in path.read_text(errors="replace").splitlines():
            if '"level": "error"' in line or line.startswith("Traceback"):
                event = line.split('"event": "')[-1].split('"')[0] if '"event"' in line else line.strip()
                found[event] = found.get(event, 0) + 1
    return tuple(f"{event} x {times}" for event, times in sorted(found.items()))


def write_report(result: Result) -> str:
    v, times, kills = result.verdict, result.stage.times, result.stage.kills
    slowest = f"slowest {result.stage.slowest[1]}"
    spread = ", ".join(f"{point} {n}" for point, n in kills.items() if n)
    rows: list[tuple[str, object, str]] = [
        ("kills of a worker (kill -9)", sum(kills.values()), spread),
        ("freezes / PostgreSQL / Redis kills", f"{len(times.freezes)} / {len(times.outages)} / {len(times.redis)}", ""),
        ("messages acknowledged", v.acknowledged, f"{result.retried} deliveries repeated, as vendors do"),
        ("acknowledged and unanswered", v.unanswered, "target 0"),
        ("duplicate outbox rows", v.duplicate_rows, "target 0"),
        ("effects not exactly once", v.duplicate_effects, "target 0: state, history, ledger"),
        ("order violations", v.order_violations, "target 0"),
        ("streams / rows stuck, rows failed, dead letters",
         f"{v.stuck_streams} / {v.stuck_rows}, {v.failed_rows}, {v.dead_letters}", "target 0"),
        ("sends accepted", v.accepts, f"{result.refused} refused with 429 or 500"),
        ("doubled: crash between accept and record", v.doubled_in_doubt, "no idempotency key: resent, counted"),
        ("doubled otherwise", v.doubled_otherwise, "target 0"),
        ("actions / lost / repeated", f"{v.actions} / {v.actions_lost} / {v.actions_repeated}",
         "repeated under the same key"),
        ("takeover by a second worker, s", _span(times.takeovers), f"target max {TAKEOVER_SECONDS:.0f}; {slowest}"),
        ("lone worker restarted, s", _span(times.resumes), f"target max {RESUME_SECONDS:.0f}"),
        ("worker frozen 4 s, s", _span(times.freezes), ""),
        ("PostgreSQL killed, s", _span(times.outages), ""),
        ("Redis killed, s", _span(times.redis), ""),
        ("graceful drain, s", f"{result.drained_seconds:.1f}", ""),
    ]  # fmt: skip
    lines = [f"{name:<48} {value!s:>16}   {note}" for name, value, note in rows]
    lines += [f"  example: {text}" for text in v.examples[:20]]
    lines += [f"  logged: {text}" for text in result.trouble]
    ending = "MISSED: " + "; ".join(result.missed) if result.missed else "every target reached"
    return "\n".join([*lines, f"{ending} ({result.seconds:.0f} s)"])


def _span(seconds: Sequence[float]) -> str:
    return f"{median(seconds):.2f} / {max(seconds):.2f}" if seconds else "-"


def main() -> None:
    parser = argparse.ArgumentParser(description=(__doc__ or "").splitlines()[0])
    parser.add_argument("--kills", type=int, default=100)
    parser.add_argument("--freezes", type=int, default=10)
    parser.add_argument("--outages", type=int, default=5)
    parser.add_argument("--redis", type=int, default=3)
    parser.add_argument("--rate", type=float, default=60)
    parser.add_argument("--conversations", type=int, default=300)
    parser.add_argument("--seed", type=int, default=time.time_ns() % 100_000)
    parser.add_argument("--keep", type=Path, help="an empty folder for state and logs, kept afterwards")
    options = vars(parser.parse_args())
    keep = options.pop("keep")
    plan = Plan(**options)
    print(f"seed {plan.seed}", flush=True)
    if keep is not None:
        keep.mkdir(parents=True)
        result = asyncio.run(run(plan, keep))
    else:
        with tempfile.TemporaryDirectory(prefix="steward-chaos-") as folder:
            result = asyncio.run(run(plan, Path(folder)))
    print(write_report(result))
    sys.exit(1 if result.missed else 0)


if __name__ == "__main__":
    main()
