"""Executors behind the operator's desk. Who asks has been seen to be an owner there (`jobs/admission.py`); that it is
the operator's desk is seen here, once more and for each."""

from collections.abc import Awaitable, Callable

import structlog
from pydantic import JsonValue

from agents.actions.desks.operating import DeleteArguments, ReadArguments, SuspendArguments
from core.actions import ActionCall
from core.errors import Rejected
from core.events import OwnerNotice
from core.ids import OPERATOR, TenantId
from core.office.operator import TenantLine
from core.recording import Recorder
from core.turns import DeskEvent, Member
from db.database import Database
from db.desk import find_seat, list_members
from db.engine.link import Link
from db.engine.overview import erase_tenant
from db.office.operator import allow_reading, mark_deleting, note_once, read_overview, set_suspended, was_noted
from jobs.acting import arguments_of
from jobs.finishing import desk_event

_log = structlog.get_logger(__name__)
READ_MINUTES = 30
_CHUNK = 5_000
"""Rows deleted in a transaction: few enough that nobody waits for its locks."""
_DELETING = "tenant.deleting"


class SuspendTenant:
    """`suspend_tenant`: the fleet stops its bots within two seconds, or starts them again."""

    def __init__(self, database: Database, recorder: Recorder, forget: Callable[[TenantId], None]) -> None:
        self._database = database
        self._recorder = recorder
        self._forget = forget

    async def __call__(self, call: ActionCall) -> dict[str, JsonValue]:
        asked = arguments_of(SuspendArguments, call)
        member = await find_operator(self._database, call)
        tenant, word = TenantId(asked.tenant_id), "suspended" if asked.suspended else "resumed"
        action, details = f"tenant.{word}", _details(member, tenant)
        async with self._database.tenant(tenant) as tx:
            if await read_overview(tx, tenant) is None:
                return {"code": "gone"}
            done = await set_suspended(tx, tenant, asked.suspended)
            done = done or await was_noted(tx, tenant, action, call.key)  # by a try before this one
            if done:
                await note_once(tx, tenant, _actor(member), action, call.key, details)
            line = await read_overview(tx, tenant)
        assert line is not None, "tenants are deleted by their suspension only"
        if done:
            self._forget(tenant)
            notice = OwnerNotice(notice="operator_news", fields={"what": word, "by": member.name})
            await tell_members(self._database, self._recorder, tenant, notice, call.key, owners_only=False)
            await _note_at_operator(self._database, member, action, call.key, {**details, "slug": line.slug})
        code = "done" if done else "deleting" if line.deleting else "already"
        return {"code": code, "suspended": line.suspended, **_named(line)}


class DeleteTenant:
    """`delete_tenant`: every row of every table, in chunks, and what Redis holds of it.

    Goes on where a crash cut it off. The operator's audit keeps who asked and how much it was; nothing else is left.
    """

    def __init__(
        self,
        database: Database,
        link: Link,
        forget: Callable[[TenantId], None],
        forget_cached: Callable[[TenantId], Awaitable[None]],
    ) -> None:
        """`link` is the engine's, of its own: deleting must keep nobody waiting."""
        self._database = database
        self._link = link
        self._forget = forget
        self._forget_cached = forget_cached

    async def __call__(self, call: ActionCall) -> dict[str, JsonValue]:
        asked = arguments_of(DeleteArguments, call)
        member = await find_operator(self._database, call)
        tenant = TenantId(asked.tenant_id)
        details: dict[str, JsonValue] = {"tenant_id": tenant, "slug": asked.slug}
        async with self._database.tenant(tenant) as tx:
            line = await read_overview(tx, tenant)
            refused = _refuse(line, asked.slug)
            if refused is None and not await mark_deleting(tx, tenant):
                refused = "not_suspended"
        if refused is not None and not (line is None and await self._was_begun(call)):
            return {"code": refused, **(_named(line) if line else {})}
        await _note_at_operator(self._database, member, _DELETING, call.key, details)
        rows = await self._erase(tenant)
        await _note_at_operator(self._database, member, "tenant.deleted", call.key, {**details, "rows": rows})
        _log.info("tenant_deleted", tenant=tenant, rows=rows)
        return {"code": "done", "tenant_id": tenant, "slug": asked.slug, "name": line.name if line else asked.slug}

    async def _was_begun(self, call: ActionCall) -> bool:
        """By a try with this key, which may have come to the end of it."""
        async with self._database.tenant(OPERATOR, readonly=True) as tx:
            return await was_noted(tx, OPERATOR, _DELETING, call.key)

    async def _erase(self, tenant: TenantId) -> int:
        """Once more after the last row: a turn that was under way may have written one behind it."""
        rows = 0
        for _ in range(2):
            while gone := await self._erase_chunk(tenant):
                rows += gone
            self._forget(tenant)
            await self._forget_cached(tenant)
        return rows

    async def _erase_chunk(self, tenant: TenantId) -> int:
        async with self._link.transaction() as tx:
            return await erase_tenant(tx, tenant, _CHUNK)


