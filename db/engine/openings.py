"""How many businesses were made in chat lately. Engine role: it spans tenants."""

from dataclasses import dataclass
from datetime import timedelta

from core.ids import AccountId
from db.database import Transaction
from db.sql import load_queries

_SQL = load_queries("openings")


@dataclass(frozen=True, slots=True, kw_only=True)
class Opened:
    here: int
    """By the chat."""
    all: int


async def lock_openings(tx: Transaction) -> None:
    """One at a time, so that two at once cannot pass a limit; until the transaction ends."""
    await tx.execute(_SQL["lock"])


async def count_openings(tx: Transaction, account: AccountId, chat: str, within: timedelta) -> Opened:
    """Those that came from a folder do not count."""
    row = await tx.fetchrow(_SQL["count"], account, chat, within)
    assert row is not None
    return Opened(**row)
