"""Actions as rows: an approval holds for one action, once; what was done counts; whose a record is."""

import asyncio
from collections.abc import AsyncIterator
from dataclasses import replace
from datetime import UTC, datetime, timedelta
from typing import Any
from uuid import UUID
from zoneinfo import ZoneInfo

import asyncpg
import pytest

from core.actions import ActionCall, ActionUses
from core.ids import AccountId, ApprovalId, ContactId, StreamId, TenantId, contact_id
from db.actions import (
    ActionUse,
    begin_use,
    end_use,
    find_given,
    find_owners,
    find_use,
    find_use_of_approval,
    mark_undone,
    read_uses,
    redeem,
    redeem_undo,
    resume_use,
)
from db.database import Database, open_pool
from tests.support.databases import Urls

TENANT, OTHER = TenantId(2), TenantId(3)
TG, WA = contact_id(TENANT, "telegram", "77"), contact_id(TENANT, "whatsapp", "US.4917")
STREAM, ELSEWHERE = StreamId(UUID(int=1)), StreamId(UUID(int=2))
APPROVAL = ApprovalId("a1")
HASH = "ab" * 32
CALL = ActionCall(
    tenant_id=TENANT, stream_id=STREAM, account_id=AccountId(1), seq=1, key="k1", name="refund", arguments={"n": 1},
    agent="billing", contact=TG,
)  # fmt: skip


@pytest.fixture
async def rows(owner_connection: asyncpg.Connection) -> asyncpg.Connection:
    await owner_connection.execute(
        """INSERT INTO tenants (tenant_id, slug, name, language, time_zone, currency) OVERRIDING SYSTEM VALUE
           VALUES (2, 'bakery', 'Bakery', 'en', 'UTC', 'EUR'), (3, 'other', 'Other', 'en', 'UTC', 'EUR')"""
    )
    await owner_connection.execute(
        """INSERT INTO members (tenant_id, member_id, name, role, account_id, chat, desk) OVERRIDING SYSTEM VALUE
           VALUES (2, 5, 'Omar', 'owner', 9, 'omar', $1)""",
        UUID(int=9),
    )
    return owner_connection


@pytest.fixture
async def wide(urls: Urls) -> AsyncIterator[Database]:
    """With a connection for each of twenty at once."""
    async with open_pool(urls.app, size=20) as pool:
        yield Database(pool)


async def approve(rows: asyncpg.Connection, approval: ApprovalId = APPROVAL, **columns: Any) -> None:
    row = {
        "tenant_id": TENANT, "approval_id": approval, "stream_id": STREAM, "kind": "action", "status": "approve",
        "question": "?", "reason": "amount", "contact_name": "Ana", "channel": "telegram", "action": "{}",
        "action_hash": HASH, "expires_at": datetime.now(UTC) + timedelta(hours=1), "decided_by": 5, **columns,
    }  # fmt: skip
    places = ", ".join(f"${n}" for n in range(1, len(row) + 1))
    await rows.execute(f"INSERT INTO approvals ({', '.join(row)}) VALUES ({places})", *row.values())


async def try_redeem(database: Database, key: str = "k1", **other: Any) -> bool:
    wanted = {"tenant": TENANT, "approval": APPROVAL, "action_hash": HASH, "stream": STREAM, **other}
    async with database.tenant(wanted["tenant"]) as tx:
        return await redeem(tx, key=key, **wanted)


async def begin(database: Database, micros: int = 0, **other: Any) -> ActionCall:
    call = replace(CALL, **other)
    async with database.tenant(call.tenant_id) as tx:
        await begin_use(tx, call.tenant_id, call, micros)
    return call


async def end(database: Database, call: ActionCall, status: Any, **result: Any) -> None:
    async with database.tenant(call.tenant_id) as tx:
        await end_use(tx, call.tenant_id, call.key, status, result, "why" if status != "done" else "")


async def find(database: Database, key: str = "k1") -> ActionUse:
    async with database.tenant(TENANT, readonly=True) as tx:
        found = await find_use(tx, TENANT, key)
    assert found is not None
    return found


async def uses(database: Database, *contacts: ContactId, besides: str = "") -> ActionUses:
    async with database.tenant(TENANT, readonly=True) as tx:
        return await read_uses(tx, TENANT, "refund", contacts or (TG,), besides=besides)


# Approvals


