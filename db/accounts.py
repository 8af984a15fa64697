"""A business's bots and numbers, as an owner connects, mends and pauses them in chat."""

from dataclasses import dataclass
from typing import Literal

from core.events import Channel
from core.ids import AccountId, TenantId
from db.database import Transaction
from db.sql import load_queries

_SQL = load_queries("accounts")


@dataclass(frozen=True, slots=True, kw_only=True)
class OwnAccount:
    account_id: AccountId
    channel: Channel
    role: Literal["customer", "admin"]
    external_id: str
    name: str
    handle: str
    status: Literal["active", "paused"]
    trouble: str
    managed_by: AccountId | None
    delivery: Literal["polling", "webhook"]
    secrets: bytes
    """Encrypted; `tenants.secrets` opens it."""


async def lock_identity(tx: Transaction, channel: str, external_id: str) -> None:
    """Of two businesses that connect the same bot at once, the second waits here until the first is done."""
    await tx.execute(_SQL["lock"], channel, external_id)


async def find_own_account(tx: Transaction, tenant: TenantId, account: AccountId) -> OwnAccount | None:
    row = await tx.fetchrow(_SQL["by_id"], tenant, account)
    return OwnAccount(**row) if row else None


async def find_own_identity(tx: Transaction, tenant: TenantId, channel: str, external_id: str) -> OwnAccount | None:
    """By what the vendor calls it."""
    row = await tx.fetchrow(_SQL["by_external_id"], tenant, channel, external_id)
    return OwnAccount(**row) if row else None


async def pause_own_account(tx: Transaction, tenant: TenantId, account: AccountId, *, paused: bool) -> bool:
    """Or lets it run again, and forgets what was wrong with it. False when the business has no such bot."""
    return bool(await tx.fetchval(_SQL["pause"], tenant, account, paused))
