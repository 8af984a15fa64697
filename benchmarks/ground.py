"""What every benchmark stands on: servers of its own in a temp folder, CPU meters, tables."""

import statistics
import tempfile
from collections.abc import AsyncGenerator, Callable, Iterable, Mapping, Sequence
from contextlib import asynccontextmanager
from dataclasses import dataclass
from pathlib import Path

import psutil

from db.embedded import start_services

MICRO, MILLI = 1e6, 1e3


@dataclass(frozen=True, slots=True, kw_only=True)
class Ground:
    """An embedded PostgreSQL that syncs every commit, and a Redis."""

    state: Path
    database_url: str
    redis_url: str

    def postgres_cpu(self) -> float:
        """Seconds of the server and of all its backends, also of those that have ended meanwhile."""
        return family_cpu(int((self.state / "postgres/data/postmaster.pid").read_text().splitlines()[0]))

    def redis_cpu(self) -> float:
        return family_cpu(int((self.state / "redis/data/redis.pid").read_text()))


@asynccontextmanager
async def stand() -> AsyncGenerator[Ground]:
    with tempfile.TemporaryDirectory(prefix="steward-bench-") as folder:
        async with start_services(Path(folder), durable=True) as services:
            yield Ground(state=Path(folder), database_url=services.database_url, redis_url=services.redis_url)


def family_cpu(pid: int) -> float:
    """Seconds of a process, of its living children, and of the children it has buried. Exact to some 10 ms."""
    process = psutil.Process(pid)
    own = process.cpu_times()
    seconds = own.user + own.system + own.children_user + own.children_system
    for child in process.children():
        try:
            times = child.cpu_times()
        except psutil.NoSuchProcess:  # ended since the list was made: the parent counts it from now on
            continue
        seconds += times.user + times.system
    return seconds


class Meter:
    """CPU seconds by where they were spent, between `start` and `stop`."""

    def __init__(self, sources: Mapping[str, Callable[[], float]]) -> None:
        self._sources = sources
        self._before: dict[str, float] = {}

    def start(self) -> None:
        self._before = {name: read() for name, read in self._sources.items()}

    def stop(self) -> dict[str, float]:
        return {name: read() - self._before[name] for name, read in self._sources.items()}


def median_of(rounds: Sequence[Mapping[str, float]]) -> dict[str, float]:
    """Of each figure by itself."""
    return {name: statistics.median(each[name] for each in rounds) for name in rounds[0]}


def percentile(values: Sequence[float], share: float) -> float:
    ordered = sorted(values)
    return ordered[min(len(ordered) - 1, int(len(ordered) * share))]


def print_table(title: str, heads: Sequence[str], rows: Iterable[Sequence[object]]) -> None:
    cells = [[str(cell) for cell in row] for row in rows]
    widths = [max(len(row[at]) for row in [list(heads), *cells]) for at in range(len(heads))]
    print(f"\n{title}")
    for row in [list(heads), ["-" * width for width in widths], *cells]:
        print(
            "  "
            + "  ".join(
                c.ljust(w) if at == 0 else c.rjust(w) for at, (c, w) in enumerate(zip(row, widths, strict=True))
            )
        )


def print_verdict(what: str, value: float, limit: float, unit: str = "") -> bool:
    met = value <= limit
    print(f"  {'met   ' if met else 'MISSED'}  {what}: {value:.2f}{unit} (at most {limit:g}{unit})")
    return met
