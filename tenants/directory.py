"""Tenants and accounts as this process knows them: read at start, read again when told to."""

from collections.abc import Sequence

import structlog

from core.channels import Account
from core.errors import Rejected
from core.ids import AccountId, TenantId
from core.turns import TenantProfile
from db.engine.directory import StoredAccount, StoredTenant, find_tenant, list_accounts, list_tenants, read_fingerprint
from db.engine.link import Link

_log = structlog.get_logger(__name__)


class TenantDirectory:
    """Small values of every tenant, in memory; the database is asked only for what is not there yet."""

    def __init__(self, link: Link) -> None:
        self._link = link
        self._fingerprint = ""
        self._tenants: dict[TenantId, StoredTenant] = {}
        self._accounts: dict[AccountId, Account] = {}

    async def changed(self) -> bool:
        """Whether `load` would find something new. Raises Transient."""
        async with self._link.use() as tx:
            return await read_fingerprint(tx) != self._fingerprint

    async def load(self) -> list[StoredAccount]:
        """Reads everything again and returns the active accounts with their sealed secrets."""
        async with self._link.use() as tx:
            self._fingerprint = await read_fingerprint(tx)
            tenants = await list_tenants(tx)
            accounts = await list_accounts(tx)
        self._tenants = {tenant.profile.tenant_id: tenant for tenant in tenants}
        self._accounts = {stored.account.account_id: stored.account for stored in accounts}
        return accounts

    async def profile(self, tenant: TenantId) -> TenantProfile:
        """Raises Rejected for a tenant that does not exist (any more), Transient."""
        return (await self.stored(tenant)).profile

    async def stored(self, tenant: TenantId) -> StoredTenant:
        found = self._tenants.get(tenant)
        if found is None:
            async with self._link.use() as tx:
                found = await find_tenant(tx, tenant)
            if found is None:
                raise Rejected("There is no such tenant")
            self._tenants[tenant] = found
        return found

    async def knowledge_version(self, tenant: TenantId) -> int:
        return (await self.stored(tenant)).knowledge_version

    def account(self, account: AccountId) -> Account | None:
        return self._accounts.get(account)

    def accounts(self) -> Sequence[Account]:
        return list(self._accounts.values())
