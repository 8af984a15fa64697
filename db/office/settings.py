"""See `core/office/settings.py`."""

from core.ids import OPERATOR, TenantId
from core.office.settings import AccountView, BusinessState
from db.database import Database, Transaction
from db.sql import load_queries

_SQL = load_queries("office_settings")


class SettingsDesk:
    def __init__(self, database: Database, tenant: TenantId) -> None:
        self._database = database
        self._tenant = tenant

    async def business(self) -> BusinessState:
        async with self._database.tenant(self._tenant, readonly=True) as tx:
            return await read_business(tx, self._tenant)

    async def accounts(self) -> tuple[AccountView, ...]:
        async with self._database.tenant(self._tenant, readonly=True) as tx:
            return await list_account_views(tx, self._tenant)

    async def admin_accounts(self) -> tuple[AccountView, ...]:
        async with self._database.tenant(OPERATOR, readonly=True) as tx:
            return tuple(each for each in await list_account_views(tx, OPERATOR) if each.role == "admin")


async def read_business(tx: Transaction, tenant: TenantId) -> BusinessState:
    """Raises LookupError when there is no such tenant."""
    row = await tx.fetchrow(_SQL["business"], tenant)
    if row is None:
        raise LookupError(f"there is no tenant {tenant}")
    return BusinessState(**row)


async def list_account_views(tx: Transaction, tenant: TenantId) -> tuple[AccountView, ...]:
    """In the order in which they were connected."""
    return tuple(AccountView(**row) for row in await tx.fetch(_SQL["accounts"], tenant))
