"""Record, claim and finish: the statements of `engine.sql`, typed."""

import operator
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any, Literal, cast

import asyncpg
import orjson
from pydantic import JsonValue

from core.events import NewEvent, encode_event
from core.ids import AccountId, StreamId, StreamKind, StreamMode, TenantId, WorkerId
from db.database import Transaction
from db.sql import load_queries

_SQL = load_queries("engine")
StreamKey = tuple[TenantId, StreamId]


@dataclass(frozen=True, slots=True)
class Lease:
    """A stream as its lease holder knows it."""

    tenant_id: TenantId
    stream_id: StreamId
    kind: StreamKind
    account_id: AccountId
    chat: str
    last_seq: int
    done_seq: int
    token: int
    fails: int
    mode: StreamMode
    holder: StreamId | None
    state: str | None
    """JSON of the handler, as stored."""
    last_inbound_at: datetime | None

    @property
    def key(self) -> StreamKey:
        return self.tenant_id, self.stream_id

    def parse_state(self) -> Mapping[str, JsonValue]:
        return cast("dict[str, JsonValue]", orjson.loads(self.state)) if self.state else {}


@dataclass(frozen=True, slots=True)
class Recorded:
    """What a batch did to one stream."""

    lease: Lease
    taken: bool
    """True when this batch took the lease; otherwise `lease.token` is somebody else's."""
    recorded_at: datetime
    places: tuple[tuple[int, int], ...]
    """(index in the batch, sequence number) of each new event, in order."""


@dataclass(frozen=True, slots=True)
class StoredEvent:
    seq: int
    recorded_at: datetime
    event: str


_LEASE_COLUMNS = operator.itemgetter(
    "tenant_id", "stream_id", "kind", "account_id", "chat", "last_seq", "done_seq", "lease_token", "fails", "mode",
    "holder", "state", "last_inbound_at",
)  # fmt: skip


def _lease(row: Mapping[str, Any]) -> Lease:
    return Lease(*_LEASE_COLUMNS(row))


async def record_events(
    tx: Transaction, events: Sequence[NewEvent], texts: Sequence[str] | None, worker: WorkerId | None
) -> list[Recorded]:
    """Records a batch; keys must be unique within it. `texts` are the encoded events where they exist already.

    Raises asyncpg.UniqueViolationError when another recorder had one of the events at the same time: repeat the batch.
    """
    rows = await tx.fetch(
        _SQL["record"],
        [e.tenant_id for e in events],
        [e.stream_id for e in events],
        [e.stream_kind for e in events],
        [e.account_id for e in events],
        [e.chat for e in events],
        [e.external_id for e in events],
        texts if texts is not None else [encode_event(e.event) for e in events],
        worker,
    )
    recorded: list[Recorded] = []
    for row in rows:
        ords = cast("list[int]", row["ords"])
        first = row["last_seq"] - len(ords) + 1
        places = tuple((ord_ - 1, first + i) for i, ord_ in enumerate(ords))
        recorded.append(Recorded(_lease(row), row["taken"], row["recorded_at"], places))
    return recorded


async def claim_streams(tx: Transaction, worker: WorkerId, limit: int) -> list[Lease]:
    """Leases up to `limit` pending streams, longest waiting first."""
    return [_lease(row) for row in await tx.fetch(_SQL["claim"], worker, limit)]


async def read_events(
    tx: Transaction, after: Sequence[tuple[StreamKey, int]], limit: int
) -> dict[StreamKey, list[StoredEvent]]:
    """The next `limit` events of each stream after the given sequence number."""
    rows = await tx.fetch(
        _SQL["read_events"], [k[0] for k, _ in after], [k[1] for k, _ in after], [seq for _, seq in after], limit
    )
    found: dict[StreamKey, list[StoredEvent]] = {key: [] for key, _ in after}
    for tenant, stream, seq, at, event in rows:
        found[(tenant, stream)].append(StoredEvent(seq, at, event))
    return found


async def refresh_lease(tx: Transaction, lease: Lease, worker: WorkerId) -> Lease | None:
    """The stream as it is now, or None when the lease is lost."""
    row = await tx.fetchrow(_SQL["refresh"], lease.tenant_id, lease.stream_id, worker, lease.token)
    return _lease(row) if row else None


