"""What spans tenants: accounts that run, tenants and their versions, whose desk a chat is."""

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

import orjson
from pydantic import JsonValue

from core.channels import Account
from core.ids import AccountId, StreamId, TenantId
from core.office.people import SeatView
from core.turns import TenantProfile
from db.database import Transaction
from db.sql import load_queries

_SQL = load_queries("directory")


@dataclass(frozen=True, slots=True, kw_only=True)
class StoredAccount:
    account: Account
    name: str
    secrets: bytes
    """Encrypted; `tenants.secrets` opens it."""
    version: int
    """Grows with each change, such as another token."""
    active: bool = True


@dataclass(frozen=True, slots=True, kw_only=True)
class StoredTenant:
    profile: TenantProfile
    models: Mapping[str, JsonValue]
    """As the tenant's folder has it; `tenants.models.ModelPolicy` reads it."""
    knowledge_version: int
    version: int
    suspended: bool


@dataclass(frozen=True, slots=True, kw_only=True)
class StoredConnection:
    tenant_id: TenantId
    connection_id: int
    kind: str
    name: str
    path_id: str
    secrets: bytes


async def find_desk_tenant(tx: Transaction, account: AccountId, chat: str, code_hash: bytes | None) -> TenantId | None:
    return await tx.fetchval(_SQL["desk_tenant"], account, chat, code_hash)


async def bind_desk(tx: Transaction, account: AccountId, chat: str, tenant: TenantId) -> None:
    await tx.execute(_SQL["bind_desk"], account, chat, tenant)


async def switch_desk(tx: Transaction, account: AccountId, chat: str, tenant: TenantId) -> bool | None:
    """Makes a member's chat speak for `tenant`. True when it spoke for another one before; None, nothing changed,
    when the chat belongs to no member of it."""
    return await tx.fetchval(_SQL["switch_desk"], account, chat, tenant)


async def list_seats(tx: Transaction, account: AccountId, chat: str) -> tuple[SeatView, ...]:
    """The businesses in which a chat has a seat."""
    return tuple(SeatView(**row) for row in await tx.fetch(_SQL["seats"], account, chat))


async def list_desks(tx: Transaction, tenant: TenantId) -> list[tuple[StreamId, AccountId, str]]:
    """Stream, admin account and chat of each member's desk."""
    return [(r[0], r[1], r[2]) for r in await tx.fetch(_SQL["desks"], tenant)]


async def list_accounts(tx: Transaction) -> list[StoredAccount]:
    """Active accounts of tenants that are not suspended."""
    return [_account(row) for row in await tx.fetch(_SQL["accounts"])]


async def read_fingerprint(tx: Transaction) -> str:
    """Differs whenever an account or a tenant has changed."""
    return await tx.fetchval(_SQL["fingerprint"])


async def list_tenants(tx: Transaction) -> list[StoredTenant]:
    return [_tenant(row) for row in await tx.fetch(_SQL["tenants"])]


async def find_tenant(tx: Transaction, tenant: TenantId) -> StoredTenant | None:
    row = await tx.fetchrow(_SQL["tenant"], tenant)
    return _tenant(row) if row else None


def _account(row: Mapping[str, Any]) -> StoredAccount:
    return StoredAccount(
        account=Account(
            account_id=row["account_id"],
            tenant_id=row["tenant_id"],
            channel=row["channel"],
            role=row["role"],
            external_id=row["external_id"],
            path_id=row["path_id"],
            delivery=row["delivery"],
        ),
        name=row["name"],
        secrets=row["secrets"],
        version=row["version"],
        active=row["status"] == "active",
    )


def _tenant(row: Mapping[str, object]) -> StoredTenant:
    fields = dict(row)
    return StoredTenant(
        profile=TenantProfile(
            tenant_id=TenantId(int(str(fields["tenant_id"]))),
            slug=str(fields["slug"]),
            name=str(fields["name"]),
            language=str(fields["language"]),
            time_zone=str(fields["time_zone"]),
            currency=str(fields["currency"]),
            persona=str(fields["persona"]),
            templates=orjson.loads(str(fields["templates"])),
            agents=str(fields["agents"]),
            settings=str(fields["settings"]),
            window=int(str(fields["window_messages"])),
            suspended=fields["suspended_at"] is not None,
        ),
        models=orjson.loads(str(fields["models"])),
        knowledge_version=int(str(fields["knowledge_version"])),
        version=int(str(fields["version"])),
        suspended=fields["suspended_at"] is not None,
    )


async def find_account(tx: Transaction, account: AccountId) -> StoredAccount | None:
    """Whether it runs or is paused."""
    row = await tx.fetchrow(_SQL["account"], account)
    return _account(row) if row else None


async def list_holders(tx: Transaction, channel: str, external_id: str) -> list[Account]:
    """Whose a bot or number is, in all of the installation."""
    return [_account(row).account for row in await tx.fetch(_SQL["holders"], channel, external_id)]


async def note_trouble(tx: Transaction, account: AccountId, code: str, trouble: str, *, pause: bool) -> None:
    """Of an account that runs. A bot that cannot be used is paused, until its owner mends it."""
    await tx.execute(_SQL["note_trouble"], account, code, trouble, pause)


async def list_connections(tx: Transaction) -> list[StoredConnection]:
    return [StoredConnection(**dict(row)) for row in await tx.fetch(_SQL["connections"])]
