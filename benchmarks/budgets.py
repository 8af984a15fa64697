"""What the money ledger costs a call, and whether two processes together keep a limit."""

import asyncio
import sys
import time
from collections.abc import AsyncGenerator, Awaitable, Callable
from contextlib import asynccontextmanager
from dataclasses import dataclass

import asyncpg

from benchmarks.budgets_worker import TENANT, WORST, attempt, settle, spending
from benchmarks.ground import MILLI, Ground, Meter, print_table, print_verdict, stand
from core.clock import SystemClock
from db.database import APP_ROLE, ENGINE_ROLE, Database, open_pool, url_for_role
from db.ledger import expire_spend
from db.migrations import migrate
from routing.ledger import Ledger

PASSWORD = "00"
SCOPES = ("agent", "conversation", "day", "month")


@dataclass
class Watch:
    samples: int = 0
    highest: int = 0
    """Spent and reserved of the day, in micros."""


@dataclass
class Caller:
    process: asyncio.subprocess.Process

    async def hear(self) -> str:
        assert self.process.stdout is not None
        line = await self.process.stdout.readline()
        assert line, "the process ended"
        return line.decode().strip()

    def tell(self, order: str) -> None:
        assert self.process.stdin is not None
        self.process.stdin.write(f"{order}\n".encode())


@asynccontextmanager
async def callers(url: str, calls: int, count: int = 2) -> AsyncGenerator[list[Caller]]:
    """Processes of their own that are ready to make so many calls each."""
    started = [
        Caller(
            await asyncio.create_subprocess_exec(
                sys.executable, "-m", "benchmarks.budgets_worker", url, str(calls),
                stdin=asyncio.subprocess.PIPE, stdout=asyncio.subprocess.PIPE,
            )
        )
        for _ in range(count)
    ]  # fmt: skip
    try:
        for caller in started:
            assert await caller.hear() == "ready"
        yield started
    finally:
        for caller in started:
            if caller.process.returncode is None:
                caller.process.kill()
            await caller.process.wait()


@asynccontextmanager
async def watching(owner: asyncpg.Connection) -> AsyncGenerator[Watch]:
    """Samples what is spent and reserved for as long as the block runs, without a pause."""
    watch, stop = Watch(), asyncio.Event()

    async def look() -> None:
        while not stop.is_set():
            used = await owner.fetchval("SELECT max(reserved_micros + spent_micros) FROM spend WHERE scope = 'day'")
            watch.samples += 1
            watch.highest = max(watch.highest, used or 0)

    task = asyncio.create_task(look())
    try:
        yield watch
    finally:
        stop.set()
        await task


async def open_books(owner: asyncpg.Connection, limit_micros: int | None) -> None:
    await owner.execute("TRUNCATE ledger, spend, budgets, budget_alerts")
    if limit_micros is not None:
        await owner.execute(
            "INSERT INTO budgets (tenant_id, scope, limit_micros, currency, set_by) VALUES ($1, 'day', $2, 'USD', 1)",
            TENANT, limit_micros,
        )  # fmt: skip


async def prove_limit(owner: asyncpg.Connection, url: str) -> bool:
    limit = 20 * WORST.usd_micros
    await open_books(owner, limit)
    async with callers(url, 100) as two, watching(owner) as watch:
        began = time.perf_counter()
        for caller in two:
            caller.tell("go")
        counts = [[int(n) for n in (await caller.hear()).split()] for caller in two]
        took = time.perf_counter() - began
        for caller in two:
            caller.tell("settle")
            assert await caller.hear() == "settled"
    passed = sum(count[0] for count in counts)
    spent = await owner.fetchval("SELECT spent_micros FROM spend WHERE scope = 'day'")
    print_table(
        "200 calls at once, two processes, a day's limit that pays for 20",
        ["passed", "refused", "took", "samples", "highest spent + reserved", "limit", "spent in the end"],
        [[passed, 200 - passed, f"{took * MILLI:.0f} ms", watch.samples, watch.highest, limit, spent]],
    )
    return passed == 20 and print_verdict("spent + reserved at any instant", watch.highest, limit, " micros")


async def prove_churn(owner: asyncpg.Connection, url: str, seconds: float) -> bool:
    limit = 20 * WORST.usd_micros
    await open_books(owner, limit)
    async with callers(url, 100) as two, watching(owner) as watch:
        for caller in two:
            caller.tell(f"churn {seconds}")
        counts = [[int(n) for n in (await caller.hear()).split()] for caller in two]
    passed, refused = (sum(count[at] for count in counts) for at in (0, 1))
    print_table(
        f"Reserving and settling without pause for {seconds:.0f} s, 200 at once, two processes",
        ["passed", "refused", "calls/s", "samples", "highest spent + reserved", "limit"],
        [[passed, refused, f"{(passed + refused) / seconds:.0f}", watch.samples, watch.highest, limit]],
    )
    return print_verdict("spent + reserved at any instant", watch.highest, limit, " micros")


