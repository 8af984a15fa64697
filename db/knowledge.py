"""A tenant's knowledge as passages, in the order of its files."""

from collections.abc import Sequence

from core.ids import TenantId
from core.turns import Passage
from db.database import Transaction
from db.sql import load_queries

_SQL = load_queries("knowledge")


async def list_passages(tx: Transaction, tenant: TenantId) -> tuple[Passage, ...]:
    return tuple(
        Passage(source=row["source"], text=row["text"], score=0.0) for row in await tx.fetch(_SQL["list"], tenant)
    )


async def knowledge_version(tx: Transaction, tenant: TenantId) -> int:
    """0 for a tenant that has none yet, or that does not exist."""
    return await tx.fetchval(_SQL["version"], tenant) or 0


async def replace_passages(tx: Transaction, tenant: TenantId, passages: Sequence[Passage]) -> int:
    """Returns the new version, which tells every process that its index is old. Raises LookupError without a tenant."""
    version = await tx.fetchval(_SQL["bump"], tenant)
    if version is None:
        raise LookupError(f"there is no tenant {tenant}")
    await tx.execute(_SQL["delete"], tenant)
    await tx.execute(_SQL["insert"], tenant, [p.source for p in passages], [p.text for p in passages])
    return version
