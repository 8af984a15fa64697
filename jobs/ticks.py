"""Time. APScheduler is only the clock: what is due stands in rows, so two schedulers do no harm."""

from collections.abc import Awaitable, Callable, Iterable, Sequence
from datetime import timedelta

import structlog
from apscheduler.schedulers.asyncio import AsyncIOScheduler  # pyright: ignore[reportMissingTypeStubs]

from core.clock import Clock
from core.errors import Transient
from core.events import BudgetReached, NewEvent, TimerFired
from core.ids import INTERNAL, WorkerId, case_id
from core.turns import DeskEvent
from db.engine.changes import take_due_timers
from db.engine.directory import list_desks
from db.engine.link import Link
from db.engine.outbox import drop_old_rows
from db.engine.overview import erase_tenant, list_ghosts
from db.engine.recorder import Arrival
from db.engine.streams import sweep_clean
from db.engine.workers import bury_workers
from db.knowledge import DueRefresh, claim_due_refreshes
from db.ledger import BudgetAlert, drop_old_spend, expire_spend, take_budget_alerts
from db.pictures import drop_old_pictures
from db.watches import DueWatch, claim_due_watches
from jobs.finishing import desk_event, record_within

_log = structlog.get_logger(__name__)
_BATCH = 200
DEDUPE_TIME = timedelta(days=8)
"""WhatsApp repeats a webhook for up to 7 days. Source: Cloud API webhooks, November 2026."""
TRACE_TIME = timedelta(days=30)
LEDGER_TIME = timedelta(days=400)
"""A year, and time to look back at its last month."""


class Ticks:
    def __init__(
        self,
        *,
        link: Link,
        clock: Clock,
        lease_for: Callable[[], WorkerId | None],
        on_arrivals: Callable[[Sequence[Arrival]], None],
        timer_seconds: float = 1,
    ) -> None:
        self._link = link
        self._clock = clock
        self._lease_for = lease_for
        self._on_arrivals = on_arrivals
        self._timer_seconds = timer_seconds
        self._scheduler = AsyncIOScheduler(timezone="UTC")

    def start(self) -> None:
        every: list[tuple[Callable[[], Awaitable[None]], float]] = [
            (self.fire_timers, self._timer_seconds),
            (self.fire_watches, self._timer_seconds),
            (self.tell_budgets, self._timer_seconds),
            (self.expire_reservations, 5),
            (self.refresh_links, 30),
            (self.clean, 30),
            (self.drop_old, 600),
        ]
        for job, seconds in every:
            self._scheduler.add_job(  # pyright: ignore[reportUnknownMemberType]
                self._guarded(job), "interval", seconds=seconds, max_instances=1, coalesce=True, misfire_grace_time=None
            )
        self._scheduler.start()

    def stop(self) -> None:
        if self._scheduler.running:
            self._scheduler.shutdown(wait=False)  # pyright: ignore[reportUnknownMemberType]

    async def fire_timers(self) -> None:
        """Timers that are due become events of their streams, in one transaction."""
        async with self._link.transaction() as tx:
            events = await take_due_timers(tx, self._clock.now(), _BATCH)
            arrivals = await record_within(tx, events, self._lease_for())
        self._on_arrivals(arrivals)

    async def fire_watches(self) -> None:
        async with self._link.transaction() as tx:
            due = await claim_due_watches(tx, self._clock.now(), _BATCH)
            arrivals = await record_within(tx, [_watch_event(watch) for watch in due], self._lease_for())
        for watch in due:
            if watch.skipped:
                _log.warning("watch_slots_skipped", tenant=watch.tenant_id, watch=watch.watch_id)
        self._on_arrivals(arrivals)

    async def refresh_links(self) -> None:
        """Links of the knowledge that are due are read again, for the desk of whoever runs the business longest."""
        async with self._link.transaction() as tx:
            due = await claim_due_refreshes(tx, self._clock.now(), _BATCH)
            arrivals = await record_within(tx, [_refresh_event(each) for each in due], self._lease_for())
        self._on_arrivals(arrivals)

    async def expire_reservations(self) -> None:
        """What a process reserved and never closed is presumed spent. One statement a batch, each a transaction."""
        async with self._link.use() as tx:
            expired = await expire_spend(tx, _BATCH)
        for entry in expired:
            _log.warning("reservation_expired", tenant=entry.tenant_id, entry=str(entry.entry_id))

    async def tell_budgets(self) -> None:
        """Alerts are marked told by the transaction that records them for the desks; of several at once the highest."""
        async with self._link.transaction() as tx:
            alerts = await take_budget_alerts(tx, _BATCH)
            events: list[NewEvent] = []
            for tenant in {alert.tenant_id for alert in alerts}:
                desks = await list_desks(tx, tenant)
                told = [_budget_notice(alert) for alert in _highest(alerts) if alert.tenant_id == tenant]
                events += [desk_event(tenant, desk, chat, notice) for notice in told for desk, _, chat in desks]
            arrivals = await record_within(tx, events, self._lease_for())
        self._on_arrivals(arrivals)

    async def clean(self) -> None:
        async with self._link.use() as tx:
            await sweep_clean(tx, timedelta(seconds=30), 5000)
            await bury_workers(tx)

    async def drop_old(self) -> None:
        async with self._link.use() as tx:
            await drop_old_rows(tx, events=DEDUPE_TIME, turns=TRACE_TIME, limit=20_000)
            await drop_old_spend(tx, older=LEDGER_TIME, limit=20_000)
            await drop_old_pictures(tx, limit=1_000)
            for tenant in await list_ghosts(tx, limit=10):
                _log.info("ghost_erased", tenant=tenant, rows=await erase_tenant(tx, tenant, 5_000))

    def _guarded(self, job: Callable[[], Awaitable[None]]) -> Callable[[], Awaitable[None]]:
        async def run() -> None:
            try:
                await job()
            except Transient:
                _log.warning("tick_missed", job=job.__name__)

        return run


def _highest(alerts: Sequence[BudgetAlert]) -> Iterable[BudgetAlert]:
    """Of each limit: a single call may cross several thresholds."""
    found = {(a.tenant_id, a.currency, a.scope, a.key): a for a in sorted(alerts, key=lambda a: (a.threshold, a.at))}
    return found.values()


def _budget_notice(alert: BudgetAlert) -> DeskEvent:
    return DeskEvent(
        event=BudgetReached(
            scope=alert.scope,
            period=alert.key,
            percent=alert.threshold,
            limit_micros=alert.limit_micros,
            used_micros=alert.used_micros,
            currency=alert.currency,
        ),
        key=f"budget:{alert.currency}:{alert.scope}:{alert.key}:{alert.threshold}:{alert.limit_micros}",
    )


def _refresh_event(due: DueRefresh) -> NewEvent:
    return NewEvent(
        tenant_id=due.tenant_id,
        stream_id=due.desk,
        stream_kind="desk",
        account_id=INTERNAL,
        external_id=f"knowledge:{due.file_id}:{due.due_at.isoformat()}",
        chat=due.chat,
        event=TimerFired(name="kno:refresh", payload={"file_id": due.file_id}),
    )


def _watch_event(watch: DueWatch) -> NewEvent:
    return NewEvent(
        tenant_id=watch.tenant_id,
        stream_id=case_id(watch.tenant_id, watch.kind, str(watch.watch_id)),
        stream_kind="case",
        account_id=INTERNAL,
        external_id=f"watch:{watch.watch_id}:{watch.due_at.isoformat()}",
        chat="",
        event=TimerFired(name=watch.kind, payload={"watch_id": watch.watch_id}),
    )