async def test_an_approval_is_used_up_by_one_key(rows: asyncpg.Connection, database: Database) -> None:
    await approve(rows)
    assert await try_redeem(database, "k1")
    assert await try_redeem(database, "k1")  # the same action, tried again after a crash
    assert not await try_redeem(database, "k2")
    assert await rows.fetchval("SELECT used_by FROM approvals") == "k1"


async def test_of_twenty_at_once_one_uses_it_up(rows: asyncpg.Connection, wide: Database) -> None:
    await approve(rows)
    passed = await asyncio.gather(*(try_redeem(wide, f"k{n}") for n in range(20)))
    assert passed.count(True) == 1
    assert await rows.fetchval("SELECT used_by FROM approvals") == f"k{passed.index(True)}"


@pytest.mark.parametrize(
    "asked",
    [
        {"action_hash": "cd" * 32}, {"action_hash": ""}, {"stream": ELSEWHERE}, {"approval": ApprovalId("a2")},
        {"tenant": OTHER},
    ],
    ids=lambda asked: next(iter(asked)),
)  # fmt: skip
async def test_an_approval_is_for_one_thing(
    rows: asyncpg.Connection, database: Database, asked: dict[str, Any]
) -> None:
    await approve(rows)
    assert not await try_redeem(database, **asked)
    assert await rows.fetchval("SELECT used_by FROM approvals") is None


@pytest.mark.parametrize(
    "status", ["pending", "reject", "expired", "undone", "answer", "take_over", "dismiss", "release"]
)
async def test_only_what_was_approved_is_used(rows: asyncpg.Connection, database: Database, status: str) -> None:
    await approve(rows, status=status)
    assert not await try_redeem(database)


async def test_a_question_to_a_person_is_no_approval(rows: asyncpg.Connection, database: Database) -> None:
    await approve(rows, kind="escalation", action=None, action_hash=None, expires_at=None)
    assert not await try_redeem(database)
    async with database.tenant(TENANT) as tx:
        assert await find_given(tx, TENANT, APPROVAL) is None


async def test_an_approval_of_an_action_cannot_be_without_hash_and_expiry(rows: asyncpg.Connection) -> None:
    for left_out in ("action", "action_hash", "expires_at"):
        with pytest.raises(asyncpg.CheckViolationError):
            await approve(rows, **{left_out: None})
    with pytest.raises(asyncpg.CheckViolationError):
        await approve(rows, kind="something")


async def test_an_approval_expires(rows: asyncpg.Connection, database: Database) -> None:
    await approve(rows, expires_at=datetime.now(UTC) - timedelta(milliseconds=1))
    assert not await try_redeem(database)


async def test_what_was_given_says_by_whom_as_they_are_now(rows: asyncpg.Connection, database: Database) -> None:
    await approve(rows)
    assert await try_redeem(database)

    async def role() -> str | None:
        async with database.tenant(TENANT) as tx:
            given = await find_given(tx, TENANT, APPROVAL)
        assert given is not None and (given.status, given.action_hash, given.used_by) == ("approve", HASH, "k1")
        return given.decided_role

    assert await role() == "owner"
    await rows.execute("UPDATE members SET role = 'viewer'")
    assert await role() == "viewer"
    await rows.execute("DELETE FROM members")
    assert await role() is None


async def test_taking_back_is_used_up_once_as_well(rows: asyncpg.Connection, wide: Database) -> None:
    await approve(rows, status="undone", used_by="k0")

    async def undo(key: str, stream: StreamId = STREAM, tenant: TenantId = TENANT) -> bool:
        async with wide.tenant(tenant) as tx:
            return await redeem_undo(tx, tenant, APPROVAL, key, stream)

    assert not await undo("u", ELSEWHERE) and not await undo("u", tenant=OTHER)
    passed = await asyncio.gather(*(undo(f"u{n}") for n in range(20)))
    assert passed.count(True) == 1
    assert await undo(f"u{passed.index(True)}")


@pytest.mark.parametrize("columns", [{"status": "approve", "used_by": "k0"}, {"status": "undone"}], ids=str)
async def test_only_what_was_done_and_called_back_is_taken_back(
    rows: asyncpg.Connection, database: Database, columns: dict[str, Any]
) -> None:
    await approve(rows, **columns)
    async with database.tenant(TENANT) as tx:
        assert not await redeem_undo(tx, TENANT, APPROVAL, "u", STREAM)


# What was done


