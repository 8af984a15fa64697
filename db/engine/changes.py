"""What a turn writes besides its messages: decisions, people, timers, the trail."""

from collections.abc import Sequence
from datetime import datetime

import orjson

from core.changes import (
    AddToBudget,
    Change,
    DecideApproval,
    DecideLimit,
    DropBudget,
    JudgeModel,
    KeepExample,
    OpenApproval,
    RedeemInvite,
    SaveCase,
    SaveShared,
    SetBudget,
    SetMode,
    SetTimer,
)
from core.desk_changes import BusinessChange
from core.errors import Stale
from core.events import NewEvent, TimerFired
from core.ids import INTERNAL, ContactId, TenantId
from core.turns import AuditNote, ContactProfile
from db.asked import dump_asked
from db.cases import keep_example, save_case, save_shared
from db.database import Transaction
from db.engine.desk_changes import apply_business_change
from db.engine.directory import bind_desk
from db.engine.person_changes import apply_person_change
from db.engine.streams import Lease, StreamKey
from db.invites import hash_code
from db.sql import load_queries

_SQL = load_queries("changes")


async def lock_streams(tx: Transaction, keys: Sequence[StreamKey]) -> None:
    """Locks those that exist, in the one order that all of the engine uses."""
    await tx.execute(_SQL["lock"], [k[0] for k in keys], [k[1] for k in keys])


async def apply_change(tx: Transaction, lease: Lease, channel: str, change: Change) -> None:
    """Raises Stale when somebody else was first."""
    if isinstance(change, BusinessChange):
        await apply_business_change(tx, lease, change)
        return
    tenant = lease.tenant_id
    match change:
        case OpenApproval():
            await tx.execute(
                _SQL["open_approval"], tenant, change.approval_id, lease.stream_id, change.question, change.reason,
                change.contact_name, channel, "action" if change.asked else "escalation", *dump_asked(change.asked),
            )  # fmt: skip
        case DecideApproval():
            decided = await tx.fetchval(
                _SQL["decide_approval"], tenant, change.approval_id, change.expected, change.status, change.member_id,
                change.text,
            )  # fmt: skip
            if not decided:
                raise Stale("The approval was decided meanwhile")
            if change.edited is not None:
                await tx.execute(_SQL["edit_approval"], tenant, change.approval_id, *dump_asked(change.edited))
        case SetMode():
            await tx.execute(_SQL["set_mode"], tenant, change.stream_id, change.mode, change.holder)
        case RedeemInvite():
            await _redeem(tx, tenant, change)
        case SetBudget(limit=money):
            await tx.execute(
                _SQL["set_budget"], tenant, change.scope, change.name, money.micros, money.currency, change.member_id
            )
            await tx.execute(_SQL["try_unpaid"], tenant)
        case DropBudget():
            await tx.execute(_SQL["drop_budget"], tenant, change.scope, change.name)
            await tx.execute(_SQL["try_unpaid"], tenant)
        case AddToBudget(amount=money):
            await tx.execute(_SQL["add_to_budget"], tenant, money.micros, money.currency, change.member_id)
            await tx.execute(_SQL["try_unpaid"], tenant)
        case DecideLimit(limit=money):
            decided = await tx.fetchval(
                _SQL["decide_limit"], tenant, money.currency, change.scope, change.period, money.micros,
                change.decision, change.member_id,
            )  # fmt: skip
            if not decided:
                raise Stale("Another owner decided about that limit meanwhile")
        case JudgeModel():
            good = 1 if change.good else -1 if change.revised else 0
            await tx.execute(_SQL["judge_model"], tenant, change.model, change.difficulty, good, int(not change.good))
        case SetTimer():
            await _set_timer(tx, lease, change)
        case SaveCase():
            await save_case(tx, tenant, lease.stream_id, change)
        case SaveShared():
            await save_shared(tx, tenant, change)
        case KeepExample():
            await keep_example(tx, tenant, change)
        case _:
            await apply_person_change(tx, lease, change)


async def _redeem(tx: Transaction, tenant: TenantId, change: RedeemInvite) -> None:
    role = await tx.fetchval(_SQL["redeem_invite"], tenant, hash_code(change.code))
    if role is None:
        raise Stale("The invite was used or has expired meanwhile")
    await tx.execute(
        _SQL["add_member"], tenant, change.name, role, change.account_id, change.chat, change.language, change.desk
    )
    await bind_desk(tx, change.account_id, change.chat, tenant)


async def _set_timer(tx: Transaction, lease: Lease, change: SetTimer) -> None:
    if change.due_at is None:
        await tx.execute(_SQL["cancel_timer"], lease.tenant_id, lease.stream_id, change.name)
        return
    payload = orjson.dumps(dict(change.payload)).decode()
    await tx.execute(_SQL["set_timer"], lease.tenant_id, lease.stream_id, change.name, change.due_at, payload)


async def save_contact(tx: Transaction, tenant: TenantId, contact: ContactProfile) -> None:
    await tx.execute(
        _SQL["contact"], tenant, contact.contact_id, contact.channel, contact.external_id, contact.name,
        contact.username, contact.phone, contact.language, contact.blocked,
    )  # fmt: skip


async def block_contact(tx: Transaction, tenant: TenantId, contact: ContactId) -> None:
    await tx.execute(_SQL["block_contact"], tenant, contact)


async def add_note(tx: Transaction, tenant: TenantId, note: AuditNote) -> None:
    details = orjson.dumps(dict(note.details)).decode()
    await tx.execute(_SQL["note"], tenant, note.actor, note.action, details)


async def take_due_timers(tx: Transaction, now: datetime, limit: int) -> list[NewEvent]:
    """Removes timers that are due and returns their events, for the same transaction to record."""
    return [
        NewEvent(
            tenant_id=row["tenant_id"],
            stream_id=row["stream_id"],
            stream_kind="case",  # the stream exists, and its row keeps the kind it has
            account_id=INTERNAL,
            external_id=f"timer:{row['stream_id']}:{row['name']}:{row['due_at'].isoformat()}",
            chat="",
            event=TimerFired(name=row["name"], payload=orjson.loads(row["payload"])),
        )
        for row in await tx.fetch(_SQL["due_timers"], now, limit)
    ]
