"""Shipments: what was promised, what the carrier says, and whose they are."""

from collections.abc import Collection, Sequence
from dataclasses import dataclass
from datetime import datetime

from core.ids import AccountId, StreamId, TenantId
from db.database import Transaction
from db.engine.directory import StoredConnection
from db.sql import load_queries

_SQL = load_queries("shipments")


@dataclass(frozen=True, slots=True, kw_only=True)
class Shipment:
    reference: str
    status: str
    promised_at: datetime
    eta: datetime | None
    channel: str | None
    """Of the customer it belongs to; None when nobody is known."""
    contact_external_id: str | None
    """Their id there; on WhatsApp it may be the phone number, which is what a business knows."""
    language: str
    reported_at: datetime | None


@dataclass(frozen=True, slots=True, kw_only=True)
class Report:
    """What a carrier says of a shipment."""

    reference: str
    status: str
    eta: datetime
    at: datetime


async def find_connection(tx: Transaction, path_id: str) -> StoredConnection | None:
    """None also for a suspended tenant's. Spans tenants: engine role."""
    row = await tx.fetchrow(_SQL["find_connection"], path_id)
    return StoredConnection(**dict(row)) if row else None


async def find_known_events(tx: Transaction, tenant: TenantId, external_ids: Sequence[str]) -> set[str]:
    """Which of these events without an account are in the inbox already."""
    return {row["external_id"] for row in await tx.fetch(_SQL["known_events"], tenant, external_ids)}


async def lock_shipments(tx: Transaction, tenant: TenantId, references: Collection[str]) -> dict[str, Shipment]:
    """Those that exist, locked until the transaction ends."""
    rows = await tx.fetch(_SQL["lock_shipments"], tenant, list(references))
    return {row["reference"]: Shipment(**dict(row)) for row in rows}


async def save_reports(tx: Transaction, tenant: TenantId, reports: Sequence[Report]) -> None:
    """At most one report a shipment."""
    await tx.execute(
        _SQL["save_reports"],
        tenant,
        [report.reference for report in reports],
        [report.status for report in reports],
        [report.eta for report in reports],
        [report.at for report in reports],
    )


async def list_customer_accounts(tx: Transaction, tenant: TenantId) -> list[tuple[str, AccountId]]:
    """Channel and account, oldest account first."""
    return [(row["channel"], row["account_id"]) for row in await tx.fetch(_SQL["customer_accounts"], tenant)]


async def find_known_streams(tx: Transaction, tenant: TenantId, streams: Sequence[StreamId]) -> set[StreamId]:
    """Which of these streams exist."""
    return {row["stream_id"] for row in await tx.fetch(_SQL["known_streams"], tenant, streams)}


async def find_contacts_of_phones(tx: Transaction, tenant: TenantId, phones: Sequence[str]) -> list[tuple[str, str]]:
    """Phone and WhatsApp id of the contacts that have one of these numbers (E.164 without the plus)."""
    return [(row["phone"], row["external_id"]) for row in await tx.fetch(_SQL["contacts_of_phones"], tenant, phones)]
