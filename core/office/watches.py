"""What is watched for the business."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Protocol


@dataclass(frozen=True, slots=True, kw_only=True)
class WatchView:
    watch_id: int
    name: str
    every_seconds: int
    next_due_at: datetime
    paused: bool
    last_ok_at: datetime | None
    last_error: str
    """In English, of the last look; empty when it went well."""
    url: str
    items: int
    above: int
    """Items whose price seen last is above the agreed one."""


@dataclass(frozen=True, slots=True, kw_only=True)
class PriceView:
    item: str
    agreed_micros: int
    seen_micros: int | None
    currency: str


@dataclass(frozen=True, slots=True, kw_only=True)
class ShipmentCount:
    open: int
    late: int


class WatchReader(Protocol):
    async def watches(self) -> Sequence[WatchView]:
        """By name."""
        ...

    async def watch(self, watch_id: int) -> WatchView | None: ...
    async def prices(self, watch_id: int) -> Sequence[PriceView]:
        """Those above what is agreed first, then by item."""
        ...

    async def shipments(self) -> ShipmentCount:
        """Of those that have not arrived."""
        ...
