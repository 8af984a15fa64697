"""Every tenant's knowledge index: made on first use, made anew when the knowledge changes, dropped when long unused."""

import asyncio
from collections import OrderedDict
from collections.abc import Sequence
from dataclasses import dataclass
from typing import Protocol

from core.ids import TenantId
from core.turns import Passage, TenantProfile
from db.database import Database
from db.knowledge import list_passages
from memory.knowledge import KnowledgeIndex

_MOST_PASSAGES = 8_000
"""In all indexes together: about 4 KB each."""
_TENANT_COSTS = 2
"""Passages; what an index costs that holds none."""
_FOUND = 5
_MANY = 300
"""Passages; an index of more takes long enough to be made beside the loop, which answers chats."""


class Shelf(Protocol):
    """What `tenants.directory.TenantDirectory` knows."""

    async def profile(self, tenant: TenantId) -> TenantProfile: ...
    async def knowledge_version(self, tenant: TenantId) -> int: ...


@dataclass(frozen=True, slots=True)
class _Held:
    version: int
    index: KnowledgeIndex


class Library:
    def __init__(self, database: Database, shelf: Shelf, *, most_passages: int = _MOST_PASSAGES) -> None:
        self._database = database
        self._shelf = shelf
        self._most_passages = most_passages
        self._passages = 0
        self._held: OrderedDict[TenantId, _Held] = OrderedDict()
        self._making: dict[TenantId, asyncio.Lock] = {}

    async def search(self, tenant: TenantId, text: str) -> tuple[int, tuple[Passage, ...]]:
        """The knowledge's version and what was found in it. For a command such as `/start`, what one can ask about.

        Raises Transient, and Rejected for a tenant that does not exist.
        """
        if not text.strip():
            return 0, ()
        version = await self._shelf.knowledge_version(tenant)
        held = self._held.get(tenant)
        if held is None or held.version != version:
            held = await self._make(tenant, version)
        if tenant in self._held:  # it may have been dropped while another one was made
            self._held.move_to_end(tenant)
        found = held.index.topics() if text.startswith("/") else held.index.search(text, _FOUND)
        return held.version, found

    async def _make(self, tenant: TenantId, version: int) -> _Held:
        lock = self._making.setdefault(tenant, asyncio.Lock())
        try:
            async with lock:
                held = self._held.get(tenant)
                if held is None or held.version != version:
                    profile = await self._shelf.profile(tenant)
                    async with self._database.tenant(tenant, readonly=True) as tx:
                        passages = await list_passages(tx, tenant)
                    held = _Held(version, await _make_index(passages, profile.language))
                    self._hold(tenant, held)
                return held
        finally:
            self._making.pop(tenant, None)

    def _hold(self, tenant: TenantId, held: _Held) -> None:
        if (old := self._held.pop(tenant, None)) is not None:
            self._passages -= len(old.index) + _TENANT_COSTS
        self._held[tenant] = held
        self._passages += len(held.index) + _TENANT_COSTS
        while self._passages > self._most_passages and len(self._held) > 1:
            _, dropped = self._held.popitem(last=False)
            self._passages -= len(dropped.index) + _TENANT_COSTS


async def _make_index(passages: Sequence[Passage], language: str) -> KnowledgeIndex:
    if len(passages) <= _MANY:
        return KnowledgeIndex(passages, language)
    return await asyncio.to_thread(KnowledgeIndex, passages, language, alone=True)
