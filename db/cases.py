"""Cases as people find them, their numbers, and the state that streams share."""

from collections.abc import Collection, Mapping
from typing import Any

import orjson

from core.business import CaseView, Shared
from core.changes import KeepExample, SaveCase, SaveShared
from core.errors import Stale
from core.events import Event, decode_event
from core.ids import ContactId, StreamId, TenantId
from db.database import Transaction
from db.sql import load_queries

_SQL = load_queries("cases")


async def next_number(tx: Transaction, tenant: TenantId, kind: str) -> int:
    """From 1001, without two alike; gaps after a rollback."""
    return await tx.fetchval(_SQL["next_number"], tenant, kind)


async def list_cases_of(tx: Transaction, tenant: TenantId, contacts: Collection[ContactId]) -> tuple[CaseView, ...]:
    """Open ones first, the latest change first; at most 20."""
    return tuple(CaseView(**row) for row in await tx.fetch(_SQL["cases_of"], tenant, list(contacts)))


async def list_open_cases(tx: Transaction, tenant: TenantId, limit: int) -> tuple[CaseView, ...]:
    """By deadline, then the oldest first."""
    return tuple(CaseView(**row) for row in await tx.fetch(_SQL["open_cases"], tenant, limit))


async def find_case(tx: Transaction, tenant: TenantId, reference: str) -> CaseView | None:
    row = await tx.fetchrow(_SQL["find_case"], tenant, reference)
    return CaseView(**row) if row else None


async def find_case_at(tx: Transaction, tenant: TenantId, stream: StreamId) -> CaseView | None:
    row = await tx.fetchrow(_SQL["case_at"], tenant, stream)
    return CaseView(**row) if row else None


async def find_event(tx: Transaction, tenant: TenantId, external_id: str) -> Event | None:
    """One that no channel delivered, by its key; None when it is not recorded, or was dropped after 8 days."""
    text = await tx.fetchval(_SQL["event"], tenant, external_id)
    return decode_event(text) if text else None


async def read_shared(tx: Transaction, tenant: TenantId, key: str) -> Shared:
    row = await tx.fetchrow(_SQL["shared"], tenant, key)
    if row is None:
        return Shared()
    found: Mapping[str, Any] = orjson.loads(row["value"])
    return Shared(version=row["version"], value=found)


async def save_case(tx: Transaction, tenant: TenantId, stream: StreamId, case: SaveCase) -> None:
    """Engine role. Raises Stale."""
    version = await tx.fetchval(
        _SQL["save_case"], tenant, stream, case.kind, case.reference, case.title, case.step, case.contact,
        case.conversation, case.pending_action, case.attempts, case.deadline, case.closed, case.expected,
    )  # fmt: skip
    if version is None:
        raise Stale("The case has moved on meanwhile")


async def save_shared(tx: Transaction, tenant: TenantId, shared: SaveShared) -> None:
    """Engine role. Raises Stale."""
    value = orjson.dumps(dict(shared.value)).decode()
    if shared.expected == 0:
        version = await tx.fetchval(_SQL["add_shared"], tenant, shared.key, value)
    else:
        version = await tx.fetchval(_SQL["change_shared"], tenant, shared.key, shared.expected, value)
    if version is None:
        raise Stale("The shared state has moved on meanwhile")


async def keep_example(tx: Transaction, tenant: TenantId, example: KeepExample) -> None:
    """Engine role."""
    await tx.execute(
        _SQL["keep_example"],
        tenant,
        example.contact,
        example.question,
        example.draft,
        example.correction,
        example.reason,
    )
