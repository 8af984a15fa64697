"""Writing what a turn decided: all of it or nothing."""

from collections.abc import Callable, Sequence
from dataclasses import dataclass

from core.changes import SetMode
from core.events import CustomerRelayed, NewEvent, encode_event
from core.ids import INTERNAL, StreamId, TenantId, WorkerId
from core.turns import DeskEvent, TurnInput, TurnOutcome
from db.database import Transaction
from db.engine.batch import Batcher
from db.engine.changes import add_note, apply_change, lock_streams, save_contact
from db.engine.desk_changes import demand_seat
from db.engine.directory import list_desks
from db.engine.link import Link
from db.engine.outbox import withhold_replies
from db.engine.recorder import Arrival
from db.engine.streams import FinishedTurn, Passed, StoredEvent, finish_turns, record_events
from jobs.payloads import withheld_text

_BATCH = 128


@dataclass(frozen=True, slots=True)
class Ending:
    """A turn on its way into the database."""

    turn: FinishedTurn
    input: TurnInput
    outcome: TurnOutcome
    term: int
    """In which the messages were admitted; see `jobs.heartbeat`."""

    @property
    def plain(self) -> bool:
        """True when the batched statement writes all there is."""
        o = self.outcome
        return not (o.changes or o.contact or o.events or o.to_desks or o.audit)


class Finisher:
    def __init__(
        self,
        link: Link,
        full_link: Link,
        worker: Callable[[], WorkerId],
        on_arrivals: Callable[[Sequence[Arrival]], None],
    ) -> None:
        self._link = link
        self._full_link = full_link
        self._worker = worker
        self._on_arrivals = on_arrivals
        self._batcher: Batcher[FinishedTurn, Passed | None] = Batcher(self._flush, limit=_BATCH)

    async def finish(self, ending: Ending) -> Passed | None:
        """None when the lease or the mode no longer held: nothing was written.

        Raises Stale when somebody else decided first, Transient.
        """
        if ending.plain:
            return await self._batcher.submit(ending.turn)
        return await self._finish_full(ending)

    async def drain(self) -> None:
        await self._batcher.drain()

    async def _flush(self, turns: Sequence[FinishedTurn]) -> Sequence[Passed | None]:
        async with self._link.use() as tx:
            passed = await finish_turns(tx, self._worker(), turns)
        return [passed.get(turn.lease.key) for turn in turns]

    async def _finish_full(self, ending: Ending) -> Passed | None:
        turn, outcome = ending.turn, ending.outcome
        worker = self._worker()
        async with self._full_link.transaction() as tx:
            events = [*outcome.events, *await _for_desks(tx, turn.lease.tenant_id, outcome.to_desks)]
            touched = {turn.lease.key, *((e.tenant_id, e.stream_id) for e in events)}
            touched |= {(turn.lease.tenant_id, c.stream_id) for c in outcome.changes if isinstance(c, SetMode)}
            await lock_streams(tx, sorted(touched))
            passed = (await finish_turns(tx, worker, [turn])).get(turn.lease.key)
            if passed is None:
                return None
            if outcome.seat is not None:
                await demand_seat(tx, turn.lease.tenant_id, outcome.seat)
            if outcome.contact is not None:
                await save_contact(tx, turn.lease.tenant_id, outcome.contact)
            for change in outcome.changes:
                await apply_change(tx, turn.lease, ending.input.channel or "", change)
                if isinstance(change, SetMode) and change.mode == "human":
                    events += await _suggestions(tx, ending.input, change)
            for note in outcome.audit:
                await add_note(tx, turn.lease.tenant_id, note)
            arrivals = await record_within(tx, events, worker)
        self._on_arrivals(arrivals)
        return passed


async def record_within(tx: Transaction, events: Sequence[NewEvent], worker: WorkerId | None) -> list[Arrival]:
    """Records events as a part of `tx`; the arrivals are to be handed on after its commit."""
    if not events:
        return []
    unique = list({(e.tenant_id, e.account_id, e.external_id): e for e in events}.values())
    texts = [encode_event(event.event) for event in unique]
    recorded = await record_events(tx, unique, texts, worker)
    return [
        Arrival(r, tuple(StoredEvent(seq, r.recorded_at, texts[index]) for index, seq in r.places)) for r in recorded
    ]


async def _for_desks(tx: Transaction, tenant: TenantId, notices: Sequence[DeskEvent]) -> list[NewEvent]:
    if not notices:
        return []
    desks = await list_desks(tx, tenant)
    return [
        desk_event(tenant, desk, chat, notice)
        for notice in notices
        for desk, _, chat in desks
        if notice.only is None or notice.only == desk
    ]


def desk_event(tenant: TenantId, desk: StreamId, chat: str, notice: DeskEvent) -> NewEvent:
    return NewEvent(
        tenant_id=tenant,
        stream_id=desk,
        stream_kind="desk",
        account_id=INTERNAL,
        external_id=f"desk:{notice.key}:{desk.hex}",
        chat=chat,
        event=notice.event,
    )


async def _suggestions(tx: Transaction, turn: TurnInput, change: SetMode) -> list[NewEvent]:
    """The bot's replies that were still queued when a person took over: withheld, and offered to that person."""
    payloads = await withhold_replies(tx, turn.tenant.tenant_id, change.stream_id)
    if change.holder is None:
        return []
    return [
        NewEvent(
            tenant_id=turn.tenant.tenant_id,
            stream_id=change.holder,
            stream_kind="desk",
            account_id=INTERNAL,
            external_id=f"withheld:{change.stream_id.hex}:{turn.upto_seq}:{n}",
            chat="",
            event=CustomerRelayed(
                stream_id=change.stream_id,
                contact_name="",
                channel=turn.channel or "telegram",
                text=text,
                from_account=turn.account_id,
                suggestion=True,
            ),
        )
        for n, payload in enumerate(payloads)
        if (text := withheld_text(payload))
    ]
