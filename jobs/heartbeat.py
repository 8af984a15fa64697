"""One heartbeat row keeps all of a process's leases."""

import asyncio
import time
from datetime import timedelta

import structlog

from core.errors import Transient
from core.ids import WorkerId
from db.engine.link import Link
from db.engine.workers import beat, dismiss_worker, enlist_worker

LEASE = timedelta(seconds=2)
EVERY_SECONDS = 0.5
_RETRY_SECONDS = 0.1
_log = structlog.get_logger(__name__)


class Heartbeat:
    def __init__(self, link: Link, *, lease: timedelta = LEASE, every_seconds: float = EVERY_SECONDS) -> None:
        self._link = link
        self._lease = lease
        self._every = every_seconds
        self._task: asyncio.Task[None] | None = None
        self._worker: WorkerId | None = None
        self._beaten_at = float("-inf")
        self._lapses = 0

    @property
    def worker(self) -> WorkerId:
        if self._worker is None:
            raise RuntimeError("the heartbeat has not started")
        return self._worker

    @property
    def term(self) -> int:
        """A number that stays while nobody can have taken over: what was taken in one term is ours in that term only.
        0 while others may take over right now: after a freeze, or while PostgreSQL is away.

        Counted from before the last beat was sent, so a term ends before the lease does on the server.
        """
        return 0 if self._lapsed(time.monotonic()) else self._lapses + 1

    def _lapsed(self, now: float) -> bool:
        return now - self._beaten_at >= self._lease.total_seconds()

    async def start(self, roles: str) -> WorkerId:
        now = time.monotonic()
        async with self._link.use() as tx:
            self._worker = await enlist_worker(tx, roles, self._lease)
        self._beaten_at = now
        self._task = asyncio.create_task(self._run(self._worker, roles))
        return self._worker

    async def _run(self, worker: WorkerId, roles: str) -> None:
        pause = self._every
        while True:
            await asyncio.sleep(pause)
            now, pause = time.monotonic(), _RETRY_SECONDS
            try:
                async with self._link.use() as tx:
                    await beat(tx, worker, roles, self._lease)
            except Transient:
                # The leases run out meanwhile and others take over; every finish checks its token.
                _log.warning("heartbeat_missed", worker=worker)
            except Exception:  # noqa: BLE001 - a heart that stops for an odd error would stop the process's work
                _log.exception("heartbeat_failed", worker=worker)
            else:
                self._lapses += self._lapsed(time.monotonic())
                self._beaten_at, pause = now, self._every

    async def stop(self) -> None:
        if self._task is not None:
            self._task.cancel()
            await asyncio.wait([self._task])
        if self._worker is not None:
            try:
                async with self._link.use() as tx:
                    await dismiss_worker(tx, self._worker)
            except Transient:
                _log.warning("worker_not_dismissed", worker=self._worker)
