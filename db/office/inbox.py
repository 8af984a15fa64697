"""See `core/office/inbox.py`."""

from collections.abc import Collection, Mapping, Sequence
from datetime import UTC, datetime
from typing import Any, get_args

from core.ids import ApprovalId, TenantId
from core.money import Money
from core.office.inbox import MOST_COUNTED, ActionEnd, Box, OpenLimit, Place, Questions, Standing, Waiting
from db.asked import load_asked
from db.database import Database, Transaction
from db.sql import load_queries

_SQL = load_queries("office_inbox")
_START = Place(urgency=-1, since=datetime(1970, 1, 1, tzinfo=UTC), approval_id=ApprovalId(""))


class InboxDesk:
    def __init__(self, database: Database, tenant: TenantId) -> None:
        self._database = database
        self._tenant = tenant

    async def page(
        self, now: datetime, box: Box | None, limit: int, *, after: Place | None = None, before: Place | None = None
    ) -> tuple[Waiting, ...]:
        async with self._database.tenant(self._tenant, readonly=True) as tx:
            return await list_page(tx, self._tenant, now, box, limit, after=after, before=before)

    async def counts(self, now: datetime) -> Mapping[str, int]:
        async with self._database.tenant(self._tenant, readonly=True) as tx:
            return await count_waiting(tx, self._tenant, now)

    async def open_limits(self, now: datetime) -> tuple[OpenLimit, ...]:
        async with self._database.tenant(self._tenant, readonly=True) as tx:
            return await list_open_limits(tx, self._tenant, now)

    async def old_questions(self, since: datetime, now: datetime, limit: int) -> tuple[Waiting, ...]:
        async with self._database.tenant(self._tenant, readonly=True) as tx:
            return await list_old_questions(tx, self._tenant, since, now, limit)

    async def standing(self, approvals: Collection[ApprovalId]) -> tuple[Standing, ...]:
        async with self._database.tenant(self._tenant, readonly=True) as tx:
            return await list_standing(tx, self._tenant, approvals)

    async def questions(self, now: datetime) -> Questions:
        async with self._database.tenant(self._tenant, readonly=True) as tx:
            return await read_questions(tx, self._tenant, now)

    async def action_end(self, approval_id: ApprovalId) -> ActionEnd | None:
        async with self._database.tenant(self._tenant, readonly=True) as tx:
            return await find_action_end(tx, self._tenant, approval_id)


async def list_page(
    tx: Transaction,
    tenant: TenantId,
    now: datetime,
    box: Box | None,
    limit: int,
    *,
    after: Place | None = None,
    before: Place | None = None,
) -> tuple[Waiting, ...]:
    boxes = [box] if box else [*get_args(Box)]
    place = before or after or _START
    query = _SQL["before" if before else "after"]
    rows = await tx.fetch(query, tenant, boxes, now, place.urgency, place.since, place.approval_id, limit)
    return _read(rows[::-1] if before else rows)


async def count_waiting(tx: Transaction, tenant: TenantId, now: datetime) -> Mapping[str, int]:
    return {row["box"]: row["count"] for row in await tx.fetch(_SQL["counts"], tenant, now, MOST_COUNTED)}


async def list_open_limits(tx: Transaction, tenant: TenantId, now: datetime) -> tuple[OpenLimit, ...]:
    """The latest first, and two at most: one of the day, one of the month."""
    return tuple(
        OpenLimit(
            scope=row["scope"],
            period=row["period"],
            limit=Money(micros=row["limit_micros"], currency=row["currency"]),
            used=Money(micros=row["used_micros"], currency=row["currency"]),
        )
        for row in await tx.fetch(_SQL["open_limits"], tenant, now)
    )


async def list_old_questions(
    tx: Transaction, tenant: TenantId, since: datetime, now: datetime, limit: int
) -> tuple[Waiting, ...]:
    return _read(await tx.fetch(_SQL["old_questions"], tenant, since, now, limit))


async def list_standing(tx: Transaction, tenant: TenantId, approvals: Collection[ApprovalId]) -> tuple[Standing, ...]:
    return tuple(Standing(**row) for row in await tx.fetch(_SQL["standing"], tenant, [*approvals]))


async def read_questions(tx: Transaction, tenant: TenantId, now: datetime) -> Questions:
    row = await tx.fetchrow(_SQL["questions"], tenant, now, MOST_COUNTED)
    return Questions(count=row["count"], oldest=row["oldest"]) if row else Questions(count=0, oldest=None)


async def find_action_end(tx: Transaction, tenant: TenantId, approval_id: ApprovalId) -> ActionEnd | None:
    row = await tx.fetchrow(_SQL["action_end"], tenant, approval_id)
    return ActionEnd(**row) if row else None


def _read(rows: Sequence[Mapping[str, Any]]) -> tuple[Waiting, ...]:
    found: list[Waiting] = []
    for row in rows:
        fields = dict(row)
        asked = load_asked(fields.pop("action"))
        found.append(Waiting(**fields, asked=asked))
    return tuple(found)