async def prove_crash(owner: asyncpg.Connection, url: str, engine_url: str) -> bool:
    await open_books(owner, 20 * WORST.usd_micros)
    async with callers(url, 20, count=1) as (caller,):
        caller.tell("go")
        passed = int((await caller.hear()).split()[0])
        caller.process.kill()
        await caller.process.wait()
    await owner.execute("UPDATE ledger SET expires_at = clock_timestamp()")
    engine = await asyncpg.connect(engine_url)
    expired = await expire_spend(engine, 1000)
    await engine.close()
    reserved, spent = await owner.fetchrow("SELECT reserved_micros, spent_micros FROM spend WHERE scope = 'day'")
    print_table(
        "kill -9 of a process that holds reservations, after their expiry",
        ["held", "expired", "still reserved", "presumed spent"],
        [[passed, len(expired), reserved, spent]],
    )
    return print_verdict("reserved after expiry", reserved, 0, " micros") and spent == passed * WORST.usd_micros


async def measure(ground: Ground, url: str, calls: int) -> bool:
    """CPU of this process and of PostgreSQL for a reserve and a settle, beside that of two empty statements."""
    rows: list[list[object]] = []
    worst = 0.0
    async with open_pool(url, size=8) as pool:
        database = Database(pool)
        ledger = Ledger(database, SystemClock())

        async def floor(number: int) -> None:
            for _ in range(2):
                async with database.statements() as tx:
                    await tx.fetchrow("SELECT $1::int", number)

        async def both(number: int) -> None:
            hold = await ledger.reserve(spending(number), attempt(), WORST)
            await settle(ledger, hold, 700)

        for name, step in (("two empty statements", floor), ("reserve + settle", both)):
            for width in (1, 20):
                await _spread(step, calls // 10, width)
                figures = await _metered(ground, step, calls, width)
                rows.append([name, width, *(f"{figures[key]:.3f}" for key in ("process", "postgres", "both", "wall"))])
                worst = max(worst, figures["both"]) if step is both else worst
    print_table(f"ms a call over {calls} calls", ["", "at once", "process", "PostgreSQL", "CPU in all", "wall"], rows)
    return print_verdict("CPU of reserve + settle", worst, 3, " ms")


async def _metered(ground: Ground, step: Callable[[int], Awaitable[None]], calls: int, width: int) -> dict[str, float]:
    meter = Meter({"process": time.process_time, "postgres": ground.postgres_cpu})
    meter.start()
    began = time.perf_counter()
    await _spread(step, calls, width)
    wall = time.perf_counter() - began
    spent = {name: seconds * MILLI / calls for name, seconds in meter.stop().items()}
    return {**spent, "both": sum(spent.values()), "wall": wall * MILLI / calls}


async def _spread(step: Callable[[int], Awaitable[None]], calls: int, width: int) -> None:
    numbers = iter(range(calls))

    async def work() -> None:
        for number in numbers:
            await step(number)

    await asyncio.gather(*(work() for _ in range(width)))


async def run(*, short: bool) -> bool:
    async with stand() as ground:
        await migrate(ground.database_url, {APP_ROLE: PASSWORD, ENGINE_ROLE: PASSWORD})
        app = url_for_role(ground.database_url, APP_ROLE, PASSWORD)
        owner = await asyncpg.connect(ground.database_url)
        try:
            met = [await prove_limit(owner, app), await prove_churn(owner, app, 2 if short else 20)]
            met.append(await prove_crash(owner, app, url_for_role(ground.database_url, ENGINE_ROLE, PASSWORD)))
            for limits in (None, 10**12):
                await open_books(owner, limits)
                if limits:
                    await owner.executemany(
                        "INSERT INTO budgets (tenant_id, scope, limit_micros, currency, set_by) "
                        "VALUES ($1, $2, $3, 'USD', 1) ON CONFLICT DO NOTHING",
                        [(TENANT, scope, limits) for scope in SCOPES],
                    )
                print(f"\n{'With a limit on each of four counters' if limits else 'Without any limit'}:", end="")
                met.append(await measure(ground, app, 500 if short else 3000))
        finally:
            await owner.close()
    return all(met)