async def test_a_use_runs_waits_runs_again_and_is_done(rows: asyncpg.Connection, database: Database) -> None:
    call = await begin(database, 5, approval_id=APPROVAL)
    assert await find(database) == ActionUse(
        key="k1", status="running", name="refund", arguments={"n": 1}, contact_id=TG, result=None
    )
    await end(database, call, "waiting")
    assert (await find(database)).status == "waiting"
    assert await rows.fetchval("SELECT ended_at FROM action_uses") is None
    async with database.tenant(TENANT) as tx:
        await resume_use(tx, TENANT, "k1")
    assert (await find(database)).status == "running"
    await end(database, call, "done", id="r1")
    done = await find(database)
    assert (done.status, done.result) == ("done", {"id": "r1"})
    assert await rows.fetchval("SELECT ended_at IS NOT NULL AND error IS NULL FROM action_uses")
    async with database.tenant(TENANT) as tx:
        found = await find_use_of_approval(tx, TENANT, APPROVAL)
    assert found is not None and found.key == "k1" and found.ended_at is not None


@pytest.mark.parametrize("last", ["done", "failed"])
async def test_what_has_ended_does_not_move_any_more(rows: asyncpg.Connection, database: Database, last: str) -> None:
    call = await begin(database)
    await end(database, call, last, id="r1")
    for status in ("waiting", "done", "failed"):
        await end(database, call, status, id="r2")
    async with database.tenant(TENANT) as tx:
        await resume_use(tx, TENANT, "k1")
    after = await find(database)
    assert (after.status, after.result) == (last, {"id": "r1"})


async def test_only_what_waits_is_resumed(rows: asyncpg.Connection, database: Database) -> None:
    await begin(database)
    async with database.tenant(TENANT) as tx:
        await resume_use(tx, TENANT, "k1")
        await resume_use(tx, TENANT, "nothing")
    assert (await find(database)).status == "running"


async def test_a_key_begins_once(rows: asyncpg.Connection, database: Database) -> None:
    await begin(database)
    with pytest.raises(asyncpg.UniqueViolationError):
        await begin(database)
    await begin(database, tenant_id=OTHER)  # another tenant's key is another key


async def test_only_what_is_done_is_marked_as_taken_back(rows: asyncpg.Connection, database: Database) -> None:
    for key, status in (("k1", "done"), ("k2", "failed"), ("k3", "waiting")):
        await end(database, await begin(database, key=key, approval_id=ApprovalId(f"of {key}")), status)
    await begin(database, key="k4", approval_id=ApprovalId("of k4"))
    async with database.tenant(TENANT) as tx:
        for key in ("k1", "k2", "k3", "k4"):
            await mark_undone(tx, TENANT, ApprovalId(f"of {key}"))
    statuses = await rows.fetch("SELECT key, status FROM action_uses ORDER BY key")
    assert [tuple(row) for row in statuses] == [
        ("k1", "undone"), ("k2", "failed"), ("k3", "waiting"), ("k4", "running"),
    ]  # fmt: skip


async def test_what_was_done_cannot_be_deleted(rows: asyncpg.Connection, database: Database) -> None:
    await begin(database)
    with pytest.raises(asyncpg.InsufficientPrivilegeError):
        async with database.tenant(TENANT) as tx:
            await tx.execute("DELETE FROM action_uses")


# What counts


async def test_all_but_what_failed_or_was_taken_back_counts(rows: asyncpg.Connection, database: Database) -> None:
    assert await uses(database) == ActionUses()
    await begin(database, 1, key="k1")
    await end(database, await begin(database, 20, key="k2"), "waiting")
    await end(database, await begin(database, 300, key="k3"), "done")
    await end(database, await begin(database, 4_000, key="k4"), "failed")
    await end(database, await begin(database, 50_000, key="k5", approval_id=APPROVAL), "done")
    async with database.tenant(TENANT) as tx:
        await mark_undone(tx, TENANT, APPROVAL)
    await begin(database, 600_000, key="k6", name="other")
    await begin(database, 7_000_000, key="k7", tenant_id=OTHER)
    await begin(database, 80_000_000, key="k8", contact=WA)
    assert await uses(database) == ActionUses(
        person_today=3, tenant_micros_today=80_000_321, tenant_micros_month=80_000_321,
        failed_lately=1,
    )  # fmt: skip
    assert (await uses(database, besides="k3")).person_today == 2
    both = await uses(database, TG, WA)
    assert both.person_today == 4


