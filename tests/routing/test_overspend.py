"""Nothing passes a limit: not by order, not by numbers, not by processes, not by kill -9."""

import asyncio
from dataclasses import dataclass, field
from uuid import UUID

import asyncpg
import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from benchmarks.budgets import callers, open_books, watching
from benchmarks.budgets_worker import WORST
from core.errors import LimitReached
from core.ids import StreamId, StreamKind
from core.spending import PaidUsage
from db.database import Database, open_pool
from routing.ledger import Hold, Ledger
from tests.routing.conftest import TENANT, Books, attempt, spending, usd
from tests.support.clocks import HandClock
from tests.support.databases import Urls

LIMIT = 20 * WORST.usd_micros


@dataclass(frozen=True)
class Reserve:
    amount: int
    stream: int
    kind: StreamKind
    agent: str


@dataclass(frozen=True)
class Close:
    which: int
    how: str
    cost: int


STEPS = st.lists(
    st.one_of(
        st.builds(
            Reserve,
            st.integers(0, 60),
            st.integers(1, 2),
            st.sampled_from(["conversation", "case", "desk"]),
            st.sampled_from(["billing", "general"]),
        ),
        st.builds(
            Close, st.integers(0, 9), st.sampled_from(["settle", "release", "expire", "again"]), st.integers(0, 80)
        ),
    ),
    min_size=5,
    max_size=25,
)
LIMITS = st.dictionaries(
    st.sampled_from(["day", "month", "case", "conversation", "agent"]), st.integers(0, 150), max_size=5
)


@dataclass
class Run:
    books: Books
    limits: dict[str, int]
    open: list[Hold] = field(default_factory=list)
    closed: list[Hold] = field(default_factory=list)
    above: int = 0
    """By how much costs have passed what was reserved for them: as much may the sums pass a limit."""

    async def take(self, step: Reserve | Close) -> None:
        if isinstance(step, Reserve):
            whose = spending(stream=StreamId(UUID(int=step.stream)), kind=step.kind, agent=step.agent)
            before = await self.books.counters()
            try:
                self.open.append(await self.books.ledger.reserve(whose, attempt(), usd(step.amount)))
            except LimitReached as refused:
                after = await self.books.counters()
                assert {key: sums for key, sums in after.items() if any(sums)} == {
                    key: sums for key, sums in before.items() if any(sums)
                }
                assert sum(after[refused.scope, refused.key]) + step.amount > self.limits[refused.scope]
        elif step.how == "expire":
            await self.books.expire(1)
        elif step.how == "again" and self.closed:
            await self.books.ledger.settle(self.closed[step.which % len(self.closed)], usd(step.cost), PaidUsage())
            self.above += step.cost  # of a release that is billed after all
        elif self.open:
            hold = self.open.pop(step.which % len(self.open))
            self.closed.append(hold)
            if step.how == "settle":
                await self.books.ledger.settle(hold, usd(step.cost), PaidUsage())
                self.above += max(0, step.cost - hold.amount.micros)
            else:
                await self.books.ledger.release(hold)

    async def check(self) -> None:
        assert await self.books.disagreements() == []
        for (scope, key), (reserved, spent) in (await self.books.counters()).items():
            assert min(reserved, spent) >= 0, (scope, key)
            if scope in self.limits:
                assert reserved + spent <= self.limits[scope] + self.above, (scope, key)


@settings(max_examples=100, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(steps=STEPS, limits=LIMITS)
async def test_counters_are_the_sums_of_the_rows_and_within_every_limit(
    books: Books, steps: list[Reserve | Close], limits: dict[str, int]
) -> None:
    await books.owner.execute("TRUNCATE ledger, spend, budgets, budget_alerts")
    for scope, micros in limits.items():
        await books.limit(scope, micros)
    run = Run(books, limits)
    for step in steps:
        await run.take(step)
        await run.check()


async def test_reservations_settlements_and_expiry_at_once_do_not_deadlock(urls: Urls, books: Books) -> None:
    """Over few streams and agents, so that everybody wants the same counters in another combination."""
    await books.limit("day", 50_000)
    async with open_pool(urls.app, size=12) as pool:
        ledger = Ledger(Database(pool), HandClock())

        async def call(number: int) -> None:
            kind: StreamKind = "case" if number % 3 == 0 else "conversation"
            whose = spending(stream=StreamId(UUID(int=number % 4)), kind=kind, agent=f"agent-{number % 5}")
            try:
                hold = await ledger.reserve(whose, attempt(), usd(300))
            except LimitReached:
                return
            await (ledger.settle(hold, usd(number % 300), PaidUsage()) if number % 4 else ledger.release(hold))

        async def expire() -> None:
            for _ in range(20):
                await books.expire(5)

        await asyncio.gather(*(call(number) for number in range(400)), expire())
    assert await books.disagreements() == []
    assert {reserved for reserved, _ in (await books.counters()).values()} == {0}
    deadlocks = "SELECT deadlocks FROM pg_stat_database WHERE datname = current_database()"
    assert await books.owner.fetchval(deadlocks) == 0


async def test_of_200_calls_at_once_in_two_processes_exactly_the_20_pass_that_the_limit_pays_for(
    urls: Urls, owner_connection: asyncpg.Connection
) -> None:
    await open_books(owner_connection, LIMIT)
    watcher = await asyncpg.connect(urls.owner)
    async with callers(urls.app, 100) as two, watching(watcher) as watch:
        for caller in two:
            caller.tell("go")
        counts = [[int(n) for n in (await caller.hear()).split()] for caller in two]
        held = await owner_connection.fetchrow("SELECT reserved_micros, spent_micros FROM spend WHERE scope = 'day'")
        for caller in two:
            caller.tell("settle")
            assert await caller.hear() == "settled"
    await watcher.close()
    assert sum(passed for passed, _ in counts) == 20
    assert tuple(held) == (LIMIT, 0)
    assert watch.highest == LIMIT
    assert watch.samples > 20
    settled = await owner_connection.fetchrow("SELECT reserved_micros, spent_micros FROM spend WHERE scope = 'day'")
    assert tuple(settled) == (0, 20 * 700)


@pytest.mark.parametrize("scope", ["month", "conversation"])
async def test_after_kill_9_nothing_stays_reserved_and_what_was_is_presumed_spent(books: Books, scope: str) -> None:
    await open_books(books.owner, None)
    await books.limit(scope, 10 * WORST.usd_micros)
    async with callers(books.urls.app, 10, count=1) as (caller,):
        caller.tell("go")
        assert await caller.hear() == "10 0"
        caller.process.kill()
        await caller.process.wait()
    assert len(await books.expire(4)) == 4  # in batches
    assert len(await books.expire()) == 6
    sums = {key: sums for (kind, key), sums in (await books.counters()).items() if kind == "month"}
    assert list(sums.values()) == [(0, 10 * WORST.usd_micros)]
    assert await books.disagreements() == []
    assert (
        await books.owner.fetchval("SELECT count(*) FROM ledger WHERE tenant_id = $1 AND status = 'expired'", TENANT)
        == 10
    )
