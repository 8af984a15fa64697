"""What a desk looks up, over the real database: exact figures, and never another tenant's."""

from datetime import UTC, datetime, timedelta

from core.ids import ApprovalId, StreamId
from core.money import Money
from core.turns import Passage, Reader, TenantStatus
from db.invites import hash_code
from db.knowledge import replace_passages
from tests.admin.desk_world import ADMIN_BOT, World


async def test_an_empty_tenant_has_figures_of_nothing(world: World) -> None:
    tenant = await world.open_tenant()
    reader: Reader = tenant.reader
    assert await reader.status() == TenantStatus(
        conversations=0,
        messages_today=0,
        pending_approvals=0,
        taken_over=0,
        knowledge_passages=0,
        budget=None,
        watches=0,
    )
    assert await reader.members() == ()
    assert await reader.pending_approvals(10) == () == await reader.taken_over(10)


async def test_status_counts_what_is_there_and_todays_messages_by_the_tenants_clock(world: World) -> None:
    tenant = await world.open_tenant()
    seat = await tenant.join("Ana")
    _, stream = await tenant.escalate()
    now = datetime.now(UTC)
    rows = [
        (1, "customer", now), (2, "customer", now), (3, "bot", now), (4, "customer", now - timedelta(days=2)),
    ]  # fmt: skip
    for seq, author, at in rows:
        await world.superuser.execute(
            "INSERT INTO messages VALUES ($1, $2, $3, 0, $4, 'words', $5)", tenant.id, stream, seq, author, at
        )
    async with world.database.tenant(tenant.id) as tx:
        await replace_passages(tx, tenant.id, [Passage(source="a", text="b", score=0.0)])
    await seat.write("/budget 12.50")
    status = await tenant.reader.status()
    assert status == TenantStatus(
        conversations=1, messages_today=2, pending_approvals=1, taken_over=0, knowledge_passages=1,
        budget=Money(micros=12_500_000, currency="EUR"), watches=0,
    )  # fmt: skip


async def test_history_is_the_latest_oldest_first(world: World) -> None:
    tenant = await world.open_tenant()
    _, stream = await tenant.escalate()
    for seq in range(1, 6):
        await world.superuser.execute(
            "INSERT INTO messages VALUES ($1, $2, $3, 0, 'customer', $4, now())", tenant.id, stream, seq, f"m{seq}"
        )
    assert [message.text for message in await tenant.reader.history(stream, 3)] == ["m3", "m4", "m5"]


async def test_no_look_up_shows_another_tenants_rows(world: World) -> None:
    mine, theirs = await world.open_tenant("Mine"), await world.open_tenant("Theirs")
    seat = await theirs.join("Bob")
    approval, stream = await theirs.escalate()
    await world.superuser.execute(
        "INSERT INTO messages VALUES ($1, $2, 1, 0, 'customer', 'secret', now())", theirs.id, stream
    )
    code = await theirs.invite("owner")
    reader = mine.reader
    assert await reader.approval(approval) is None
    assert await reader.member_at(ADMIN_BOT, seat.chat) is None
    assert await reader.members() == ()
    assert await reader.pending_approvals(10) == ()
    assert await reader.history(StreamId(stream), 10) == ()
    assert (await reader.status()).conversations == 0
    assert not await reader.invite_open(code)
    assert await theirs.reader.invite_open(code)


async def test_an_approval_says_who_decided_it(world: World) -> None:
    tenant = await world.open_tenant()
    ana = await tenant.join("Ana")
    approval, stream = await tenant.escalate()
    before = await tenant.reader.approval(approval)
    assert before is not None
    assert (before.status, before.decided_by, before.stream_id) == ("pending", "", stream)
    await ana.tap(f"esc:take_over:{approval}")
    after = await tenant.reader.approval(approval)
    assert after is not None
    assert (after.status, after.decided_by) == ("take_over", "Ana")
    assert await tenant.reader.pending_approvals(10) == ()
    assert [held.approval_id for held in await tenant.reader.taken_over(10)] == [approval]
    assert await tenant.reader.approval(ApprovalId("nobodys")) is None


async def test_an_invite_is_stored_as_a_hash_only_and_expires(world: World) -> None:
    tenant = await world.open_tenant()
    code = await tenant.invite("viewer")
    stored = await world.superuser.fetchval("SELECT code_hash FROM invites WHERE tenant_id = $1", tenant.id)
    assert stored == hash_code(f" INV_{code.upper()} ")
    assert code.encode() not in stored
    assert not await tenant.reader.invite_open(await tenant.invite("viewer", lives=timedelta(seconds=-1)))
    assert len({await tenant.invite("viewer") for _ in range(20)}) == 20
