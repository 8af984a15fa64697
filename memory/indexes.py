"""The indexes of the conversations that this process has been asked about lately, within a number of bytes.

Each index belongs to one tenant's one contact; there is no way to ask several at once. What is dropped is built again
from the history when it is needed.
"""

import asyncio
from collections import OrderedDict
from collections.abc import Awaitable, Callable, Sequence
from dataclasses import dataclass

from core.ids import ContactId, TenantId
from memory.selection import ConversationIndex, Turn

Key = tuple[TenantId, ContactId]
MOST_BYTES = 128 * 1024 * 1024


@dataclass(slots=True)
class _Held:
    index: ConversationIndex
    size_bytes: int
    """When last asked for; it grows meanwhile by what was added since."""


class Indexes:
    """The least recently used one goes first. One that is larger than the cap by itself is not kept."""

    def __init__(self, *, most_bytes: int = MOST_BYTES) -> None:
        self._most_bytes = most_bytes
        self._held: OrderedDict[Key, _Held] = OrderedDict()
        self._making: dict[Key, asyncio.Lock] = {}
        self._dropped: dict[Key, int] = {}
        """While one is made: how often it was dropped meanwhile."""
        self._bytes = 0

    def __len__(self) -> int:
        return len(self._held)

    @property
    def size_bytes(self) -> int:
        """An estimate."""
        return self._bytes

    def find(self, tenant: TenantId, contact: ContactId) -> ConversationIndex | None:
        """The index if it is here; counts as use."""
        held = self._held.get((tenant, contact))
        if held is None:
            return None
        self._hold((tenant, contact), held.index)
        return held.index

    async def get(
        self,
        tenant: TenantId,
        contact: ContactId,
        read: Callable[[], Awaitable[Sequence[Turn]]],
        *,
        language: str | None = None,
    ) -> ConversationIndex:
        """The index; made from the whole history, oldest turn first, if need be. Who asks meanwhile waits for it.

        Raises what `read` raises; the next one who asks reads again.
        """
        key = (tenant, contact)
        if (index := self.find(tenant, contact)) is not None:
            return index
        lock = self._making.setdefault(key, asyncio.Lock())
        try:
            async with lock:
                if (index := self.find(tenant, contact)) is not None:
                    return index
                self._dropped[key] = 0
                index = ConversationIndex(language=language)
                await index.build(await read())
                if not self._dropped.pop(key):
                    self._hold(key, index)
                return index
        finally:
            self._dropped.pop(key, None)
            if not lock.locked():
                self._making.pop(key, None)

    def drop(self, tenant: TenantId, contact: ContactId) -> None:
        """After something was forgotten or corrected; also keeps one that is being made from being kept."""
        key = (tenant, contact)
        if key in self._dropped:
            self._dropped[key] += 1
        if (held := self._held.pop(key, None)) is not None:
            self._bytes -= held.size_bytes

    def shrink(self, most_bytes: int) -> None:
        """Drops the least recently used until so many bytes are left, such as under memory pressure."""
        while self._held and self._bytes > most_bytes:
            _, held = self._held.popitem(last=False)
            self._bytes -= held.size_bytes

    def _hold(self, key: Key, index: ConversationIndex) -> None:
        if (held := self._held.pop(key, None)) is not None:
            self._bytes -= held.size_bytes
        held = _Held(index, index.size_bytes)
        self._held[key] = held
        self._bytes += held.size_bytes
        self.shrink(self._most_bytes)
