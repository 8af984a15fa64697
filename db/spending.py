"""What was spent, on what: rows for reports, charts and `python -m steward trace`."""

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import date, datetime
from decimal import Decimal
from typing import Literal, cast
from uuid import UUID

import orjson
from pydantic import JsonValue

from core.ids import StreamId, TenantId
from core.spending import Certainty, PaidKind
from db.database import Transaction
from db.ledger import Standing
from db.sql import load_queries

_SQL = load_queries("spending")
GroupedBy = Literal["agent", "model", "channel", "workflow", "kind", "day", "tenant"]


@dataclass(frozen=True, slots=True, kw_only=True)
class Spent:
    """A line of a report."""

    name: str
    """Of the group; empty where all is one."""
    currency: str
    calls: int
    refused: int
    """Calls of which an attempt was refused, by a limit or for want of a price."""
    input_tokens: int
    """The cached parts included."""
    cached_read_tokens: int
    cached_write_tokens: int
    output_tokens: int
    seconds: Decimal
    units: int
    cost_micros: int
    reserved_micros: int
    """Of calls that are still running."""
    estimated_micros: int
    """The part of the cost whose price is not the provider's own."""
    presumed_micros: int
    """The part that nobody has confirmed: reservations that expired, replies that broke off."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Finished:
    """What one finished item cost on average is `cost_micros / finished`."""

    currency: str
    finished: int
    cost_micros: int


@dataclass(frozen=True, slots=True, kw_only=True)
class TurnAttempt:
    call_id: UUID
    attempt: int
    kind: PaidKind
    agent: str
    provider: str
    model: str
    status: Literal["reserved", "settled", "released", "expired", "refused"]
    reserved_micros: int
    cost_micros: int
    currency: str
    price_certainty: Certainty
    price_basis: str
    input_tokens: int
    cached_read_tokens: int
    cached_write_tokens: int
    output_tokens: int
    error: str
    decision: Mapping[str, JsonValue]
    created_at: datetime
    closed_at: datetime | None


async def report_spending(
    tx: Transaction, tenant: TenantId, first: date, last: date, by: GroupedBy
) -> tuple[Spent, ...]:
    """Dearest first, days in their order. Both days are included and are the tenant's own."""
    return tuple(Spent(**row) for row in await tx.fetch(_SQL["report"], tenant, first, last, by))


async def count_resolved_questions(tx: Transaction, tenant: TenantId, first: date, last: date) -> tuple[Finished, ...]:
    """Turns of conversations that paid for a model and escalated nothing, of the 30 days for which turns are kept."""
    return tuple(Finished(**row) for row in await tx.fetch(_SQL["questions"], tenant, first, last))


async def count_documents(tx: Transaction, tenant: TenantId, first: date, last: date) -> tuple[Finished, ...]:
    """Files that were read or heard."""
    return tuple(Finished(**row) for row in await tx.fetch(_SQL["documents"], tenant, first, last))


async def list_budgets(tx: Transaction, tenant: TenantId, currency: str, day: date) -> tuple[Standing, ...]:
    """Of that day and its month, where there are limits."""
    return tuple(Standing(**row) for row in await tx.fetch(_SQL["budgets"], tenant, currency, day))


async def list_turn_attempts(
    tx: Transaction, tenant: TenantId, stream: StreamId, from_seq: int, upto_seq: int
) -> tuple[TurnAttempt, ...]:
    """What a turn paid for, and why that model, in the order of the tries; also of tries of the turn that failed."""
    rows = [dict(row) for row in await tx.fetch(_SQL["turn"], tenant, stream, from_seq, upto_seq)]
    for row in rows:
        row["decision"] = cast("dict[str, JsonValue]", orjson.loads(row["decision"]) if row["decision"] else {})
    return tuple(TurnAttempt(**row) for row in rows)
