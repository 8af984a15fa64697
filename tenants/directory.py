"""Tenants and accounts as this process knows them: read at start, read again when told to."""

from collections.abc import Sequence

import structlog
from pydantic import ValidationError

from core.channels import Account
from core.errors import Misconfigured, Rejected
from core.events import Channel
from core.ids import AccountId, TenantId
from core.turns import TenantProfile
from db.engine.directory import StoredAccount, StoredTenant, find_tenant, list_accounts, list_tenants, read_fingerprint
from db.engine.link import Link
from tenants.models import ModelPolicy

_log = structlog.get_logger(__name__)


class TenantDirectory:
    """Small values of every tenant, in memory; the database is asked only for what is not there yet."""

    def __init__(self, link: Link) -> None:
        self._link = link
        self._fingerprint = ""
        self._tenants: dict[TenantId, StoredTenant] = {}
        self._accounts: dict[AccountId, Account] = {}
        self._channels: frozenset[tuple[TenantId, Channel]] = frozenset()
        self._policies: dict[TenantId, tuple[int, ModelPolicy]] = {}

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
        self._channels = frozenset((a.tenant_id, a.channel) for a in self._accounts.values() if a.role == "customer")
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

    def forget(self, tenant: TenantId) -> None:
        """It was changed: whoever asks next reads it anew."""
        self._tenants.pop(tenant, None)

    async def knowledge_version(self, tenant: TenantId) -> int:
        return (await self.stored(tenant)).knowledge_version

    async def version(self, tenant: TenantId) -> int:
        """Grows with every change of the tenant, its policy or its keys."""
        return (await self.stored(tenant)).version

    async def model_policy(self, tenant: TenantId) -> ModelPolicy:
        """Raises Misconfigured for one that cannot be read, and as `profile` does."""
        stored = await self.stored(tenant)
        held = self._policies.get(tenant)
        if held is None or held[0] != stored.version:
            try:
                held = self._policies[tenant] = (stored.version, ModelPolicy.model_validate(stored.models))
            except ValidationError as error:
                raise Misconfigured(f"The models' settings of {stored.profile.slug} cannot be read") from error
        return held[1]

    def has_channel(self, tenant: TenantId, channel: Channel) -> bool:
        """Whether customers reach the tenant there."""
        return (tenant, channel) in self._channels

    def account(self, account: AccountId) -> Account | None:
        return self._accounts.get(account)

    def accounts(self) -> Sequence[Account]:
        return list(self._accounts.values())
