"""The money ledger: attempts, the counters that limits are checked against, alerts.

On a connection of `Database.statements` each function is one round trip and a transaction of its own.
"""

from collections.abc import Sequence
from dataclasses import dataclass, field
from datetime import date, datetime, timedelta
from decimal import Decimal
from typing import Literal
from uuid import UUID

import orjson

from core.ids import TenantId
from core.money import BudgetScope, Money
from core.spending import Attempt, Certainty, PaidUsage, Spending
from db.database import Transaction
from db.sql import load_queries

_SQL = load_queries("ledger")
EXPIRY_MARGIN = timedelta(seconds=15)
"""From an attempt's deadline to its expiry: time to settle in, with a slow database."""


@dataclass(frozen=True, slots=True, kw_only=True)
class NewEntry:
    entry_id: UUID
    spending: Spending
    attempt: Attempt
    amount: Money
    """The worst case, in the tenant's currency."""
    certainty: Certainty
    basis: str
    rate: Decimal
    """Units of that currency for one US dollar."""
    rate_date: date
    day: date
    """Where the tenant is."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Reservation:
    """What became of it. Refused where `refused_by` is set; the refusal is written, so the transaction must commit."""

    refused_by: BudgetScope | None
    refused_key: str | None
    limit_micros: int | None
    used_micros: int | None
    """Spent and reserved before, of the limit that refused."""
    foreign_currency: str | None
    """Of the budget that refused, where it is not the tenant's: it has to be set again."""
    fullest: float
    """The largest share that is now spent and reserved of any limit; 0 where there is none."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Closing:
    cost_micros: int
    certainty: Certainty
    basis: str
    model: str | None = None
    """As the provider named it; None keeps the one that was asked."""
    usage: PaidUsage = field(default_factory=PaidUsage)
    error: str = ""


@dataclass(frozen=True, slots=True, kw_only=True)
class Closed:
    was: Literal["reserved", "expired", "released"]
    reserved_micros: int


@dataclass(frozen=True, slots=True, kw_only=True)
class Standing:
    """How one limit stands."""

    scope: BudgetScope
    key: str
    limit_micros: int | None
    spent_micros: int
    reserved_micros: int


@dataclass(frozen=True, slots=True, kw_only=True)
class Expired:
    tenant_id: TenantId
    entry_id: UUID
    reserved_micros: int
    currency: str


@dataclass(frozen=True, slots=True, kw_only=True)
class BudgetAlert:
    tenant_id: TenantId
    scope: Literal["day", "month"]
    key: str
    """`2026-11-27` or `2026-11`."""
    threshold: Literal[50, 75, 90, 100]
    limit_micros: int
    used_micros: int
    currency: str
    at: datetime


async def reserve_spend(tx: Transaction, tenant: TenantId, entry: NewEntry, *, keep_free: Decimal) -> Reservation:
    """All or nothing over all limits. `keep_free` is the share of day and month that must stay free, from 0 to 1."""
    free = int(keep_free * 1_000_000)
    row = await tx.fetchrow(
        _SQL["reserve"], tenant, *_names(entry), *_amounts(entry), _decision(entry), entry.day,
        _lifetime(entry.attempt), free,
    )  # fmt: skip
    assert row is not None
    return Reservation(**row)


async def settle_spend(tx: Transaction, tenant: TenantId, entry_id: UUID, closing: Closing) -> Closed | None:
    """Counts the cost in full, whatever was reserved or presumed. None when it was settled before: nothing changes."""
    tokens = closing.usage.tokens
    row = await tx.fetchrow(
        _SQL["close"], tenant, entry_id, "settled", closing.cost_micros, closing.certainty, closing.basis,
        closing.model, tokens.input_tokens, tokens.cached_read_tokens, tokens.cached_write_tokens, tokens.output_tokens,
        closing.usage.seconds, closing.usage.units, closing.error,
    )  # fmt: skip
    return Closed(**row) if row and row["was"] else None


async def release_spend(tx: Transaction, tenant: TenantId, entry_id: UUID, error: str) -> Closed | None:
    """For an attempt that cost nothing. None when it was closed before, or never reserved."""
    row = await tx.fetchrow(
        _SQL["close"], tenant, entry_id, "released", 0, None, None, None, 0, 0, 0, 0, Decimal(0), 0, error
    )
    return Closed(**row) if row and row["was"] else None


async def refuse_spend(tx: Transaction, tenant: TenantId, entry: NewEntry, error: str) -> None:
    """`error` is a class name."""
    await tx.execute(
        _SQL["refuse"], tenant, *_names(entry), *_amounts(entry), error, _decision(entry), entry.day
    )  # fmt: skip


async def list_standings(tx: Transaction, tenant: TenantId, spending: Spending, day: date) -> tuple[Standing, ...]:
    """Of every counter that the spending would move."""
    rows = await tx.fetch(
        _SQL["standing"], tenant, spending.currency, day, spending.stream_kind, spending.stream_id, spending.agent
    )
    return tuple(Standing(**row) for row in rows)


async def expire_spend(tx: Transaction, limit: int) -> list[Expired]:
    """Presumes spent what was reserved by processes that are gone. Spans tenants: engine role."""
    return [Expired(**row) for row in await tx.fetch(_SQL["expire"], limit)]


async def take_budget_alerts(tx: Transaction, limit: int) -> list[BudgetAlert]:
    """Marks them told, for the same transaction to tell them. Spans tenants: engine role."""
    return [BudgetAlert(**row) for row in await tx.fetch(_SQL["take_alerts"], limit)]


async def drop_old_spend(tx: Transaction, *, older: timedelta, limit: int) -> None:
    """One round of retention. Engine role."""
    for block in ("drop_entries", "drop_counters", "drop_alerts"):
        await tx.execute(_SQL[block], older, limit)


def _names(entry: NewEntry) -> Sequence[object]:
    spending, attempt = entry.spending, entry.attempt
    return (
        entry.entry_id, attempt.call_id, attempt.number, attempt.kind, spending.agent, spending.workflow,
        spending.stream_kind, spending.stream_id, spending.seq, spending.channel, attempt.provider, attempt.model,
    )  # fmt: skip


def _amounts(entry: NewEntry) -> Sequence[object]:
    return (
        entry.amount.micros, entry.amount.currency, entry.certainty, entry.basis, entry.rate, entry.rate_date,
    )  # fmt: skip


def _decision(entry: NewEntry) -> str | None:
    return orjson.dumps(dict(entry.attempt.decision)).decode() if entry.attempt.decision else None


def _lifetime(attempt: Attempt) -> timedelta:
    return attempt.deadline + EXPIRY_MARGIN
