"""What spans tenants for the operator: counts, and deleting. Engine role."""

from core.ids import TenantId
from core.office.operator import Health
from db.database import Transaction
from db.sql import load_queries

_SQL = load_queries("overview")


async def list_tenant_ids(tx: Transaction, first: int, limit: int) -> tuple[list[TenantId], int]:
    """And how many there are; 0 for a page behind the last. Without the operator's own."""
    rows = await tx.fetch(_SQL["tenant_ids"], first, limit)
    return [TenantId(row["tenant_id"]) for row in rows], rows[0]["total"] if rows else 0


async def read_health(tx: Transaction) -> Health:
    row = await tx.fetchrow(_SQL["health"])
    assert row is not None, "counts make a row"
    return Health(**row)


async def list_ghosts(tx: Transaction, limit: int) -> list[TenantId]:
    """Tenants that were deleted, and of which something was recorded afterwards: the result of a slow action."""
    return [TenantId(row["tenant_id"]) for row in await tx.fetch(_SQL["ghosts"], limit)]


async def erase_tenant(tx: Transaction, tenant: TenantId, most: int) -> int:
    """Deletes at most so many rows of whatever table; 0 when nothing is left. See `migrations/0011_people.sql`.

    Raises asyncpg's InsufficientPrivilegeError for a tenant that is not suspended and marked.
    """
    return await tx.fetchval(_SQL["erase"], tenant, most)
