"""One heartbeat row keeps all of a process's leases."""

import asyncio
from datetime import timedelta

import structlog

from core.errors import Transient
from core.ids import WorkerId
from db.engine.link import Link
from db.engine.workers import beat, dismiss_worker, enlist_worker

LEASE = timedelta(seconds=2)
EVERY_SECONDS = 0.5
_log = structlog.get_logger(__name__)


class Heartbeat:
    def __init__(self, link: Link, *, lease: timedelta = LEASE, every_seconds: float = EVERY_SECONDS) -> None:
        self._link = link
        self._lease = lease
        self._every = every_seconds
        self._task: asyncio.Task[None] | None = None
        self._worker: WorkerId | None = None

    @property
    def worker(self) -> WorkerId:
        if self._worker is None:
            raise RuntimeError("the heartbeat has not started")
        return self._worker

    async def start(self, roles: str) -> WorkerId:
        async with self._link.use() as tx:
            self._worker = await enlist_worker(tx, roles, self._lease)
        self._task = asyncio.create_task(self._run(self._worker))
        return self._worker

    async def _run(self, worker: WorkerId) -> None:
        while True:
            await asyncio.sleep(self._every)
            try:
                async with self._link.use() as tx:
                    await beat(tx, worker, self._lease)
            except Transient:
                # The leases run out meanwhile and others take over; every finish checks its token.
                _log.warning("heartbeat_missed", worker=worker)

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
