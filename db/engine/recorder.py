"""The door in: events become rows of the inbox, many in one statement."""

import asyncio
from collections.abc import Awaitable, Callable, Sequence
from dataclasses import dataclass
from uuid import uuid4

from core.errors import Transient
from core.events import DeskOpened, NewEvent, encode_event
from core.ids import OPERATOR, AccountId, TenantId, WorkerId, desk_id
from core.recording import DeliveryReceipt
from db.engine.batch import Batcher
from db.engine.directory import find_desk_tenant, switch_desk
from db.engine.link import Link
from db.engine.outbox import note_receipts
from db.engine.streams import DuplicateEvent, Recorded, StoredEvent, record_events
from db.invites import hash_code

_BATCH = 256
_TRIES = 5


@dataclass(frozen=True, slots=True)
class Arrival:
    """A stream that got new events."""

    recorded: Recorded
    events: tuple[StoredEvent, ...]


class PostgresRecorder:
    """Implements `core.recording.Recorder`."""

    def __init__(
        self,
        link: Link,
        desk_link: Link,
        *,
        lease_for: Callable[[], WorkerId | None],
        on_arrivals: Callable[[Sequence[Arrival]], None],
    ) -> None:
        """`lease_for` names the worker that takes idle streams at once, or None when it has enough to do;
        `on_arrivals` is told of each batch right after its commit.
        """
        self._link = link
        self._desk_link = desk_link
        self._lease_for = lease_for
        self._on_arrivals = on_arrivals
        self._events: Batcher[NewEvent, None] = Batcher(self._flush, limit=_BATCH)
        self._receipts: Batcher[DeliveryReceipt, None] = Batcher(self._flush_receipts, limit=_BATCH)

    async def record(self, events: Sequence[NewEvent]) -> None:
        await _all([self._events.submit(event) for event in events])

    async def record_receipts(self, receipts: Sequence[DeliveryReceipt]) -> None:
        await _all([self._receipts.submit(receipt) for receipt in receipts])

    async def desk_tenant(
        self, account: AccountId, chat: str, *, invite: str | None = None, chosen: TenantId | None = None
    ) -> TenantId:
        code_hash = hash_code(invite) if invite else None
        async with self._desk_link.use() as tx:
            moved = await switch_desk(tx, account, chat, chosen) if chosen is not None else None
            if chosen is None or moved is None:
                return await find_desk_tenant(tx, account, chat, code_hash) or OPERATOR
        if moved:
            await self.record([_moved(chosen, account, chat)])
        return chosen

    async def drain(self) -> None:
        await self._events.drain()
        await self._receipts.drain()

    async def _flush(self, events: Sequence[NewEvent]) -> Sequence[None]:
        # Of one that came twice, the first delivery has the place.
        first: dict[tuple[TenantId, AccountId, str], NewEvent] = {}
        for event in events:
            first.setdefault((event.tenant_id, event.account_id, event.external_id), event)
        unique = list(first.values())
        texts = [encode_event(event.event) for event in unique]
        recorded = await self._record(unique, texts)
        self._on_arrivals([_arrival(r, texts) for r in recorded])
        return [None] * len(events)

    async def _record(self, events: Sequence[NewEvent], texts: Sequence[str]) -> list[Recorded]:
        for _ in range(_TRIES):
            try:
                async with self._link.use() as tx:
                    return await record_events(tx, events, texts, self._lease_for())
            except DuplicateEvent:  # another recorder had one of them at the same time; now it is known
                continue
        raise Transient("Other recorders kept recording the same events")

    async def _flush_receipts(self, receipts: Sequence[DeliveryReceipt]) -> Sequence[None]:
        async with self._desk_link.use() as tx:
            await note_receipts(tx, receipts)
        return [None] * len(receipts)


def _moved(tenant: TenantId, account: AccountId, chat: str) -> NewEvent:
    """Told before the tap that moved the chat is answered: what is written next is for another business."""
    return NewEvent(
        tenant_id=tenant, stream_id=desk_id(tenant, account, chat), stream_kind="desk", account_id=account,
        external_id=f"moved:{uuid4().hex}", chat=chat, event=DeskOpened(why="moved"),
    )  # fmt: skip


def _arrival(recorded: Recorded, texts: Sequence[str]) -> Arrival:
    at = recorded.recorded_at
    return Arrival(recorded, tuple(StoredEvent(seq, at, texts[i]) for i, seq in recorded.places))


async def _all(futures: Sequence[Awaitable[None]]) -> None:
    if len(futures) == 1:
        await futures[0]
    elif futures:
        await asyncio.gather(*futures)
