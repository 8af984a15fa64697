"""Pending streams that no process has in hand: those of dead workers, of failed turns, of processes without workers."""

import asyncio
from collections.abc import Callable

import structlog

from core.errors import Transient
from core.events import OwnerNotice
from core.ids import WorkerId
from core.recording import Recorder
from db.engine.link import Link
from db.engine.outbox import Swept, sweep_rows
from db.engine.streams import claim_streams
from jobs.dispatch import Dispatcher
from jobs.effects import result_event
from jobs.notices import notify_desks
from jobs.orphans import Orphans
from jobs.payloads import decode_action

_log = structlog.get_logger(__name__)
_POLL_SECONDS = 0.25
_BATCH = 100


class Claimer:
    def __init__(
        self,
        *,
        link: Link,
        dispatcher: Dispatcher,
        recorder: Recorder,
        worker: Callable[[], WorkerId],
        term: Callable[[], int],
        orphans: Orphans,
        on_requeued: Callable[[], None],
    ) -> None:
        """`term`: see `jobs.heartbeat`."""
        self._term = term
        self._orphans = orphans
        self._link = link
        self._dispatcher = dispatcher
        self._recorder = recorder
        self._worker = worker
        self._on_requeued = on_requeued
        self._wake = asyncio.Event()
        self._loop: asyncio.Task[None] | None = None
        self._stopping = False

    def start(self) -> None:
        self._loop = asyncio.create_task(self._run())

    def kick(self) -> None:
        self._wake.set()

    async def stop(self) -> None:
        self._stopping = True
        self._wake.set()
        if self._loop is not None:
            await asyncio.wait([self._loop])

    async def _run(self) -> None:
        while not self._stopping:
            self._wake.clear()
            try:
                if self._term():  # one that counts as dead itself must not sweep its own rows away
                    if self._dispatcher.has_room and await self._claim() == _BATCH:
                        self._wake.set()  # there are more
                    await self._sweep()
                    await self._orphans.look()
            except Transient:
                _log.warning("claim_missed")
            except Exception:  # noqa: BLE001 - the loop must go on
                _log.exception("claim_failed")
            try:
                async with asyncio.timeout(_POLL_SECONDS):  # `wait_for` can swallow the cancelling of this task
                    await self._wake.wait()
            except TimeoutError:
                continue

    async def _claim(self) -> int:
        async with self._link.use() as tx:
            leases = await claim_streams(tx, self._worker(), _BATCH)
        self._dispatcher.offer(leases)
        return len(leases)

    async def _sweep(self) -> None:
        async with self._link.use() as tx:
            rows = await sweep_rows(tx, _BATCH)
        if rows:
            _log.info("outbox_swept", rows=len(rows), failed=sum(row.status == "failed" for row in rows))
            self._on_requeued()
        for row in rows:
            if row.status == "failed":
                await self._tell(row)

    async def _tell(self, row: Swept) -> None:
        """A row in too much doubt: whoever asked for it, and the owner, must know."""
        if row.is_action:
            action = decode_action(row.payload)
            await self._recorder.record([result_event(row.key, action, ok=False, result={}, error="in_doubt")])
        notice = OwnerNotice(notice="delivery_failed", fields={"reason": "in_doubt"})
        key = f"doubt:{row.key.stream_id.hex}:{row.key.seq}:{row.key.n}"
        await notify_desks(self._link, self._recorder, row.key.tenant_id, notice, key)
