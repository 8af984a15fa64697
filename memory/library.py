"""Every tenant's knowledge index: made on first use, made anew when the knowledge changes, dropped when long unused."""

import asyncio
from collections import OrderedDict
from dataclasses import dataclass
from typing import Protocol

from core.ids import TenantId
from core.turns import Passage, TenantProfile
from db.database import Database
from db.knowledge import list_passages
from memory.knowledge import KnowledgeIndex

_MOST_TENANTS = 200
_PASSAGES = 5


class Shelf(Protocol):
    """What `tenants.directory.TenantDirectory` knows."""

    async def profile(self, tenant: TenantId) -> TenantProfile: ...
    async def knowledge_version(self, tenant: TenantId) -> int: ...


@dataclass(frozen=True, slots=True)
class _Held:
    version: int
    index: KnowledgeIndex


class Library:
    def __init__(self, database: Database, shelf: Shelf, *, most_tenants: int = _MOST_TENANTS) -> None:
        self._database = database
        self._shelf = shelf
        self._most_tenants = most_tenants
        self._held: OrderedDict[TenantId, _Held] = OrderedDict()
        self._making: dict[TenantId, asyncio.Lock] = {}

    async def search(self, tenant: TenantId, text: str) -> tuple[Passage, ...]:
        """For a command such as `/start`, what one can ask about.

        Raises Transient, and Rejected for a tenant that does not exist.
        """
        if not text.strip():
            return ()
        version = await self._shelf.knowledge_version(tenant)
        held = self._held.get(tenant)
        if held is None or held.version != version:
            held = await self._make(tenant, version)
        self._held.move_to_end(tenant)
        return held.index.topics() if text.startswith("/") else held.index.search(text, _PASSAGES)

    async def _make(self, tenant: TenantId, version: int) -> _Held:
        lock = self._making.setdefault(tenant, asyncio.Lock())
        try:
            async with lock:
                held = self._held.get(tenant)
                if held is None or held.version != version:
                    profile = await self._shelf.profile(tenant)
                    async with self._database.tenant(tenant, readonly=True) as tx:
                        passages = await list_passages(tx, tenant)
                    held = self._held[tenant] = _Held(version, KnowledgeIndex(passages, profile.language))
                    while len(self._held) > self._most_tenants:
                        self._held.popitem(last=False)
                return held
        finally:
            self._making.pop(tenant, None)
