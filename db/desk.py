"""What an owner's desk looks up, and the `core.turns.Reader` over it."""

from collections.abc import Mapping
from typing import Any, Literal

from core.events import Channel
from core.ids import AccountId, ApprovalId, ContactId, StreamId, TenantId
from core.money import Money
from core.people import OpenLink, Person
from core.turns import Approval, HistoryMessage, Member, ReachedLimit, TenantStatus
from db.database import Database, Transaction
from db.invites import is_invite_open
from db.people import find_link, read_person
from db.sql import load_queries

_SQL = load_queries("desk")


async def list_members(tx: Transaction, tenant: TenantId) -> tuple[Member, ...]:
    """Those who joined first come first."""
    return tuple(Member(**row) for row in await tx.fetch(_SQL["members"], tenant))


async def find_member(tx: Transaction, tenant: TenantId, account: AccountId, chat: str) -> Member | None:
    row = await tx.fetchrow(_SQL["member_at"], tenant, account, chat)
    return Member(**row) if row else None


async def find_approval(tx: Transaction, tenant: TenantId, approval_id: ApprovalId) -> Approval | None:
    row = await tx.fetchrow(_SQL["approval"], tenant, approval_id)
    return Approval(**row) if row else None


async def list_open_approvals(
    tx: Transaction, tenant: TenantId, status: Literal["pending", "take_over"], limit: int
) -> tuple[Approval, ...]:
    """Longest waiting first."""
    return tuple(Approval(**row) for row in await tx.fetch(_SQL["approvals_by_status"], tenant, status, limit))


async def list_history(tx: Transaction, tenant: TenantId, stream: StreamId, limit: int) -> tuple[HistoryMessage, ...]:
    """The latest messages, oldest first."""
    return tuple(HistoryMessage(**row) for row in await tx.fetch(_SQL["history"], tenant, stream, limit))


async def read_status(tx: Transaction, tenant: TenantId) -> TenantStatus:
    """Raises LookupError when there is no such tenant."""
    row = await tx.fetchrow(_SQL["status"], tenant)
    if row is None:
        raise LookupError(f"there is no tenant {tenant}")
    figures: Mapping[str, Any] = dict(row)
    limit, currency = figures.pop("limit_micros"), figures.pop("currency")
    return TenantStatus(**figures, budget=None if limit is None else Money(micros=limit, currency=currency))


async def find_reached_limit(
    tx: Transaction, tenant: TenantId, scope: str, period: str, limit: Money
) -> ReachedLimit | None:
    row = await tx.fetchrow(_SQL["reached_limit"], tenant, limit.currency, scope, period, limit.micros)
    if row is None:
        return None
    found: dict[str, Any] = dict(row)
    used = Money(micros=found.pop("used_micros"), currency=limit.currency)
    return ReachedLimit(**found, limit=limit, used=used)


class DeskReader:
    """The look-ups of one tenant, each in its own short read-only transaction. All raise Transient."""

    def __init__(self, database: Database, tenant: TenantId) -> None:
        self._database = database
        self._tenant = tenant

    async def members(self) -> tuple[Member, ...]:
        async with self._database.tenant(self._tenant, readonly=True) as tx:
            return await list_members(tx, self._tenant)

    async def member_at(self, account: AccountId, chat: str) -> Member | None:
        async with self._database.tenant(self._tenant, readonly=True) as tx:
            return await find_member(tx, self._tenant, account, chat)

    async def approval(self, approval_id: ApprovalId) -> Approval | None:
        async with self._database.tenant(self._tenant, readonly=True) as tx:
            return await find_approval(tx, self._tenant, approval_id)

    async def pending_approvals(self, limit: int) -> tuple[Approval, ...]:
        async with self._database.tenant(self._tenant, readonly=True) as tx:
            return await list_open_approvals(tx, self._tenant, "pending", limit)

    async def taken_over(self, limit: int) -> tuple[Approval, ...]:
        async with self._database.tenant(self._tenant, readonly=True) as tx:
            return await list_open_approvals(tx, self._tenant, "take_over", limit)

    async def history(self, stream: StreamId, limit: int) -> tuple[HistoryMessage, ...]:
        async with self._database.tenant(self._tenant, readonly=True) as tx:
            return await list_history(tx, self._tenant, stream, limit)

    async def status(self) -> TenantStatus:
        async with self._database.tenant(self._tenant, readonly=True) as tx:
            return await read_status(tx, self._tenant)

    async def invite_open(self, code: str) -> bool:
        async with self._database.tenant(self._tenant, readonly=True) as tx:
            return await is_invite_open(tx, self._tenant, code)

    async def person(self, contact: ContactId) -> Person:
        async with self._database.tenant(self._tenant, readonly=True) as tx:
            return await read_person(tx, self._tenant, contact)

    async def find_link(self, contact: ContactId, channel: Channel, code: str) -> OpenLink | None:
        async with self._database.tenant(self._tenant, readonly=True) as tx:
            return await find_link(tx, self._tenant, contact, channel, code)

    async def reached_limit(self, scope: str, period: str, limit: Money) -> ReachedLimit | None:
        async with self._database.tenant(self._tenant, readonly=True) as tx:
            return await find_reached_limit(tx, self._tenant, scope, period, limit)
