"""What was said in a conversation, as memory reads it back."""

from collections.abc import Sequence
from datetime import datetime
from typing import Literal, NamedTuple

from core.ids import StreamId, TenantId
from core.turns import HistoryMessage
from db.database import Transaction
from db.sql import load_queries

_SQL = load_queries("history")
NO_END = 2**63 - 1
"""Of a stretch that goes on to the last message."""


class Stretch(NamedTuple):
    """A part of a conversation, by the numbers of its events."""

    stream: StreamId
    after: int
    upto: int = NO_END


class Told(NamedTuple):
    """A message with its place in the history."""

    stream: StreamId
    seq: int
    n: int
    author: Literal["customer", "bot", "owner", "system"]
    text: str
    at: datetime


async def recent_messages(
    tx: Transaction, tenant: TenantId, stream: StreamId, limit: int, *, upto_seq: int, longest_text: int
) -> tuple[HistoryMessage, ...]:
    """The last messages at or before `upto_seq`, oldest first, each cut to `longest_text` characters."""
    rows = await tx.fetch(_SQL["recent"], tenant, stream, upto_seq, limit, longest_text)
    return tuple(HistoryMessage(author=row["author"], text=row["text"], at=row["at"]) for row in rows)


async def list_told(
    tx: Transaction,
    tenant: TenantId,
    stretches: Sequence[Stretch],
    *,
    since: datetime | None,
    longest_text: int,
    limit: int,
) -> list[Told]:
    """The newest `limit` messages of all the stretches, oldest first; none from before `since`."""
    streams, after, upto = zip(*stretches, strict=True)
    rows = await tx.fetch(_SQL["told"], tenant, streams, after, upto, since, longest_text, limit)
    return [Told._make(row) for row in rows]


async def find_told(
    tx: Transaction, tenant: TenantId, places: Sequence[tuple[StreamId, int, int]], *, longest_text: int
) -> list[Told]:
    """Messages by stream, `seq` and `n`, in no order; what is there no more is left out."""
    streams, seqs, ns = zip(*places, strict=True)
    rows = await tx.fetch(_SQL["said"], tenant, streams, seqs, ns, longest_text)
    return [Told._make(row) for row in rows]
