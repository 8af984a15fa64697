"""What an owner's desk looks up."""

from collections.abc import Mapping
from typing import Any, Literal

from core.ids import AccountId, ApprovalId, StreamId, TenantId
from core.money import Money
from core.turns import Approval, HistoryMessage, Member, ReachedLimit, TenantStatus
from db.asked import load_asked
from db.database import Transaction
from db.sql import load_queries

_SQL = load_queries("desk")


async def list_members(tx: Transaction, tenant: TenantId) -> tuple[Member, ...]:
    """Those who joined first come first."""
    return tuple(Member(**row) for row in await tx.fetch(_SQL["members"], tenant))


async def find_member(tx: Transaction, tenant: TenantId, account: AccountId, chat: str) -> Member | None:
    row = await tx.fetchrow(_SQL["member_at"], tenant, account, chat)
    return Member(**row) if row else None


async def find_seat(tx: Transaction, tenant: TenantId, desk: StreamId) -> Member | None:
    """Who sits at the desk, with the role they have now."""
    row = await tx.fetchrow(_SQL["seat"], tenant, desk)
    return Member(**row) if row else None


async def find_approval(tx: Transaction, tenant: TenantId, approval_id: ApprovalId) -> Approval | None:
    row = await tx.fetchrow(_SQL["approval"], tenant, approval_id)
    return _approval(row) if row else None


async def list_open_approvals(
    tx: Transaction, tenant: TenantId, status: Literal["pending", "take_over"], limit: int
) -> tuple[Approval, ...]:
    """Longest waiting first."""
    return tuple(_approval(row) for row in await tx.fetch(_SQL["approvals_by_status"], tenant, status, limit))


def _approval(row: Mapping[str, Any]) -> Approval:
    fields = dict(row)
    asked = load_asked(fields.pop("action"))
    return Approval(**fields, asked=asked)


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
