"""Making a business: its rows, its first owner, the folder it came from."""

from core.ids import AccountId, StreamId, TenantId
from core.money import Money
from db.database import Transaction
from db.sql import load_queries

_SQL = load_queries("openings")


async def save_settings(tx: Transaction, tenant: TenantId, settings: str) -> None:
    """JSON of `tenants.settings.BusinessSettings`."""
    await tx.execute(_SQL["save_settings"], tenant, settings)


async def save_ceiling(tx: Transaction, tenant: TenantId, micros: int | None) -> bool:
    """What the business may spend in a month at most, in its currency. False when there is no such tenant."""
    return bool(await tx.fetchval(_SQL["save_ceiling"], tenant, micros))


async def seat_first_owner(
    tx: Transaction,
    tenant: TenantId,
    *,
    name: str,
    language: str | None,
    account: AccountId,
    chat: str,
    desk: StreamId,
    budget: Money | None,
) -> None:
    """`budget`: the limit of a month to begin with."""
    member = await tx.fetchval(_SQL["first_member"], tenant, name, account, chat, language, desk)
    if budget is not None:
        await tx.execute(_SQL["first_budget"], tenant, budget.micros, budget.currency, member)
    await tx.execute(_SQL["note_opening"], tenant, f"member:{member}")


async def note_folder(tx: Transaction, tenant: TenantId, folder_hash: bytes) -> bool:
    """True when it is another than the folder that was loaded last."""
    return bool(await tx.fetchval(_SQL["note_folder"], tenant, folder_hash))