@dataclass(frozen=True, slots=True)
class MessageRow:
    seq: int
    n: int
    author: Literal["customer", "bot", "owner", "system"]
    text: str
    at: datetime


@dataclass(frozen=True, slots=True)
class OutboxRow:
    n: int
    account_id: AccountId
    chat: str
    is_action: bool
    author: str
    at_once: bool
    """True when this process sends it right after the commit; the row is then born as `sending`."""
    card: str | None
    payload: str


@dataclass(frozen=True, slots=True)
class FinishedTurn:
    """What one turn writes with the batch."""

    lease: Lease
    from_seq: int
    upto_seq: int
    started_at: datetime
    state: str | None
    trace: str | None
    messages: Sequence[MessageRow] = ()
    outbox: Sequence[OutboxRow] = ()


def _key_of(turn: FinishedTurn) -> StreamKey:
    return turn.lease.key


@dataclass(frozen=True, slots=True)
class Passed:
    last_seq: int
    """The last number given in the stream so far: more than the turn took in means that the lease is kept."""
    blocked: bool
    """True when older messages of the stream wait elsewhere: the new ones were queued behind them."""


async def finish_turns(tx: Transaction, worker: WorkerId, turns: Sequence[FinishedTurn]) -> dict[StreamKey, Passed]:
    """Writes the turns whose lease and mode still hold. A stream that is missing from the answer wrote nothing."""
    ordered = sorted(turns, key=_key_of)
    said = [(s, m) for s, t in enumerate(ordered, 1) for m in t.messages]
    out = [(s, o) for s, t in enumerate(ordered, 1) for o in t.outbox]
    rows = await tx.fetch(
        _SQL["finish"],
        worker,
        [t.lease.tenant_id for t in ordered],
        [t.lease.stream_id for t in ordered],
        [t.lease.token for t in ordered],
        [t.upto_seq for t in ordered],
        [t.lease.mode for t in ordered],
        [t.state for t in ordered],
        list(range(1, len(ordered) + 1)),
        [t.from_seq for t in ordered],
        [t.lease.fails for t in ordered],
        [t.started_at for t in ordered],
        [t.trace for t in ordered],
        [s for s, _ in said],
        [m.seq for _, m in said],
        [m.n for _, m in said],
        [m.author for _, m in said],
        [m.text for _, m in said],
        [m.at for _, m in said],
        [s for s, _ in out],
        [o.n for _, o in out],
        [o.account_id for _, o in out],
        [o.chat for _, o in out],
        [o.is_action for _, o in out],
        [o.author for _, o in out],
        [o.at_once for _, o in out],
        [o.card for _, o in out],
        [o.payload for _, o in out],
    )
    return {ordered[int(row[0]) - 1].lease.key: Passed(row[1], row[2]) for row in rows}


async def fail_stream(tx: Transaction, lease: Lease, worker: WorkerId, delay: timedelta) -> None:
    await tx.execute(_SQL["fail"], lease.tenant_id, lease.stream_id, worker, lease.token, delay)


async def release_streams(tx: Transaction, worker: WorkerId) -> None:
    await tx.execute(_SQL["release"], worker)


async def list_leased(tx: Transaction, worker: WorkerId) -> set[tuple[StreamKey, int]]:
    """Streams, with their lease tokens, that the database believes the worker to have."""
    return {((r[0], r[1]), r[2]) for r in await tx.fetch(_SQL["leased"], worker)}


async def give_back_streams(tx: Transaction, worker: WorkerId, leases: Sequence[tuple[StreamKey, int]]) -> None:
    """Untouched, for whoever claims next. A lease that moved on meanwhile stays."""
    await tx.execute(
        _SQL["give_back"], worker, [k[0] for k, _ in leases], [k[1] for k, _ in leases], [t for _, t in leases]
    )


async def bury_event(tx: Transaction, lease: Lease, seq: int, error: str) -> None:
    """Notes an event as given up. The caller finishes past it in the same transaction."""
    await tx.execute(_SQL["dead_letter"], lease.tenant_id, lease.stream_id, seq, error)


async def sweep_clean(tx: Transaction, quiet: timedelta, limit: int) -> None:
    await tx.execute(_SQL["sweep_clean"], quiet, limit)


DuplicateEvent = asyncpg.UniqueViolationError
