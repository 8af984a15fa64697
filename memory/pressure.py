"""Whether this machine, or the container around the process, is short of memory."""

import time
from collections.abc import Callable
from pathlib import Path

import psutil

_SHORT = 0.1
"""Of all memory; with less than that free, what can be made again is given up."""
_LOOK_SECONDS = 2.0
_GROUP = Path("/sys/fs/cgroup")


class MemoryPressure:
    """Looks at most every other second."""

    def __init__(
        self, free: Callable[[], float] | None = None, *, monotonic: Callable[[], float] = time.monotonic
    ) -> None:
        self._free = free or free_share
        self._monotonic = monotonic
        self._looked_at = float("-inf")
        self._short = False

    def __call__(self) -> bool:
        now = self._monotonic()
        if now - self._looked_at >= _LOOK_SECONDS:
            self._looked_at = now
            self._short = self._free() < _SHORT
        return self._short


def free_share() -> float:
    """Of the machine's memory or of the container's, whichever is shorter."""
    memory = psutil.virtual_memory()
    return min(memory.available / memory.total, _free_in_group())


def _free_in_group() -> float:
    """1 where no limit is set. Pages of files are counted as free: the kernel gives them up by itself."""
    try:
        most = (_GROUP / "memory.max").read_text().strip()
        if not most.isdigit():
            return 1.0
        used = int((_GROUP / "memory.current").read_text())
        files = dict(line.split() for line in (_GROUP / "memory.stat").read_text().splitlines())
        return 1 - (used - int(files["inactive_file"])) / int(most)
    except (OSError, ValueError, KeyError):
        return 1.0
