"""Orders, invoices and shipments of one person, as agents may see them."""

from datetime import date

import orjson

from core.actions import RecordKind
from core.business import BusinessRecord, ShipmentView, Whose
from core.ids import ContactId, TenantId
from core.money import Money
from db.database import Transaction
from db.sql import load_queries

_SQL = load_queries("actions")


async def list_shipments_of(
    tx: Transaction, tenant: TenantId, whose: Whose, reference: str | None
) -> tuple[ShipmentView, ...]:
    """The latest promise first; at most 20. A reference is compared without case."""
    return tuple(ShipmentView(**row) for row in await tx.fetch(_SQL["shipments_of"], tenant, *_who(whose), reference))


async def list_records_of(
    tx: Transaction, tenant: TenantId, whose: Whose, kind: RecordKind, reference: str | None
) -> tuple[BusinessRecord, ...]:
    """The latest first; at most 20."""
    rows = await tx.fetch(_SQL["records_of"], tenant, *_who(whose), reference, kind)
    return tuple(
        BusinessRecord(
            kind=row["kind"], reference=row["reference"], status=row["status"], due_on=row["due_on"],
            amount=None if row["micros"] is None else Money(micros=row["micros"], currency=row["currency"]),
            details=orjson.loads(row["details"]),
        )
        for row in rows
    )  # fmt: skip


async def save_record(
    tx: Transaction, tenant: TenantId, record: BusinessRecord, *, channel: str | None, contact_external_id: str | None
) -> None:
    """A known reference is left as it is."""
    due: date | None = record.due_on
    amount = record.amount
    await tx.execute(
        _SQL["save_record"], tenant, record.kind, record.reference, channel, contact_external_id, record.status,
        amount.micros if amount else None, amount.currency if amount else None, due,
        orjson.dumps(dict(record.details)).decode(),
    )  # fmt: skip


def _who(whose: Whose) -> tuple[list[ContactId], str | None, str, str | None]:
    return list(whose.contacts), whose.channel, whose.external_id, whose.phone
