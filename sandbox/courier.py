"""Carries deliveries to a webhook: many at once, in order within a lane, each until it is acknowledged.

Both vendors retry what was not acknowledged with growing pauses. The pauses here are shorter than theirs (at most five
seconds instead of minutes and hours), so that a test of a restarted Steward does not wait for the vendor's patience.
"""

import asyncio
import random
import time
from collections import deque
from collections.abc import Awaitable, Callable
from dataclasses import dataclass, field
from typing import cast

from sandbox.faults import DeliveryFaults, strikes
from sandbox.records import Chat, Json, Saved

FIRST_PAUSE = 0.1
LONGEST_PAUSE = 5.0
OVERTAKEN_FOR = 0.25
"""Seconds that a reordered delivery waits for the next one of its lane to pass it."""


@dataclass(slots=True, eq=False, kw_only=True)
class Delivery(Saved):
    key: str
    """Its name in the journal: account, slash, a growing number."""
    lane: str
    """Deliveries of one lane stay in order."""
    body: bytes
    """JSON: Telegram's update, or the item of a WhatsApp change."""
    kind: str
    """Telegram's update type; `messages` or `statuses` at WhatsApp."""
    chat: Chat
    message_id: str = ""
    contact: Json | None = None
    repeated: bool = False
    attempts: int = 0
    started_ns: int = 0
    acked_ns: int = 0

    def saved(self) -> Json:
        return {
            "lane": self.lane,
            "body": self.body.decode(),
            "kind": self.kind,
            "chat": self.chat.key,
            "message_id": self.message_id,
            "contact": self.contact,
        }

    def started(self) -> None:
        """A request with it begins: what latencies are counted from."""
        self.attempts += 1
        if not self.started_ns:
            self.started_ns = time.time_ns()
        if self.message_id:
            self.chat.inbound_ns = self.started_ns
            self.chat.inbound_id = self.message_id
            self.chat.acked_ns = 0

    def acked(self) -> None:
        self.acked_ns = time.time_ns()
        if self.message_id and self.chat.inbound_id == self.message_id:
            self.chat.acked_ns = self.acked_ns


Send = Callable[[list[Delivery]], Awaitable[float | None]]
"""Delivers in one request; None when acknowledged, else the least seconds to wait before the next attempt."""


@dataclass(slots=True, eq=False)
class Lane:
    name: str
    waiting: deque[Delivery] = field(default_factory=deque[Delivery])
    busy: bool = False
    """In flight, in the ready queue, or pausing after a failure."""
    fails: int = 0


class Courier:
    def __init__(
        self,
        send: Send,
        done: Callable[[Delivery], None],
        faults: DeliveryFaults,
        *,
        connections: int,
        batch: int = 1,
        first_pause: float = FIRST_PAUSE,
    ) -> None:
        self._send = send
        self._done = done
        self._faults = faults
        self.connections = connections
        self._batch = batch
        self._first_pause = first_pause
        self._lanes: dict[str, Lane] = {}
        self._ready: deque[Lane] = deque()
        self._workers: set[asyncio.Task[None]] = set()
        self._timers: set[asyncio.TimerHandle] = set()
        self._closed = False

    def add(self, delivery: Delivery) -> None:
        if strikes(self._faults.reorder):
            self._later(OVERTAKEN_FOR, lambda: self._enter(delivery))
        else:
            self._enter(delivery)

    def _enter(self, delivery: Delivery) -> None:
        lane = self._lanes.get(delivery.lane)
        if lane is None:
            lane = self._lanes[delivery.lane] = Lane(delivery.lane)
        lane.waiting.append(delivery)
        if not lane.busy:
            self._make_ready(lane)

    def _make_ready(self, lane: Lane) -> None:
        lane.busy = True
        self._ready.append(lane)
        if len(self._workers) < self.connections and not self._closed:
            self._workers.add(asyncio.create_task(self._work(), name="sandbox-courier"))

    async def _work(self) -> None:
        try:
            while self._ready:
                if self._faults.batch_ms and self._batch > 1:
                    await asyncio.sleep(self._faults.batch_ms / 1000)
                load = self._load()
                if load:
                    await self._carry(load)
        finally:
            # Here and not in a done callback: what becomes ready between the last look and that would find a full crew.
            self._workers.discard(cast("asyncio.Task[None]", asyncio.current_task()))

    def _load(self) -> list[tuple[Lane, list[Delivery]]]:
        """The next request: as much as fits, whole lanes first come first served."""
        room = self._batch
        load: list[tuple[Lane, list[Delivery]]] = []
        while room and self._ready:
            lane = self._ready.popleft()
            taken = [lane.waiting.popleft() for _ in range(min(room, len(lane.waiting)))]
            room -= len(taken)
            load.append((lane, taken))
        return load

    async def _carry(self, load: list[tuple[Lane, list[Delivery]]]) -> None:
        if self._faults.delay_ms:
            await asyncio.sleep(random.random() * self._faults.delay_ms / 1000)
        deliveries = [delivery for _, taken in load for delivery in taken]
        for delivery in deliveries:
            delivery.started()
        pause = 0.0 if strikes(self._faults.drop) else await self._send(deliveries)
        for lane, taken in load:
            if pause is None:
                self._arrived(lane, taken)
            else:
                self._failed(lane, taken, pause)

    def _arrived(self, lane: Lane, taken: list[Delivery]) -> None:
        lane.fails = 0
        for delivery in taken:
            delivery.acked()
            if not delivery.repeated:
                self._done(delivery)
                if strikes(self._faults.duplicate):
                    self._repeat(delivery)
        if lane.waiting:
            self._ready.append(lane)
        else:
            lane.busy = False
            self._lanes.pop(lane.name, None)

    def _repeat(self, delivery: Delivery) -> None:
        again = Delivery(
            key=delivery.key,
            lane=delivery.lane,
            body=delivery.body,
            kind=delivery.kind,
            chat=delivery.chat,
            contact=delivery.contact,
            repeated=True,
        )
        self._later(random.random() * OVERTAKEN_FOR, lambda: self._enter(again))

    def _failed(self, lane: Lane, taken: list[Delivery], pause: float) -> None:
        lane.waiting.extendleft(reversed(taken))
        wait = min(LONGEST_PAUSE, self._first_pause * 2**lane.fails)
        lane.fails = min(lane.fails + 1, 16)
        self._later(max(pause, wait * random.uniform(0.75, 1)), lambda: self._make_ready(lane))

    def _later(self, seconds: float, act: Callable[[], None]) -> None:
        def fire() -> None:
            self._timers.discard(timer)
            if not self._closed:
                act()

        timer = asyncio.get_running_loop().call_later(seconds, fire)
        self._timers.add(timer)

    async def close(self) -> None:
        self._closed = True
        for timer in self._timers:
            timer.cancel()
        workers = list(self._workers)
        for worker in workers:
            worker.cancel()
        await asyncio.gather(*workers, return_exceptions=True)
