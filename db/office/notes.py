"""See `core/office/notes.py`."""

from core.ids import StreamId, TenantId
from core.office.notes import NoteView
from db.database import Database, Transaction
from db.sql import load_queries

_SQL = load_queries("office_notes")


class NotesDesk:
    def __init__(self, database: Database, tenant: TenantId) -> None:
        self._database = database
        self._tenant = tenant

    async def notes(self, stream: StreamId, limit: int) -> tuple[NoteView, ...]:
        async with self._database.tenant(self._tenant, readonly=True) as tx:
            return await list_notes(tx, self._tenant, stream, limit)


async def list_notes(tx: Transaction, tenant: TenantId, stream: StreamId, limit: int) -> tuple[NoteView, ...]:
    """The latest ones, oldest first."""
    rows = await tx.fetch(_SQL["notes"], tenant, stream, limit)
    return tuple(NoteView(**row) for row in reversed(rows))
