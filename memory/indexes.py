"""The histories of the people whom this process has been asked about lately, within a number of bytes.

Each belongs to one tenant's one contact; there is no way to ask several at once. What is dropped is made again from
the database when it is needed.
"""

import asyncio
from collections import OrderedDict
from collections.abc import Awaitable, Callable
from dataclasses import dataclass
from typing import Generic, Protocol, TypeVar

from core.ids import ContactId, TenantId

Key = tuple[TenantId, ContactId]
MOST_BYTES = 128 * 1024 * 1024
_LEFT_UNDER_PRESSURE = 0.25


class Sized(Protocol):
    @property
    def size_bytes(self) -> int: ...


T = TypeVar("T", bound=Sized)


@dataclass(slots=True)
class _Held(Generic[T]):
    index: T
    size_bytes: int
    """When last asked for; it grows meanwhile by what was added since."""


class Indexes(Generic[T]):
    """The least recently used one goes first. One that is larger than the cap by itself is not kept. While memory is
    short (`pressed`), a quarter of the cap is used."""

    def __init__(self, *, most_bytes: int = MOST_BYTES, pressed: Callable[[], bool] = lambda: False) -> None:
        self._most_bytes = most_bytes
        self._pressed = pressed
        self._held: OrderedDict[Key, _Held[T]] = OrderedDict()
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

    def find(self, tenant: TenantId, contact: ContactId) -> T | None:
        """The index if it is here; counts as use."""
        held = self._held.get((tenant, contact))
        if held is None:
            return None
        self._hold((tenant, contact), held.index)
        return held.index

    async def get(self, tenant: TenantId, contact: ContactId, make: Callable[[], Awaitable[T]]) -> T:
        """The index; made if need be. Who asks meanwhile waits for it.

        Raises what `make` raises; the next one who asks tries again.
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
                index = await make()
                if not self._dropped.pop(key, 1):  # two may make it when one waited too long
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
        """Drops the least recently used until so many bytes are left."""
        while self._held and self._bytes > most_bytes:
            _, held = self._held.popitem(last=False)
            self._bytes -= held.size_bytes

    def _hold(self, key: Key, index: T) -> None:
        if (held := self._held.pop(key, None)) is not None:
            self._bytes -= held.size_bytes
        held = _Held(index, index.size_bytes)
        self._held[key] = held
        self._bytes += held.size_bytes
        self.shrink(int(self._most_bytes * _LEFT_UNDER_PRESSURE) if self._pressed() else self._most_bytes)
