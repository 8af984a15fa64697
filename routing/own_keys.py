"""Keys that tenants brought themselves, sealed in the database."""

from collections.abc import Awaitable, Callable, Mapping
from dataclasses import dataclass
from typing import cast, get_args

from core.ids import TenantId
from db.database import Database
from db.models import list_model_keys, note_key_trouble
from routing.keys import Access
from tenants.models import ProviderName
from tenants.secrets import Vault

_PROVIDERS = frozenset(get_args(ProviderName))


@dataclass(frozen=True, slots=True)
class _Held:
    tenant_version: int
    access: Mapping[ProviderName, Access]
    versions: Mapping[str, int]


class OwnKeys:
    def __init__(self, database: Database, vault: Vault, version: Callable[[TenantId], Awaitable[int]]) -> None:
        """`version` of a tenant: it grows when one of its keys changes."""
        self._database = database
        self._vault = vault
        self._version = version
        self._held: dict[TenantId, _Held] = {}

    async def of(self, tenant: TenantId) -> Mapping[ProviderName, Access]:
        """Raises Transient, and Misconfigured when they cannot be opened."""
        return (await self._read(tenant)).access

    async def note_trouble(self, tenant: TenantId, provider: ProviderName, text: str) -> bool:
        """True when that is news. Raises Transient."""
        version = (await self._read(tenant)).versions.get(provider)
        if version is None:
            return False
        async with self._database.tenant(tenant) as tx:
            return await note_key_trouble(tx, tenant, provider, version, text)

    async def _read(self, tenant: TenantId) -> _Held:
        version = await self._version(tenant)
        held = self._held.get(tenant)
        if held is None or held.tenant_version != version:
            async with self._database.tenant(tenant, readonly=True) as tx:
                stored = await list_model_keys(tx, tenant)
            held = _Held(
                version,
                {
                    cast("ProviderName", each.provider): self._open(tenant, each.provider, each.secrets)
                    for each in stored
                    if each.provider in _PROVIDERS
                },
                {each.provider: each.version for each in stored},
            )
            self._held[tenant] = held
        return held

    def _open(self, tenant: TenantId, provider: str, sealed: bytes) -> Access:
        secrets = self._vault.open(tenant, sealed)
        return Access(
            provider=cast("ProviderName", provider),
            key=secrets["key"],
            base_url=secrets.get("base_url", ""),
            own=True,
        )
