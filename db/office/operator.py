"""See `core/office/operator.py`. Each tenant is looked at in a transaction that sees that one only."""

from collections.abc import Mapping
from datetime import datetime
from itertools import groupby
from typing import Any

import orjson
from pydantic import JsonValue

from core.ids import OPERATOR, MemberId, TenantId
from core.money import Money
from core.office.operator import Health, ReadConversation, Reading, ReadMessage, TenantCard, TenantLine, TenantPage
from db.database import Database, Transaction
from db.engine.link import Link
from db.engine.overview import list_tenant_ids, read_health
from db.office.people import list_people
from db.office.settings import list_account_views
from db.sql import load_queries
from db.tenants import find_slug

_SQL = load_queries("office_operator")
CONVERSATIONS, MESSAGES, CHARACTERS = 5, 8, 300
"""What a reading shows at once."""


class OperatorDesk:
    def __init__(self, database: Database, link: Link) -> None:
        self._database = database
        self._link = link

    async def tenants(self, first: int, limit: int) -> TenantPage:
        async with self._link.use() as tx:
            ids, total = await list_tenant_ids(tx, first, limit)
        lines = [await self._line(tenant) for tenant in ids]
        return TenantPage(lines=tuple(line for line in lines if line is not None), total=total)

    async def tenant(self, tenant: TenantId) -> TenantCard | None:
        if tenant == OPERATOR:
            return None
        async with self._database.tenant(tenant, readonly=True) as tx:
            return await read_card(tx, tenant)

    async def find(self, slug: str) -> TenantId | None:
        async with self._link.use() as tx:
            found = await find_slug(tx, slug)
        return None if found == OPERATOR else found

    async def health(self) -> Health:
        async with self._link.use() as tx:
            return await read_health(tx)

    async def reading(self, tenant: TenantId, member: MemberId) -> Reading | None:
        async with self._database.tenant(tenant, readonly=True) as tx:
            return await read_words(tx, tenant, member)

    async def _line(self, tenant: TenantId) -> TenantLine | None:
        async with self._database.tenant(tenant, readonly=True) as tx:
            return await read_overview(tx, tenant)


async def read_overview(tx: Transaction, tenant: TenantId) -> TenantLine | None:
    row = await tx.fetchrow(_SQL["overview"], tenant)
    if row is None:
        return None
    fields: dict[str, Any] = dict(row)
    currency, spent, limit = fields.pop("currency"), fields.pop("spent_micros"), fields.pop("limit_micros")
    return TenantLine(
        **fields,
        spent=Money(micros=spent, currency=currency),
        limit=None if limit is None else Money(micros=limit, currency=currency),
    )


async def read_card(tx: Transaction, tenant: TenantId) -> TenantCard | None:
    line, row = await read_overview(tx, tenant), await tx.fetchrow(_SQL["troubles"], tenant)
    if line is None or row is None:
        return None
    owners = tuple(person.name for person in await list_people(tx, tenant) if person.role == "owner")
    return TenantCard(line=line, owners=owners, accounts=await list_account_views(tx, tenant), **row)


async def set_suspended(tx: Transaction, tenant: TenantId, suspended: bool) -> bool:
    """False when it is so already, is being deleted, or is not there."""
    return bool(await tx.fetchval(_SQL["suspend"], tenant, suspended))


async def mark_deleting(tx: Transaction, tenant: TenantId) -> bool:
    """False for one that is not suspended. There is no way back."""
    return bool(await tx.fetchval(_SQL["mark_deleting"], tenant))


async def allow_reading(
    tx: Transaction, tenant: TenantId, *, key: str, member: MemberId, reason: str, minutes: int
) -> datetime:
    """Until when; with the same key the same again."""
    await tx.execute(_SQL["allow_reading"], tenant, key, member, reason, minutes)
    return await tx.fetchval(_SQL["reading_by_key"], tenant, key)


async def read_words(tx: Transaction, tenant: TenantId, member: MemberId) -> Reading | None:
    until = await tx.fetchval(_SQL["allowed_until"], tenant, member)
    if until is None:
        return None
    rows = await tx.fetch(_SQL["words"], tenant, member, CONVERSATIONS, MESSAGES, CHARACTERS)
    found = [
        ReadConversation(
            channel=stream[1],
            messages=tuple(ReadMessage(author=row["author"], text=row["text"], at=row["at"]) for row in messages),
        )
        for stream, messages in groupby(rows, key=lambda row: (row["stream_id"], row["channel"]))
    ]
    return Reading(until=until, conversations=tuple(found))


async def note_once(
    tx: Transaction, tenant: TenantId, actor: str, action: str, key: str, details: Mapping[str, JsonValue]
) -> None:
    """Into the tenant's audit, once for a key."""
    written = orjson.dumps({**details, "key": key}).decode()
    await tx.execute(_SQL["note"], tenant, actor, action, written, key)


async def was_noted(tx: Transaction, tenant: TenantId, action: str, key: str) -> bool:
    return await tx.fetchval(_SQL["was_noted"], tenant, action, key)
