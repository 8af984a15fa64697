"""A tenant's knowledge as passages, and the files, texts, links and answers that they came with."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from core.ids import ApprovalId, MemberId, StreamId, TenantId
from core.office.knowledge import Origin
from core.turns import Passage
from db.database import Transaction
from db.sql import load_queries

_SQL = load_queries("knowledge")
LONGEST_NAME = 300


@dataclass(frozen=True, slots=True, kw_only=True)
class StoredFile:
    file_id: int
    name: str
    origin: Origin
    url: str
    content_hash: bytes | None
    trouble: str
    pieces: int


@dataclass(frozen=True, slots=True, kw_only=True)
class NewFile:
    name: str
    origin: Origin
    content_hash: bytes
    call_key: str
    """The idempotency key of the action that writes it."""
    url: str = ""
    added_by: MemberId | None = None
    refresh_at: datetime | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class DueRefresh:
    tenant_id: TenantId
    file_id: int
    due_at: datetime
    desk: StreamId
    chat: str


async def list_passages(tx: Transaction, tenant: TenantId) -> tuple[Passage, ...]:
    return tuple(
        Passage(source=row["source"], text=row["text"], score=0.0) for row in await tx.fetch(_SQL["list"], tenant)
    )


async def knowledge_version(tx: Transaction, tenant: TenantId) -> int:
    """0 for a tenant that has none yet, or that does not exist."""
    return await tx.fetchval(_SQL["version"], tenant) or 0


async def bump_knowledge(tx: Transaction, tenant: TenantId) -> int:
    """The new version, which tells every process that its index is old. Until the transaction ends nobody else writes
    the tenant's knowledge. Raises LookupError without a tenant."""
    version = await tx.fetchval(_SQL["bump"], tenant)
    if version is None:
        raise LookupError(f"there is no tenant {tenant}")
    return version


async def load_folder_passages(tx: Transaction, tenant: TenantId, passages: Sequence[Passage]) -> bool:
    """Makes the folder's files hold these, unless they do already. What owners added in chat stays, and what they
    removed or replaced there is not brought back."""
    owned = {row["name"] for row in await tx.fetch(_SQL["owned_names"], tenant)}
    wanted = [(p.source, p.text) for p in passages if _file_of(p) not in owned]
    known = [(row["source"], row["text"]) for row in await tx.fetch(_SQL["list_folder"], tenant)]
    if known == wanted:
        return False
    await replace_passages(tx, tenant, passages)
    return True


async def replace_passages(tx: Transaction, tenant: TenantId, passages: Sequence[Passage]) -> int:
    """Those of the folder. Returns the new version. Raises LookupError without a tenant."""
    version = await bump_knowledge(tx, tenant)
    names = list(dict.fromkeys(_file_of(p) for p in passages))
    await tx.execute(_SQL["delete_folder"], tenant)
    await tx.execute(_SQL["forget_folder_files"], tenant, names)
    await tx.execute(_SQL["add_folder_files"], tenant, names)
    await tx.execute(
        _SQL["insert_folder"], tenant, [_file_of(p) for p in passages], [p.source for p in passages],
        [p.text for p in passages],
    )  # fmt: skip
    return version


async def find_file(tx: Transaction, tenant: TenantId, file_id: int) -> StoredFile | None:
    return _stored(await tx.fetchrow(_SQL["find_file"], tenant, file_id))


async def find_file_named(tx: Transaction, tenant: TenantId, name: str) -> StoredFile | None:
    """Also one of the folder that was removed: its name is taken all the same."""
    return _stored(await tx.fetchrow(_SQL["find_named"], tenant, name))


async def find_file_linked(tx: Transaction, tenant: TenantId, url: str) -> StoredFile | None:
    return _stored(await tx.fetchrow(_SQL["find_linked"], tenant, url))


async def find_written_file(tx: Transaction, tenant: TenantId, call_key: str) -> StoredFile | None:
    """What the action of that key has written, if it was the last to write it."""
    return _stored(await tx.fetchrow(_SQL["find_written"], tenant, call_key))


async def count_pieces(tx: Transaction, tenant: TenantId, *, besides: int | None = None) -> int:
    """Passages of all files but one."""
    return await tx.fetchval(_SQL["count_besides"], tenant, besides)


async def write_file(
    tx: Transaction, tenant: TenantId, file: NewFile, passages: Sequence[Passage], *, over: int | None = None
) -> int:
    """The file's id. `over` keeps its name and loses what it held. The caller has bumped the version."""
    if over is None:
        file_id: int = await tx.fetchval(
            _SQL["insert_file"], tenant, file.name, file.origin, file.url, file.added_by, file.content_hash,
            file.call_key, file.refresh_at,
        )  # fmt: skip
    else:
        file_id = over
        await tx.execute(
            _SQL["update_file"], tenant, over, file.origin, file.url, file.added_by, file.content_hash, file.call_key,
            file.refresh_at,
        )  # fmt: skip
        await tx.execute(_SQL["delete_passages"], tenant, over)
    await tx.execute(_SQL["insert"], tenant, file_id, [p.source for p in passages], [p.text for p in passages])
    return file_id


async def remove_file(tx: Transaction, tenant: TenantId, file_id: int) -> None:
    """With its passages; one that is not there is none. The caller has bumped the version."""
    await tx.execute(_SQL["delete_passages"], tenant, file_id)
    await tx.execute(_SQL["hide_folder_file"], tenant, file_id)
    await tx.execute(_SQL["delete_file"], tenant, file_id)


async def note_checked(
    tx: Transaction, tenant: TenantId, file_id: int, trouble: str, refresh_at: datetime | None
) -> None:
    """A link was read again and is as it was, or could not be read."""
    await tx.execute(_SQL["note_checked"], tenant, file_id, trouble, refresh_at)


async def close_gaps(tx: Transaction, tenant: TenantId, approvals: Sequence[ApprovalId]) -> None:
    """The questions have been taught."""
    await tx.execute(_SQL["close_gaps"], tenant, list(approvals))


async def claim_due_refreshes(tx: Transaction, now: datetime, limit: int) -> list[DueRefresh]:
    """Links to be read again, each with the desk that is told. Spans tenants: engine role."""
    return [DueRefresh(**dict(row)) for row in await tx.fetch(_SQL["claim_due"], now, limit)]


def _file_of(passage: Passage) -> str:
    return passage.source.partition(" › ")[0][:LONGEST_NAME]


def _stored(row: Mapping[str, Any] | None) -> StoredFile | None:
    return StoredFile(**dict(row)) if row else None
