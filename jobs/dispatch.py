"""Which stream runs next. Tenants take turns, so that a loud one cannot keep the others waiting."""

import asyncio
from collections import OrderedDict, deque
from collections.abc import Awaitable, Callable, Sequence

from core.ids import TenantId
from db.engine.recorder import Arrival
from db.engine.streams import Lease, StoredEvent, StreamKey


class Held:
    """A stream leased to this process, and what of its pending events is already in memory."""

    __slots__ = ("complete", "events", "lease")

    def __init__(self, lease: Lease, events: Sequence[StoredEvent]) -> None:
        self.lease = lease
        self.events: list[StoredEvent] = []
        self.complete = True
        """False when events may be pending that only the database has."""
        self.extend(events, lease.last_seq)

    def extend(self, events: Sequence[StoredEvent], last_seq: int) -> None:
        expected = self.events[-1].seq + 1 if self.events else self.lease.done_seq + 1
        fresh = [event for event in events if event.seq >= expected]
        if fresh and fresh[0].seq != expected:
            self.complete = False
        if not fresh and last_seq >= expected:
            self.complete = False
        if self.complete:
            self.events.extend(fresh)

    def advance(self, lease: Lease) -> None:
        """After a finish: drops what is done."""
        self.lease = lease
        self.events = [event for event in self.events if event.seq > lease.done_seq]
        if not self.events and lease.last_seq > lease.done_seq:
            self.complete = False


class Dispatcher:
    def __init__(self, run: Callable[[Held], Awaitable[bool]], *, slots: int, backlog: int) -> None:
        """`run` does one turn and returns True when the stream is still held and has more to do."""
        self._run = run
        self._slots = slots
        self._backlog = backlog
        self._held: dict[StreamKey, Held] = {}
        self._ready: OrderedDict[TenantId, deque[Held]] = OrderedDict()
        self._running: set[asyncio.Task[None]] = set()
        self._open = True

    @property
    def has_room(self) -> bool:
        """Whether idle streams should be leased to this process as their events are recorded."""
        return self._open and len(self._held) < self._backlog

    @property
    def held(self) -> int:
        return len(self._held)

    def has(self, key: StreamKey, token: int) -> bool:
        """Whether the stream is held here under this lease."""
        held = self._held.get(key)
        return held is not None and held.lease.token == token

    def receive(self, arrivals: Sequence[Arrival]) -> None:
        """Takes in what was just recorded here: new leases, and more events for streams already held."""
        for arrival in arrivals:
            recorded = arrival.recorded
            if recorded.taken:
                self._hold(Held(recorded.lease, arrival.events))
            elif (held := self._held.get(recorded.lease.key)) and held.lease.token == recorded.lease.token:
                held.extend(arrival.events, recorded.lease.last_seq)
        self._fill()

    def offer(self, leases: Sequence[Lease]) -> None:
        """Takes in streams claimed from the database, their events still to be read."""
        for lease in leases:
            held = Held(lease, ())
            held.complete = False
            self._hold(held)
        self._fill()

    async def drain(self) -> None:
        """Lets running turns finish and starts no more."""
        self._open = False
        self._ready.clear()
        while self._running:
            await asyncio.wait(list(self._running))

    def _hold(self, held: Held) -> None:
        self._held[held.lease.key] = held
        self._enqueue(held)

    def _enqueue(self, held: Held) -> None:
        self._ready.setdefault(held.lease.tenant_id, deque()).append(held)

    def _fill(self) -> None:
        while self._ready and len(self._running) < self._slots and self._open:
            tenant, queue = self._ready.popitem(last=False)
            held = queue.popleft()
            if queue:
                self._ready[tenant] = queue  # to the end: the next tenant first
            task = asyncio.create_task(self._turn(held))
            self._running.add(task)
            task.add_done_callback(self._done)

    def _done(self, task: asyncio.Task[None]) -> None:
        self._running.discard(task)
        self._fill()

    async def _turn(self, held: Held) -> None:
        more = await self._run(held)
        if more and self._open:
            self._enqueue(held)
        elif self._held.get(held.lease.key) is held:
            del self._held[held.lease.key]
