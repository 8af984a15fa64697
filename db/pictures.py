"""Pictures that we drew and have not forgotten yet: charts on their way to an owner's chat."""

from dataclasses import dataclass
from datetime import timedelta
from uuid import UUID

from core.ids import TenantId
from db.database import Transaction
from db.sql import load_queries

_SQL = load_queries("pictures")
KEPT = timedelta(days=7)


@dataclass(frozen=True, slots=True, kw_only=True)
class Picture:
    mime: str
    data: bytes


async def save_picture(tx: Transaction, tenant: TenantId, picture_id: UUID, picture: Picture) -> None:
    """Again under the same id replaces it."""
    await tx.execute(_SQL["save"], tenant, picture_id, picture.mime, picture.data, KEPT)


async def find_picture(tx: Transaction, tenant: TenantId, picture_id: UUID) -> Picture | None:
    """None when it was never there, or is no longer kept."""
    row = await tx.fetchrow(_SQL["find"], tenant, picture_id)
    return Picture(mime=row["mime"], data=bytes(row["bytes"])) if row else None


async def drop_old_pictures(tx: Transaction, limit: int) -> None:
    """Spans tenants: engine role."""
    await tx.execute(_SQL["drop_old"], limit)
