"""Actions as rows: limits so far, the approval that is used up, what came of each."""

from collections.abc import Collection, Mapping
from dataclasses import dataclass
from datetime import datetime
from typing import Literal

import orjson
from pydantic import JsonValue

from core.actions import ActionCall, ActionUses, Owners, RecordKey
from core.business import Whose
from core.ids import ApprovalId, ContactId, StreamId, TenantId, contact_id
from db.database import Transaction
from db.sql import load_queries

_SQL = load_queries("actions")


@dataclass(frozen=True, slots=True, kw_only=True)
class ActionUse:
    """An action that was admitted."""

    key: str
    status: Literal["running", "waiting", "done", "failed", "undone"]
    name: str
    arguments: Mapping[str, JsonValue]
    contact_id: ContactId
    result: Mapping[str, JsonValue] | None
    ended_at: datetime | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class GivenApproval:
    status: str
    action_hash: str
    expires_at: datetime
    used_by: str | None
    undone_by: str | None
    decided_role: Literal["owner", "manager", "viewer"] | None
    """Of whoever decided, as their role is now; None when they are no member any more."""


async def read_uses(
    tx: Transaction, tenant: TenantId, name: str, contacts: Collection[ContactId], *, besides: str = ""
) -> ActionUses:
    """`besides` is the key of a use that does not count."""
    row = await tx.fetchrow(_SQL["uses"], tenant, name, list(contacts), besides)
    return ActionUses(**dict(row)) if row else ActionUses()


async def lock_action(tx: Transaction, tenant: TenantId, name: str) -> None:
    await tx.execute(_SQL["lock_action"], str(tenant), name)


async def find_use(tx: Transaction, tenant: TenantId, key: str) -> ActionUse | None:
    row = await tx.fetchrow(_SQL["find_use"], tenant, key)
    return _use(key, row) if row else None


async def find_use_of_approval(tx: Transaction, tenant: TenantId, approval: ApprovalId) -> ActionUse | None:
    """What was done by it."""
    row = await tx.fetchrow(_SQL["use_of_approval"], tenant, approval)
    return _use(row["key"], row) if row else None


async def begin_use(tx: Transaction, tenant: TenantId, call: ActionCall, micros: int) -> None:
    arguments = orjson.dumps(call.arguments).decode()
    await tx.execute(
        _SQL["begin_use"], tenant, call.key, call.stream_id, call.name, call.agent, call.contact, call.approval_id,
        arguments, micros,
    )  # fmt: skip


async def end_use(
    tx: Transaction,
    tenant: TenantId,
    key: str,
    status: Literal["waiting", "done", "failed"],
    result: Mapping[str, JsonValue],
    error: str,
) -> None:
    await tx.execute(_SQL["end_use"], tenant, key, status, orjson.dumps(dict(result)).decode(), error or None)


async def resume_use(tx: Transaction, tenant: TenantId, key: str) -> None:
    await tx.execute(_SQL["resume_use"], tenant, key)


async def mark_undone(tx: Transaction, tenant: TenantId, approval: ApprovalId) -> None:
    await tx.execute(_SQL["mark_undone"], tenant, approval)


async def find_given(tx: Transaction, tenant: TenantId, approval: ApprovalId) -> GivenApproval | None:
    row = await tx.fetchrow(_SQL["approved"], tenant, approval)
    return GivenApproval(**dict(row)) if row else None


async def redeem(
    tx: Transaction, tenant: TenantId, approval: ApprovalId, key: str, action_hash: str, stream: StreamId
) -> bool:
    """Uses the approval up for this key. False when it is not for this, not given, used before or expired."""
    return bool(await tx.fetchval(_SQL["redeem"], tenant, approval, key, action_hash, stream))


async def redeem_undo(tx: Transaction, tenant: TenantId, approval: ApprovalId, key: str, stream: StreamId) -> bool:
    return bool(await tx.fetchval(_SQL["redeem_undo"], tenant, approval, key, stream))


async def find_owners(
    tx: Transaction, tenant: TenantId, keys: Collection[RecordKey], whose: Whose | None = None
) -> Owners:
    """`whose`: who writes now, and may be known to the business by the number only."""
    if not keys:
        return {}
    rows = await tx.fetch(_SQL["owners"], tenant, [kind for kind, _ in keys], [reference for _, reference in keys])
    found: dict[RecordKey, set[ContactId]] = {}
    for row in rows:
        owners = found.setdefault((row["kind"], row["reference"]), set())
        if row["contact_id"] is not None:
            owners.add(row["contact_id"])
        if (
            row["channel"] is not None and row["contact_external_id"]
        ):  # whoever writes for the first time has no row yet
            owners.add(contact_id(tenant, row["channel"], row["contact_external_id"]))
            if whose is not None and (row["channel"], row["contact_external_id"]) == ("whatsapp", whose.phone):
                owners.add(contact_id(tenant, "whatsapp", whose.external_id))
    return {key: frozenset(owners) for key, owners in found.items()}


async def save_secret(tx: Transaction, tenant: TenantId, name: str, sealed: bytes) -> None:
    await tx.execute(_SQL["save_secret"], tenant, name, sealed)


async def find_secret(tx: Transaction, tenant: TenantId, name: str) -> bytes | None:
    return await tx.fetchval(_SQL["find_secret"], tenant, name)


async def list_secrets(tx: Transaction, tenant: TenantId) -> list[str]:
    return [row["name"] for row in await tx.fetch(_SQL["list_secrets"], tenant)]


def _use(key: str, row: Mapping[str, object]) -> ActionUse:
    fields = dict(row)
    result = fields.get("result")
    return ActionUse(
        key=key, status=fields["status"], name=str(fields["name"]), arguments=orjson.loads(str(fields["arguments"])),  # pyright: ignore[reportArgumentType]
        contact_id=fields["contact_id"], result=None if result is None else orjson.loads(str(result)),  # pyright: ignore[reportArgumentType]
        ended_at=fields.get("ended_at"),  # pyright: ignore[reportArgumentType]
    )  # fmt: skip
