"""See `core/office/knowledge.py`."""

from datetime import datetime

from core.ids import TenantId
from core.office.knowledge import FilePage, FileView, OpenQuestion, Usage, UsedAnswer
from db.database import Database, Transaction
from db.sql import load_queries

_SQL = load_queries("office_knowledge")
_LATEST = 3


class KnowledgeDesk:
    def __init__(self, database: Database, tenant: TenantId) -> None:
        self._database = database
        self._tenant = tenant

    async def files(self, limit: int, offset: int) -> FilePage:
        async with self._database.tenant(self._tenant, readonly=True) as tx:
            return await list_files(tx, self._tenant, limit, offset)

    async def file(self, file_id: int) -> FileView | None:
        async with self._database.tenant(self._tenant, readonly=True) as tx:
            return await read_file(tx, self._tenant, file_id)

    async def usage(self, name: str, since: datetime) -> Usage:
        async with self._database.tenant(self._tenant, readonly=True) as tx:
            return await read_usage(tx, self._tenant, name, since)

    async def open_questions(self, since: datetime, limit: int) -> tuple[OpenQuestion, ...]:
        async with self._database.tenant(self._tenant, readonly=True) as tx:
            return await list_open_questions(tx, self._tenant, since, limit)


async def list_files(tx: Transaction, tenant: TenantId, limit: int, offset: int) -> FilePage:
    totals = await tx.fetchrow(_SQL["totals"], tenant)
    assert totals is not None, "counting gives a row"
    rows = await tx.fetch(_SQL["files"], tenant, limit, offset, None)
    return FilePage(files=tuple(FileView(**row) for row in rows), total=totals["total"], pieces=totals["pieces"])


async def read_file(tx: Transaction, tenant: TenantId, file_id: int) -> FileView | None:
    row = await tx.fetchrow(_SQL["files"], tenant, 1, 0, file_id)
    return FileView(**row) if row else None


async def read_usage(tx: Transaction, tenant: TenantId, name: str, since: datetime) -> Usage:
    turns = await tx.fetch(_SQL["used"], tenant, name, since)
    latest: list[UsedAnswer] = []
    for turn in turns[:_LATEST]:
        said = await tx.fetch(_SQL["said"], tenant, turn["stream_id"], turn["from_seq"], turn["upto_seq"])
        asked = " ".join(row["text"] for row in said if row["author"] == "customer")
        answered = " ".join(row["text"] for row in said if row["author"] == "bot")
        if asked and answered:
            latest.append(UsedAnswer(question=asked, answer=answered, at=turn["finished_at"]))
    return Usage(answers=len(turns), latest=tuple(latest))


async def list_open_questions(
    tx: Transaction, tenant: TenantId, since: datetime, limit: int
) -> tuple[OpenQuestion, ...]:
    return tuple(OpenQuestion(**row) for row in await tx.fetch(_SQL["open_questions"], tenant, since, limit))
