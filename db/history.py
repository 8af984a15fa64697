"""What was said in a conversation, as memory reads it back."""

from core.ids import StreamId, TenantId
from core.turns import HistoryMessage
from db.database import Transaction
from db.sql import load_queries

_SQL = load_queries("history")


async def recent_messages(
    tx: Transaction, tenant: TenantId, stream: StreamId, limit: int, *, upto_seq: int, longest_text: int
) -> tuple[HistoryMessage, ...]:
    """The last messages at or before `upto_seq`, oldest first, each cut to `longest_text` characters."""
    rows = await tx.fetch(_SQL["recent"], tenant, stream, upto_seq, limit, longest_text)
    return tuple(HistoryMessage(author=row["author"], text=row["text"], at=row["at"]) for row in rows)
