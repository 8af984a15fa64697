"""Exchange rates that the operator set."""

from dataclasses import dataclass
from datetime import date
from decimal import Decimal

from db.database import Transaction
from db.sql import load_queries

_SQL = load_queries("rates")


@dataclass(frozen=True, slots=True, kw_only=True)
class StoredRate:
    currency: str
    as_of: date
    usd_per_unit: Decimal
    source: str


async def list_exchange_rates(tx: Transaction) -> tuple[StoredRate, ...]:
    """The latest of each currency."""
    return tuple(StoredRate(**row) for row in await tx.fetch(_SQL["latest"]))


async def save_exchange_rate(tx: Transaction, rate: StoredRate) -> None:
    """Engine role. Replaces the one of the same day."""
    await tx.execute(_SQL["save"], rate.currency, rate.as_of, rate.usd_per_unit, rate.source)
