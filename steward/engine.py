"""The stream engine, put together: every part, in order, by constructor."""

from collections.abc import AsyncGenerator, Awaitable, Callable, Mapping, Sequence
from contextlib import AsyncExitStack, asynccontextmanager
from dataclasses import dataclass
from datetime import timedelta
from typing import Literal

import structlog

from core.actions import Admission, Executor
from core.channels import Account, Channel
from core.clock import Clock
from core.events import OwnerNotice
from core.ids import StreamKind, WorkerId
from core.turns import Handler, TurnInput, TurnTools
from db.engine.link import NESTED, Link
from db.engine.outbox import OutgoingRow
from db.engine.recorder import Arrival, PostgresRecorder
from db.engine.streams import release_streams
from jobs.claims import Claimer
from jobs.dispatch import Dispatcher
from jobs.effects import EffectWorker
from jobs.finishing import Finisher
from jobs.heartbeat import LEASE, Heartbeat
from jobs.notices import notify_desks
from jobs.orphans import Orphans
from jobs.sender import Accounts, Sender
from jobs.ticks import Ticks
from jobs.turns import Directory, Recaller, TurnRunner
from routing.fees import WhatsAppFees

_log = structlog.get_logger(__name__)
Role = Literal["web", "worker", "scheduler"]
SLOTS = 128
"""Turns at work at once."""
BACKLOG = 4000
"""Streams held at most; what comes beyond waits in the database."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Parts:
    """What the engine is given; all of it is real, in tests too."""

    database_url: str
    """Of the engine role."""
    channels: Mapping[str, Channel]
    accounts: Accounts
    directory: Directory
    memory: Recaller
    handlers: Mapping[StreamKind, Handler]
    tools: Callable[[TurnInput], Awaitable[TurnTools]]
    executors: Mapping[str, Executor]
    admission: Admission
    clock: Clock
    wake_others: Callable[[], None] | None = None
    show_typing: Callable[[TurnInput], Awaitable[None]] | None = None
    fees: WhatsAppFees | None = None
    on_trouble: Callable[[Account, str], Awaitable[None]] | None = None
    """Told what keeps a customers' bot or number from sending."""
    lease: timedelta = LEASE


class Engine:
    """The recorder is there in every role; the rest by role."""

    def __init__(self, parts: Parts, roles: frozenset[Role]) -> None:
        self._parts = parts
        self._roles = roles
        url = parts.database_url
        self._links = {
            name: Link(url, name, settings)
            for name, settings in {
                "record": None, "finish": None, "full": None, "send": NESTED, "claim": NESTED, "look": NESTED,
                "beat": NESTED,
            }.items()
        }  # fmt: skip
        self.heartbeat = Heartbeat(self._links["beat"], lease=parts.lease)
        self.recorder = PostgresRecorder(
            self._links["record"], self._links["look"], lease_for=self._lease_for, on_arrivals=self._receive
        )
        self.sender = Sender(
            link=self._links["send"], channels=parts.channels, accounts=parts.accounts, worker=self._worker,
            clock=parts.clock, term=lambda: self.heartbeat.term, in_order=lambda: not self.orphans.possible,
            on_failed=self._tell_failed, on_misconfigured=self._tell_misconfigured, fees=parts.fees,
        )  # fmt: skip
        self.effects = EffectWorker(
            link=self._links["claim"], recorder=self.recorder, executors=parts.executors, admission=parts.admission,
            worker=self._worker, term=lambda: self.heartbeat.term,
        )  # fmt: skip
        finisher = self._finisher = Finisher(self._links["finish"], self._links["full"], self._worker, self._receive)
        runner = TurnRunner(
            link=self._links["look"], finisher=finisher, outgoing=self.sender, kick_actions=self.effects.kick,
            handlers=parts.handlers, tools=parts.tools, memory=parts.memory, directory=parts.directory,
            clock=parts.clock, worker=self._worker, term=lambda: self.heartbeat.term,
            show_typing=parts.show_typing,
        )  # fmt: skip
        self.dispatcher = Dispatcher(runner.run, slots=SLOTS, backlog=BACKLOG)
        self.orphans = Orphans(
            link=self._links["claim"],
            watched=[self._links[name] for name in ("record", "finish", "full", "send", "claim")],
            worker=self._worker, has_stream=self.dispatcher.has,
            has_row=lambda key: self.sender.has(key) or self.effects.has(key), on_given_back=self._kick_orphans,
        )  # fmt: skip
        self.claimer = Claimer(
            link=self._links["claim"], dispatcher=self.dispatcher, recorder=self.recorder, worker=self._worker,
            term=lambda: self.heartbeat.term, orphans=self.orphans, on_requeued=self._kick_outbox,
        )  # fmt: skip
        self.ticks = Ticks(
            link=self._links["claim"], clock=parts.clock, lease_for=self._lease_for, on_arrivals=self._receive
        )

    @asynccontextmanager
    async def run(self) -> AsyncGenerator["Engine"]:
        """Works until left; leaving drains: what is in hand is finished, what is not stays in the database."""
        async with AsyncExitStack() as stack:
            for link in self._links.values():
                await stack.enter_async_context(link)
            await self.heartbeat.start(",".join(sorted(self._roles)))
            stack.push_async_callback(self.heartbeat.stop)
            if "worker" in self._roles:
                self.sender.start()
                self.effects.start()
                self.claimer.start()
                stack.push_async_callback(self._drain)
            if "scheduler" in self._roles:
                self.ticks.start()
                stack.callback(self.ticks.stop)
            yield self

    async def _drain(self) -> None:
        await self.claimer.stop()
        await self.recorder.drain()
        await self.dispatcher.drain()
        await self.effects.drain(timedelta(seconds=5))
        await self.sender.drain()
        async with self._links["claim"].use() as tx:
            await release_streams(tx, self._worker())

    def _worker(self) -> WorkerId:
        return self.heartbeat.worker

    def _lease_for(self) -> WorkerId | None:
        takes = "worker" in self._roles and self.dispatcher.has_room and self.heartbeat.term
        return self._worker() if takes else None

    def _receive(self, arrivals: Sequence[Arrival]) -> None:
        if "worker" in self._roles:
            self.dispatcher.receive(arrivals)
        elif arrivals and self._parts.wake_others is not None:
            self._parts.wake_others()

    def _kick_orphans(self) -> None:
        self.claimer.kick()
        self._kick_outbox()

    def _kick_outbox(self) -> None:
        self.sender.kick()
        self.effects.kick()

    async def _tell_failed(self, row: OutgoingRow, reason: str) -> None:
        """A message that cannot be delivered. One to an owner's desk is only logged: telling it there would loop."""
        _log.warning("message_failed", stream=row.key.stream_id.hex, seq=row.key.seq, n=row.key.n)
        account = self._parts.accounts.account(row.account_id)
        if account is None or account.role == "admin":
            return
        key = f"failed:{row.key.stream_id.hex}:{row.key.seq}:{row.key.n}"
        notice = OwnerNotice(notice="delivery_failed", fields={"reason": reason[:300]})
        await notify_desks(self._links["look"], self.recorder, row.key.tenant_id, notice, key)

    async def _tell_misconfigured(self, account: Account, reason: str) -> None:
        _log.error("account_trouble", account=account.account_id, channel=account.channel, reason=reason)
        if account.role == "customer" and self._parts.on_trouble is not None:
            await self._parts.on_trouble(account, reason)
