"""The person an action is for, and what an action may change of them."""

from dataclasses import dataclass
from datetime import datetime

from core.events import Channel
from core.ids import ContactId, TenantId
from db.database import Transaction
from db.sql import load_queries

_SQL = load_queries("customers")


@dataclass(frozen=True, slots=True, kw_only=True)
class Customer:
    contact_id: ContactId
    channel: Channel
    name: str
    language: str
    """Empty where none is known."""
    phone: str
    """E.164 without the plus; empty where the channel does not show it."""
    tenant_language: str
    tenant_currency: str


async def find_customer(tx: Transaction, tenant: TenantId, contact: ContactId) -> Customer | None:
    row = await tx.fetchrow(_SQL["customer"], tenant, contact)
    return Customer(**row) if row else None


async def set_preference(
    tx: Transaction, tenant: TenantId, contact: ContactId, name: str, value: str, since: datetime
) -> bool:
    """An empty value takes it back. False when the person does not want anything remembered."""
    if not value:
        await tx.execute(_SQL["drop_preference"], tenant, contact, name)
        return True
    return bool(await tx.fetchval(_SQL["set_preference"], tenant, contact, name, value, since))
