"""What happens to the product in the crash suite: kills, freezes, outages, each under load and each timed."""

import asyncio
import os
import random
import signal
import time
from collections.abc import AsyncGenerator, Iterator
from contextlib import asynccontextmanager
from dataclasses import dataclass, field
from itertools import cycle
from pathlib import Path

import asyncpg

from benchmarks.chaos_faults import POINTS
from benchmarks.chaos_fleet import Fleet, Instance
from benchmarks.chaos_load import Load
from benchmarks.chaos_oracle import Doubt, find_unanswered, rows_in_doubt
from benchmarks.chaos_provider import Provider

PATIENCE_SECONDS = 30.0


@dataclass(slots=True)
class Times:
    """Seconds from the event until everything acknowledged before it was answered."""

    takeovers: list[float] = field(default_factory=list[float])
    """A worker died that had something in hand, another lived."""
    resumes: list[float] = field(default_factory=list[float])
    """The only worker died; from the start of the next one."""
    freezes: list[float] = field(default_factory=list[float])
    outages: list[float] = field(default_factory=list[float])
    """PostgreSQL died; from its death."""
    redis: list[float] = field(default_factory=list[float])


def draw_points() -> Iterator[str]:
    """Commit points in turn, and every third time none: that one dies at a random moment."""
    points = cycle(POINTS)
    while True:
        yield next(points)
        yield next(points)
        yield ""


class Stage:
    def __init__(self, *, fleet: Fleet, load: Load, provider: Provider, owner_url: str, state: Path, seed: int) -> None:
        self.fleet = fleet
        self.times = Times()
        self.doubts: list[Doubt] = []
        self.slowest = (0.0, "")
        """Of the takeovers, and where that worker died."""
        self.kills: dict[str, int] = dict.fromkeys((*POINTS, "random"), 0)
        self._load = load
        self._provider = provider
        self._owner_url = owner_url
        self._state = state
        self._random = random.Random(seed)
        self.points = draw_points()

    async def kill_one_of_two(self) -> None:
        """The survivor takes over; another starts meanwhile. Now and then the process that only listens dies."""
        listens_only = self._random.random() < 0.1
        victim = self._random.choice([i for i in self.fleet.instances if listens_only != ("worker" in i.roles)])
        died, held = await self._kill(victim)
        # Of the commit points, a process that only listens has but one.
        point = next(self.points) if "worker" in victim.roles else "after_record"
        starting = asyncio.create_task(self.fleet.start(victim.roles, point))
        took = await self._answered(died) - died
        if held:
            self.times.takeovers.append(took)
            self.slowest = max(self.slowest, (took, victim.point or "random"))
        await starting
        await asyncio.sleep(self._random.uniform(0.05, 0.4))

    async def kill_the_only_one(self) -> None:
        died, _ = await self._kill(self.fleet.instances[0])
        started = time.monotonic()
        await self.fleet.start(point=next(self.points))
        self.times.resumes.append(await self._answered(died) - started)
        await asyncio.sleep(self._random.uniform(0.05, 0.4))

    async def freeze_one(self, seconds: float) -> None:
        """Longer than its lease: what it holds is taken over, and it must notice when it wakes."""
        victim = self._random.choice(self.fleet.instances)
        victim.send(signal.SIGSTOP)
        frozen = time.monotonic()
        async with self._looking() as connection:
            rows = await rows_in_doubt(connection, victim.worker_id)
        # A call that was under way ends while the process sleeps, so the doubt is as old as the freeze.
        self.doubts.append(Doubt(frozen, frozen, rows))
        await asyncio.sleep(seconds)
        victim.send(signal.SIGCONT)
        self.times.freezes.append(await self._answered(frozen) - frozen)

    async def kill_postgres(self) -> None:
        """The whole server, at once; the product's own watch starts it again."""
        pid = int((self._state / "postgres" / "data" / "postmaster.pid").read_text().splitlines()[0])
        os.kill(pid, signal.SIGKILL)
        died = time.monotonic()
        while True:
            try:
                async with self._looking() as connection:
                    rows = await rows_in_doubt(connection, None)
                break
            except (OSError, asyncpg.PostgresError, asyncpg.InterfaceError):
                await asyncio.sleep(0.02)
        self.doubts.append(Doubt(died, time.monotonic(), rows))
        self.times.outages.append(await self._answered(died) - died)

    async def kill_redis(self) -> None:
        pid = int((self._state / "redis" / "data" / "redis.pid").read_text())
        os.kill(pid, signal.SIGKILL)
        died = time.monotonic()
        self.times.redis.append(await self._answered(died) - died)

    async def settle(self) -> None:
        """Until nothing is pending and nothing waits to be sent; gives up quietly, as the verdict will say it."""
        deadline = time.monotonic() + PATIENCE_SECONDS
        async with self._looking() as connection:
            while time.monotonic() < deadline:
                if not find_unanswered(self._load.conversations, self._provider, float("inf")):
                    pending = await connection.fetchval(
                        "SELECT (SELECT count(*) FROM streams WHERE last_seq > done_seq) "
                        "+ (SELECT count(*) FROM outbox WHERE status IN ('queued', 'sending'))"
                    )
                    if not pending:
                        return
                await asyncio.sleep(0.1)

    async def _kill(self, victim: Instance) -> tuple[float, bool]:
        """When it died, and whether it left anything to take over."""
        died = await self.fleet.kill(victim)
        async with self._looking() as connection:
            rows = await rows_in_doubt(connection, victim.worker_id)
            held = await connection.fetchval(
                "SELECT EXISTS (SELECT FROM streams WHERE owner = $1 AND last_seq > done_seq) "
                "OR EXISTS (SELECT FROM outbox WHERE sender = $1 AND status = 'sending')",
                victim.worker_id,
            )
        self.doubts.append(Doubt(died, died, rows))
        self.kills[victim.point or "random"] += 1
        return died, held

    async def _answered(self, before: float) -> float:
        """When everything acknowledged before the given moment was answered; infinity when patience ends."""
        deadline = time.monotonic() + PATIENCE_SECONDS
        while find_unanswered(self._load.conversations, self._provider, before):
            if time.monotonic() > deadline:
                return float("inf")
            await asyncio.sleep(0.02)
        return time.monotonic()

    @asynccontextmanager
    async def _looking(self) -> AsyncGenerator[asyncpg.Connection]:
        connection = await asyncpg.connect(self._owner_url, timeout=5)
        try:
            yield connection
        finally:
            connection.terminate()
