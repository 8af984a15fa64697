"""How many messages a WhatsApp number sent in a month, since the first of them are free. Months are of UTC."""

from collections.abc import Mapping
from datetime import date

from core.ids import AccountId, TenantId
from db.database import Transaction
from db.sql import load_queries

_SQL = load_queries("whatsapp")


async def count_whatsapp_message(
    tx: Transaction, tenant: TenantId, account: AccountId, day: date, category: str
) -> int:
    """Counts one more and returns how many there were in that month before it. Waits for a concurrent one to commit."""
    return await tx.fetchval(_SQL["count"], tenant, account, day, category)


async def take_back_whatsapp_message(
    tx: Transaction, tenant: TenantId, account: AccountId, day: date, category: str
) -> None:
    """For one that was counted and not sent after all."""
    await tx.execute(_SQL["take_back"], tenant, account, day, category)


async def read_whatsapp_messages(tx: Transaction, tenant: TenantId, account: AccountId, day: date) -> Mapping[str, int]:
    """By category, of the month that holds the day."""
    return {row["category"]: row["sent"] for row in await tx.fetch(_SQL["sent"], tenant, account, day)}