async def test_failures_are_of_the_last_ten_minutes_and_of_every_action(
    rows: asyncpg.Connection, database: Database
) -> None:
    for key, name in (("k1", "refund"), ("k2", "other"), ("k3", "refund")):
        await end(database, await begin(database, key=key, name=name), "failed")
    await rows.execute("UPDATE action_uses SET started_at = started_at - interval '11 minutes' WHERE key = 'k3'")
    assert (await uses(database)).failed_lately == 2


@pytest.mark.parametrize("zone", ["Pacific/Kiritimati", "Pacific/Pago_Pago", "America/St_Johns", "UTC"])
async def test_day_and_month_begin_where_the_tenant_is(rows: asyncpg.Connection, database: Database, zone: str) -> None:
    await rows.execute("UPDATE tenants SET time_zone = $1 WHERE tenant_id = 2", zone)
    local = (await rows.fetchval("SELECT clock_timestamp()")).astimezone(ZoneInfo(zone))
    day = local.replace(hour=0, minute=0, second=0, microsecond=0)
    month, moment = day.replace(day=1), timedelta(microseconds=1)
    starts = {"k1": day, "k2": day - moment, "k3": month, "k4": month - moment}
    for n, (key, at) in enumerate(starts.items()):
        await begin(database, 10**n, key=key)
        await rows.execute("UPDATE action_uses SET started_at = $2 WHERE key = $1", key, at)
    today = sum(10**n for n, at in enumerate(starts.values()) if at >= day)
    this_month = sum(10**n for n, at in enumerate(starts.values()) if at >= month)
    found = await uses(database)
    assert found.tenant_micros_today == today
    assert found.tenant_micros_month == this_month
    assert today in (1, 101) and this_month in (111, 101)  # on the first of a month the day is the month


# Whose a record is


async def test_whose_a_record_is(rows: asyncpg.Connection, database: Database) -> None:
    for contact, channel, external, phone in ((TG, "telegram", "77", "4917"), (WA, "whatsapp", "US.4917", "4917")):
        await rows.execute(
            "INSERT INTO contacts (tenant_id, contact_id, channel, external_id, name, phone) "
            "VALUES (2, $1, $2, $3, '', $4)",
            contact, channel, external, phone,
        )  # fmt: skip
    for tenant, reference, channel, external in (
        (2, "BY-ID", "telegram", "77"), (2, "BY-PHONE", "whatsapp", "4917"), (2, "BY-WA-ID", "whatsapp", "US.4917"),
        (2, "PHONE-ELSEWHERE", "telegram", "4917"), (2, "NOBODY'S", None, None), (3, "OTHERS'", "telegram", "77"),
    ):  # fmt: skip
        await rows.execute(
            "INSERT INTO business_records (tenant_id, kind, reference, channel, contact_external_id) "
            "VALUES ($1, 'invoice', $2, $3, $4)",
            tenant, reference, channel, external,
        )  # fmt: skip
        await rows.execute(
            "INSERT INTO shipments (tenant_id, reference, channel, contact_external_id, promised_at, language) "
            "VALUES ($1, $2, $3, $4, now(), 'en')",
            tenant, reference, channel, external,
        )  # fmt: skip
    await rows.execute(
        "INSERT INTO cases (tenant_id, stream_id, kind, reference, step, contact_id) "
        "VALUES (2, $1, 'ticket', 'T-1', '', $2)",
        STREAM, TG,
    )  # fmt: skip
    references = ["BY-ID", "BY-PHONE", "BY-WA-ID", "PHONE-ELSEWHERE", "NOBODY'S", "OTHERS'", "UNKNOWN", "by-id"]
    # Also the one who would have that very id and has no row yet. A number is nobody's id on a channel without numbers.
    new, elsewhere = (contact_id(TENANT, channel, "4917") for channel in ("whatsapp", "telegram"))
    for kind in ("invoice", "shipment"):
        async with database.tenant(TENANT) as tx:
            found = await find_owners(tx, TENANT, [(kind, reference) for reference in [*references, "BY-ID"]])
        assert found == {
            (kind, "BY-ID"): {TG}, (kind, "BY-PHONE"): {WA, new}, (kind, "BY-WA-ID"): {WA},
            (kind, "PHONE-ELSEWHERE"): {elsewhere}, (kind, "NOBODY'S"): frozenset(),
        }  # fmt: skip
    async with database.tenant(TENANT) as tx:
        assert await find_owners(tx, TENANT, [("case", "T-1"), ("order", "BY-ID")]) == {("case", "T-1"): {TG}}
        assert await find_owners(tx, TENANT, []) == {}
