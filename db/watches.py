"""Watches: what to look at, how often, and what was seen last."""

from dataclasses import dataclass
from datetime import datetime
from typing import cast

import orjson
from pydantic import JsonValue

from core.ids import TenantId
from db.database import Transaction
from db.sql import load_queries

_SQL = load_queries("watches")


@dataclass(frozen=True, slots=True, kw_only=True)
class DueWatch:
    tenant_id: TenantId
    watch_id: int
    kind: str
    due_at: datetime
    skipped: bool
    """True when earlier slots passed without a run."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Watch:
    watch_id: int
    kind: str
    name: str
    settings: dict[str, JsonValue]


@dataclass(frozen=True, slots=True, kw_only=True)
class AgreedPrice:
    item: str
    agreed_micros: int
    seen_micros: int | None
    currency: str


async def claim_due_watches(tx: Transaction, now: datetime, limit: int) -> list[DueWatch]:
    """Moves due watches to their next slot. Two schedulers never get the same slot. Spans tenants: engine role."""
    return [DueWatch(**dict(row)) for row in await tx.fetch(_SQL["claim_due"], now, limit)]


async def find_watch(tx: Transaction, tenant: TenantId, watch: int) -> Watch | None:
    row = await tx.fetchrow(_SQL["find"], tenant, watch)
    if row is None:
        return None
    settings = cast("dict[str, JsonValue]", orjson.loads(row["settings"]))
    return Watch(watch_id=row["watch_id"], kind=row["kind"], name=row["name"], settings=settings)


async def list_agreed_prices(tx: Transaction, tenant: TenantId, watch: int) -> list[AgreedPrice]:
    return [AgreedPrice(**dict(row)) for row in await tx.fetch(_SQL["agreed"], tenant, watch)]


async def note_price(tx: Transaction, tenant: TenantId, watch: int, item: str, seen_micros: int) -> None:
    await tx.execute(_SQL["note_price"], tenant, watch, item, seen_micros)


async def note_watch_run(tx: Transaction, tenant: TenantId, watch: int, error: str) -> None:
    """An empty `error` means that it went well."""
    await tx.execute(_SQL["note_run"], tenant, watch, error)
