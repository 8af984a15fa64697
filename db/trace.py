"""One turn's story as the rows tell it, for `python -m steward trace`."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any, cast

import orjson
from pydantic import JsonValue

from core.events import Channel
from core.ids import ApprovalId, StreamId, StreamKind, StreamMode, TenantId
from db.database import Transaction
from db.sql import load_queries

_SQL = load_queries("trace")


@dataclass(frozen=True, slots=True, kw_only=True)
class TracedTurn:
    from_seq: int
    upto_seq: int
    worker_id: int
    attempt: int
    """How often it had failed before."""
    started_at: datetime
    finished_at: datetime
    trace: Mapping[str, JsonValue]
    kind: StreamKind
    mode: StreamMode
    """Of the stream as it is now."""
    channel: Channel | None
    account_name: str | None
    slug: str
    tenant_name: str
    time_zone: str


@dataclass(frozen=True, slots=True, kw_only=True)
class TracedEvent:
    seq: int
    external_id: str
    recorded_at: datetime
    event: str
    """JSON; `core.events.decode_event` reads it."""


@dataclass(frozen=True, slots=True, kw_only=True)
class TracedMessage:
    seq: int
    n: int
    author: str
    text: str
    at: datetime


@dataclass(frozen=True, slots=True, kw_only=True)
class TracedEffect:
    """A row of the outbox, and the result of an action once there is one."""

    n: int
    is_action: bool
    author: str
    status: str
    attempts: int
    resends: int
    not_before: datetime | None
    card: str | None
    payload: str
    provider_ids: Sequence[str] | None
    delivery: str | None
    error: str | None
    created_at: datetime
    sent_at: datetime | None
    result_seq: int | None
    result_at: datetime | None
    result: str | None
    """JSON of the event that the action's result came as."""


@dataclass(frozen=True, slots=True, kw_only=True)
class TracedApproval:
    approval_id: ApprovalId
    status: str
    question: str
    reason: str
    contact_name: str
    created_at: datetime
    decided_at: datetime | None
    decided_text: str
    decided_by: str
    stream_id: StreamId
    """That asked."""
    kind: str
    action: str | None
    """JSON of `core.changes.AskedAction`; `db.asked.load_asked` reads it."""
    used_by: str | None
    """The idempotency key of the action that it was used for: stream, turn and place."""
    use_status: str | None
    use_ended_at: datetime | None
    use_error: str | None
    opened: bool
    """By this turn."""
    decided: bool
    """In this turn."""


@dataclass(frozen=True, slots=True, kw_only=True)
class TracedDeath:
    seq: int
    error: str
    at: datetime


@dataclass(frozen=True, slots=True, kw_only=True)
class StreamPlace:
    """How far a stream is, for an event that no turn has taken in."""

    last_seq: int
    done_seq: int
    fails: int
    not_before: datetime | None
    leased: bool


@dataclass(frozen=True, slots=True, kw_only=True)
class LatestTurn:
    stream_id: StreamId
    upto_seq: int
    from_seq: int
    started_at: datetime
    finished_at: datetime
    trace: Mapping[str, JsonValue]
    kind: StreamKind
    time_zone: str


async def find_turn(tx: Transaction, tenant: TenantId, stream: StreamId, seq: int) -> TracedTurn | None:
    """The turn that took in event `seq`."""
    row = await tx.fetchrow(_SQL["turn"], tenant, stream, seq)
    return TracedTurn(**_with_trace(row)) if row else None


async def find_place(tx: Transaction, tenant: TenantId, stream: StreamId) -> StreamPlace | None:
    row = await tx.fetchrow(_SQL["waiting"], tenant, stream)
    return StreamPlace(**row) if row else None


async def list_events(
    tx: Transaction, tenant: TenantId, stream: StreamId, from_seq: int, upto_seq: int
) -> tuple[TracedEvent, ...]:
    """Fewer than the turn took in, or none, once retention has dropped them."""
    return tuple(TracedEvent(**row) for row in await tx.fetch(_SQL["events"], tenant, stream, from_seq, upto_seq))


async def list_messages(
    tx: Transaction, tenant: TenantId, stream: StreamId, from_seq: int, upto_seq: int
) -> tuple[TracedMessage, ...]:
    return tuple(TracedMessage(**row) for row in await tx.fetch(_SQL["messages"], tenant, stream, from_seq, upto_seq))


async def list_effects(tx: Transaction, tenant: TenantId, stream: StreamId, upto_seq: int) -> tuple[TracedEffect, ...]:
    return tuple(TracedEffect(**row) for row in await tx.fetch(_SQL["outbox"], tenant, stream, upto_seq))


async def list_approvals(
    tx: Transaction, tenant: TenantId, stream: StreamId, turn: TracedTurn, named: Sequence[str]
) -> tuple[TracedApproval, ...]:
    rows = await tx.fetch(_SQL["approvals"], tenant, stream, named, turn.started_at, turn.finished_at)
    return tuple(TracedApproval(**row) for row in rows)


async def list_dead_letters(
    tx: Transaction, tenant: TenantId, stream: StreamId, from_seq: int, upto_seq: int
) -> tuple[TracedDeath, ...]:
    return tuple(TracedDeath(**row) for row in await tx.fetch(_SQL["dead_letters"], tenant, stream, from_seq, upto_seq))


async def list_latest_turns(tx: Transaction, tenant: TenantId, limit: int) -> tuple[LatestTurn, ...]:
    """Newest first."""
    return tuple(LatestTurn(**_with_trace(row)) for row in await tx.fetch(_SQL["latest"], tenant, limit))


def _with_trace(row: Mapping[str, Any]) -> dict[str, Any]:
    fields = dict(row)
    text = cast("str | None", fields["trace"])
    return fields | {"trace": orjson.loads(text) if text else {}}
