"""Tenants and what belongs to them, as the operator makes and changes them."""

from datetime import datetime
from typing import Any

import orjson
from pydantic import JsonValue

from core.ids import AccountId, TenantId
from core.turns import TenantProfile
from db.database import Transaction
from db.sql import load_queries

_SQL = load_queries("tenants")


async def new_tenant_id(tx: Transaction) -> TenantId:
    """Engine role."""
    return await tx.fetchval(_SQL["new_tenant_id"])


async def save_tenant(tx: Transaction, profile: TenantProfile) -> None:
    """Adds or changes `profile.tenant_id`. A change bumps the version, so that running processes read it anew."""
    templates = orjson.dumps(dict(profile.templates)).decode()
    p = profile
    await tx.execute(
        _SQL["upsert_tenant"],
        *(p.tenant_id, p.slug, p.name, p.language, p.time_zone, p.currency, p.persona, templates, p.window, p.agents),
    )


async def find_slug(tx: Transaction, slug: str) -> TenantId | None:
    """Engine role."""
    return await tx.fetchval(_SQL["find_slug"], slug)


async def save_account(
    tx: Transaction,
    tenant: TenantId,
    *,
    channel: str,
    role: str,
    external_id: str,
    name: str,
    path_id: str,
    delivery: str,
    secrets: bytes,
    handle: str = "",
    manages_bots: bool = False,
    managed_by: AccountId | None = None,
) -> tuple[AccountId, str]:
    """By channel and external id; whatever was wrong with it is over. Returns the account and its path id, which is the
    old one for a known account. A known one stays managed."""
    row = await tx.fetchrow(
        _SQL["upsert_account"], tenant, channel, role, external_id, name, path_id, delivery, secrets, handle,
        manages_bots, managed_by,
    )  # fmt: skip
    assert row is not None
    return row["account_id"], row["path_id"]


async def list_tenant_accounts(tx: Transaction, tenant: TenantId) -> list[dict[str, Any]]:
    return [dict(row) for row in await tx.fetch(_SQL["list_accounts"], tenant)]


async def save_watch(
    tx: Transaction, tenant: TenantId, *, kind: str, name: str, settings: dict[str, JsonValue], every_seconds: int
) -> int:
    return await tx.fetchval(_SQL["upsert_watch"], tenant, kind, name, orjson.dumps(settings).decode(), every_seconds)


async def save_agreed_price(
    tx: Transaction, tenant: TenantId, watch: int, *, item: str, agreed_micros: int, currency: str
) -> None:
    await tx.execute(_SQL["upsert_price"], tenant, watch, item, agreed_micros, currency)


async def add_shipment(
    tx: Transaction,
    tenant: TenantId,
    *,
    reference: str,
    status: str,
    promised_at: datetime,
    eta: datetime | None,
    channel: str | None,
    contact_external_id: str | None,
    language: str,
) -> None:
    """A known reference is left as it is."""
    await tx.execute(
        _SQL["upsert_shipment"], tenant, reference, status, promised_at, eta, channel, contact_external_id, language
    )


async def save_connection(
    tx: Transaction, tenant: TenantId, *, kind: str, name: str, path_id: str, secrets: bytes
) -> tuple[str, bytes]:
    """Returns path id and sealed secrets, which are the old ones for a known connection."""
    row = await tx.fetchrow(_SQL["upsert_connection"], tenant, kind, name, path_id, secrets)
    assert row is not None
    return row["path_id"], row["secrets"]


async def has_owner(tx: Transaction, tenant: TenantId) -> bool:
    return await tx.fetchval(_SQL["has_owner"], tenant)
