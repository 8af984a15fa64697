"""See `core/office/watches.py`; and what a desk's actions change of watches."""

from collections.abc import Sequence

import orjson

from core.ids import TenantId
from core.office.watches import PriceView, ShipmentCount, WatchView
from db.database import Database, Transaction
from db.sql import load_queries

_SQL = load_queries("office_watches")


class WatchDesk:
    def __init__(self, database: Database, tenant: TenantId) -> None:
        self._database = database
        self._tenant = tenant

    async def watches(self) -> Sequence[WatchView]:
        async with self._database.tenant(self._tenant, readonly=True) as tx:
            return await list_watch_views(tx, self._tenant)

    async def watch(self, watch_id: int) -> WatchView | None:
        async with self._database.tenant(self._tenant, readonly=True) as tx:
            return next(iter(await list_watch_views(tx, self._tenant, watch_id)), None)

    async def prices(self, watch_id: int) -> Sequence[PriceView]:
        async with self._database.tenant(self._tenant, readonly=True) as tx:
            return await list_price_views(tx, self._tenant, watch_id)

    async def shipments(self) -> ShipmentCount:
        async with self._database.tenant(self._tenant, readonly=True) as tx:
            return await count_shipments(tx, self._tenant)


async def list_watch_views(tx: Transaction, tenant: TenantId, watch: int | None = None) -> list[WatchView]:
    """All of them, or the one."""
    return [WatchView(**dict(row)) for row in await tx.fetch(_SQL["watches"], tenant, watch)]


async def list_price_views(tx: Transaction, tenant: TenantId, watch: int) -> list[PriceView]:
    return [PriceView(**dict(row)) for row in await tx.fetch(_SQL["prices"], tenant, watch)]


async def count_shipments(tx: Transaction, tenant: TenantId) -> ShipmentCount:
    row = await tx.fetchrow(_SQL["shipments"], tenant)
    assert row is not None
    return ShipmentCount(**dict(row))


async def add_watch(tx: Transaction, tenant: TenantId, *, name: str, url: str, every_seconds: int) -> int | None:
    """None when another watch has that name; the very same one is found again."""
    settings = orjson.dumps({"url": url}).decode()
    added = await tx.fetchval(_SQL["add"], tenant, name, settings, every_seconds)
    return added or await tx.fetchval(_SQL["find_same"], tenant, name, url, every_seconds)


async def agree_price(
    tx: Transaction, tenant: TenantId, watch: int, *, item: str, micros: int, currency: str, seen_micros: int | None
) -> bool:
    """`seen_micros` counts only for an item that is new. False when there is no such watch."""
    row = await tx.fetchval(_SQL["agree"], tenant, watch, item, micros, currency, seen_micros)
    return row is True


async def set_watch_interval(tx: Transaction, tenant: TenantId, watch: int, every_seconds: int) -> bool:
    """False when there is no such watch."""
    return await tx.fetchval(_SQL["set_every"], tenant, watch, every_seconds) is True


async def remove_watch(tx: Transaction, tenant: TenantId, watch: int) -> bool:
    """With what was agreed. False when there is no such watch."""
    return await tx.fetchval(_SQL["remove"], tenant, watch) is True