class AllowReading:
    """`read_conversations`: for half an hour, told to the owners and written into the tenant's audit."""

    def __init__(self, database: Database, recorder: Recorder) -> None:
        self._database = database
        self._recorder = recorder

    async def __call__(self, call: ActionCall) -> dict[str, JsonValue]:
        asked = arguments_of(ReadArguments, call)
        member = await find_operator(self._database, call)
        tenant = TenantId(asked.tenant_id)
        async with self._database.tenant(tenant) as tx:
            line = await read_overview(tx, tenant)
            if line is None:
                return {"code": "gone"}
            until = await allow_reading(
                tx, tenant, key=call.key, member=member.member_id, reason=asked.reason, minutes=READ_MINUTES
            )
            details: dict[str, JsonValue] = {
                **_details(member, tenant), "reason": asked.reason, "until": until.isoformat()
            }  # fmt: skip
            await note_once(tx, tenant, _actor(member), "conversations.read", call.key, details)
        notice = OwnerNotice(
            notice="operator_news",
            fields={"what": "read", "by": member.name, "reason": asked.reason, "until": until.isoformat()},
        )
        await tell_members(self._database, self._recorder, tenant, notice, call.key, owners_only=True)
        await _note_at_operator(self._database, member, "conversations.read", call.key, {**details, "slug": line.slug})
        return {"code": "done", "until": until.isoformat(), **_named(line)}


async def find_operator(database: Database, call: ActionCall) -> Member:
    """The owner at the operator's desk who asks. Raises Rejected for everybody else, whatever brought them here."""
    if call.tenant_id != OPERATOR:
        raise Rejected("Only the operator may do that")
    async with database.tenant(OPERATOR, readonly=True) as tx:
        member = await find_seat(tx, OPERATOR, call.stream_id)
    if member is None or member.role != "owner":
        raise Rejected("Only an owner at the operator's desk may do that")
    return member


async def tell_members(
    database: Database, recorder: Recorder, tenant: TenantId, notice: OwnerNotice, key: str, *, owners_only: bool
) -> None:
    """`key` makes it a notice that is told once."""
    async with database.tenant(tenant, readonly=True) as tx:
        members = await list_members(tx, tenant)
    told = DeskEvent(event=notice, key=f"operator:{key}")
    chosen = [member for member in members if member.role == "owner" or not owners_only]
    await recorder.record([desk_event(tenant, member.desk, member.chat, told) for member in chosen])


async def _note_at_operator(
    database: Database, member: Member, action: str, key: str, details: dict[str, JsonValue]
) -> None:
    async with database.tenant(OPERATOR) as tx:
        await note_once(tx, OPERATOR, f"member:{member.member_id}", action, key, details)


def _refuse(line: TenantLine | None, slug: str) -> str | None:
    if line is None:
        return "gone"
    if line.slug != slug:
        return "other_slug"
    return None if line.suspended else "not_suspended"


def _actor(member: Member) -> str:
    return f"operator:{member.member_id}"


def _details(member: Member, tenant: TenantId) -> dict[str, JsonValue]:
    return {"tenant_id": tenant, "by": member.name}


def _named(line: TenantLine) -> dict[str, JsonValue]:
    return {"tenant_id": line.tenant_id, "slug": line.slug, "name": line.name}
