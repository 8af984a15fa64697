"""The gate before every executor, over the real database: once for a key, within the limits, back only in time."""

import asyncio
from collections.abc import AsyncIterator
from dataclasses import dataclass, field, replace
from datetime import UTC, datetime, timedelta
from typing import Any, Literal
from uuid import UUID

import asyncpg
import orjson
import pytest
from pydantic import JsonValue

from agents.actions.declaration import read_arguments
from agents.actions.registry import BUILT_IN
from agents.policy.hashing import hash_action
from core.actions import ActionCall
from core.errors import InDoubt, Rejected, Transient
from core.ids import AccountId, ApprovalId, StreamId, TenantId, contact_id, conversation_id
from core.turns import TenantProfile
from db.database import Database, open_pool
from jobs.admission import ActionGate
from tenants.agents import AgentPolicy
from tests.support.clocks import HandClock
from tests.support.databases import Urls

TENANT = TenantId(2)
ANA, BEN = contact_id(TENANT, "telegram", "77"), contact_id(TENANT, "telegram", "88")
HERE, BENS = conversation_id(TENANT, AccountId(1), "77"), conversation_id(TENANT, AccountId(1), "88")
APPROVAL = ApprovalId("a1")
CREDIT: dict[str, JsonValue] = {"invoice": "INV-1", "amount": "10.00"}
TICKET = read_arguments(BUILT_IN["create_ticket"], {"title": "Broken"})


def policy(**rules: dict[str, JsonValue]) -> str:
    """`credit` moves money and can be taken back; `refund` cannot."""
    own = {
        "title": "A credit", "about": "Credits.", "agent": "billing", "url": "https://books.example/{invoice}",
        "fields": {"invoice": {"type": "reference", "kind": "invoice"}, "amount": {"type": "amount"}},
        "done": "credited", "money_moving": True,
    }  # fmt: skip
    http = [own | {"name": "credit", "reversible": True, "undo": "DELETE"}, own | {"name": "refund"}]
    return AgentPolicy.model_validate_json(orjson.dumps({"http": http, "rules": rules})).model_dump_json()


def call(key: str, name: str = "credit", arguments: dict[str, JsonValue] = CREDIT, **more: Any) -> ActionCall:
    executor = {"create_ticket": "open_case", "take_back": ""}.get(name, "http")
    agent = "" if name == "take_back" else "billing"
    made = ActionCall(
        tenant_id=TENANT, stream_id=HERE, account_id=AccountId(1), seq=1, key=key, name=name, arguments=arguments,
        executor=executor, agent=agent, contact=ANA,
    )  # fmt: skip
    return replace(made, **more)


TAKE_BACK = call("back", "take_back", {}, approval_id=APPROVAL)


@dataclass
class House:
    database: Database
    rows: asyncpg.Connection
    agents: str = field(default_factory=lambda: policy(credit={"allow_up_to": "20"}))
    clock: HandClock = field(default_factory=lambda: HandClock(datetime.now(UTC)))

    def __post_init__(self) -> None:
        self.gate = ActionGate(self.database, self.profile, self.clock)

    async def profile(self, tenant: TenantId) -> TenantProfile:
        return TenantProfile(
            tenant_id=tenant, slug="t", name="T", language="en", time_zone="UTC", currency="EUR", persona="",
            agents=self.agents,
        )  # fmt: skip

    async def perform(self, action: ActionCall, **result: JsonValue) -> None:
        assert await self.gate.admit(action) is None
        await self.gate.close(action, result, None)

    async def statuses(self) -> dict[str, str]:
        return {row["key"]: row["status"] for row in await self.rows.fetch("SELECT key, status FROM action_uses")}

    async def approve(self, action: ActionCall, *, status: str = "approve", minutes: int = 60) -> None:
        until = datetime.now(UTC).replace(microsecond=0) + timedelta(minutes=minutes)
        wanted = hash_action(TENANT, action.stream_id, action.name, action.arguments, until)
        await self.rows.execute(
            "INSERT INTO approvals (tenant_id, approval_id, stream_id, kind, status, question, reason, contact_name, "
            "channel, action, action_hash, expires_at, decided_by) "
            "VALUES (2, $1, $2, 'action', $3, '', '', '', 'telegram', '{}', $4, $5, 5)",
            APPROVAL, action.stream_id, status, wanted, until,
        )  # fmt: skip

    async def call_back(self) -> None:
        await self.rows.execute("UPDATE approvals SET status = 'undone'")


@pytest.fixture
async def house(urls: Urls, owner_connection: asyncpg.Connection) -> AsyncIterator[House]:
    await owner_connection.execute(
        """INSERT INTO tenants (tenant_id, slug, name, language, time_zone, currency) OVERRIDING SYSTEM VALUE
           VALUES (2, 'freight', 'Freight', 'en', 'UTC', 'EUR');
           INSERT INTO channel_accounts (tenant_id, account_id, channel, role, external_id, path_id, delivery, secrets)
           OVERRIDING SYSTEM VALUE VALUES (2, 1, 'telegram', 'customer', 'a', 'a', 'polling', '');
           INSERT INTO business_records (tenant_id, kind, reference, channel, contact_external_id)
           VALUES (2, 'invoice', 'INV-1', 'telegram', '77'), (2, 'invoice', 'INV-2', 'telegram', '88')"""
    )
    await owner_connection.execute(
        "INSERT INTO members (tenant_id, member_id, name, role, account_id, chat, desk) OVERRIDING SYSTEM VALUE "
        "VALUES (2, 5, 'Omar', 'owner', 9, 'omar', $1)",
        UUID(int=9),
    )
    for contact, chat in ((ANA, "77"), (BEN, "88")):
        await owner_connection.execute(
            "INSERT INTO contacts (tenant_id, contact_id, channel, external_id, name) "
            "VALUES (2, $1, 'telegram', $2, '')",
            contact, chat,
        )  # fmt: skip
        await owner_connection.execute(
            "INSERT INTO streams (tenant_id, stream_id, kind, account_id, chat, last_seq, done_seq, dirty, "
            "lease_token) VALUES (2, $1, 'conversation', 1, $2, 1, 1, false, 1)",
            conversation_id(TENANT, AccountId(1), chat), chat,
        )  # fmt: skip
    async with open_pool(urls.app, size=15) as pool:
        yield House(Database(pool), owner_connection)


# Once for a key


async def test_what_was_done_gives_its_result_again(house: House) -> None:
    await house.perform(call("k1"), id="cr-1")
    assert await house.gate.admit(call("k1")) == {"id": "cr-1"}
    house.agents = policy(credit={"decide": "forbid"})
    assert await house.gate.admit(call("k1")) == {"id": "cr-1"}  # what is done is done
    assert await house.statuses() == {"k1": "done"}


async def test_what_was_taken_back_is_not_done_anew(house: House) -> None:
    await house.perform(call("k1"), id="cr-1")
    await house.rows.execute("UPDATE action_uses SET status = 'undone'")
    assert await house.gate.admit(call("k1")) == {"id": "cr-1"}


async def test_what_failed_stays_failed(house: House) -> None:
    assert await house.gate.admit(call("k1")) is None
    await house.gate.close(call("k1"), None, Rejected("no such invoice there"))
    with pytest.raises(Rejected, match="failed before"):
        await house.gate.admit(call("k1"))
    row = await house.rows.fetchrow("SELECT status, error FROM action_uses")
    assert row is not None and tuple(row) == ("failed", "no such invoice there")


async def test_money_that_may_have_moved_is_not_moved_again(house: House) -> None:
    assert await house.gate.admit(call("k1")) is None  # and the process is killed
    with pytest.raises(InDoubt):
        await house.gate.admit(call("k1"))
    await house.gate.close(call("k1"), None, InDoubt("nobody knows"))
    assert await house.statuses() == {"k1": "running"}  # it goes on counting


async def test_what_moves_no_money_is_tried_again_under_its_key(house: House) -> None:
    ticket = call("k1", "create_ticket", TICKET)
    assert await house.gate.admit(ticket) is None
    assert await house.gate.admit(ticket) is None
    await house.gate.close(ticket, {"reference": "T-1"}, None)
    assert await house.gate.admit(ticket) == {"reference": "T-1"}
    assert await house.statuses() == {"k1": "done"}


async def test_what_surely_was_not_done_waits_and_is_admitted_again(house: House) -> None:
    house.agents = policy(credit={"allow_up_to": "20", "times_a_day": 1, "amount_a_day": "10"})
    assert await house.gate.admit(call("k1")) is None
    await house.gate.close(call("k1"), None, Transient("503"))
    assert await house.statuses() == {"k1": "waiting"}
    with pytest.raises(Rejected):
        await house.gate.admit(call("k2"))  # the place is taken
    assert await house.gate.admit(call("k1")) is None  # by itself it is not held up
    assert await house.statuses() == {"k1": "running"}
    await house.gate.close(call("k1"), {"id": "cr-1"}, None)
    assert await house.gate.admit(call("k1")) == {"id": "cr-1"}


async def test_what_waited_and_may_not_be_done_any_more_counts_no_longer(house: House) -> None:
    house.agents = policy(credit={"allow_up_to": "20", "amount_a_day": "10"})
    assert await house.gate.admit(call("k1")) is None
    await house.gate.close(call("k1"), None, Transient("503"))
    house.agents = policy(credit={"level": "off"})
    with pytest.raises(Rejected):
        await house.gate.admit(call("k1"))
    assert await house.statuses() == {"k1": "failed"}
    house.agents = policy(credit={"allow_up_to": "20", "amount_a_day": "10"})
    assert await house.gate.admit(call("k2")) is None


async def test_one_key_at_once_is_begun_once(house: House) -> None:
    outcomes = await asyncio.gather(*(house.gate.admit(call("k1")) for _ in range(15)), return_exceptions=True)
    assert outcomes.count(None) == 1
    assert all(isinstance(each, InDoubt) for each in outcomes if each is not None)
    assert await house.statuses() == {"k1": "running"}


# Limits


async def test_thirty_at_once_never_pass_a_limit_together(house: House) -> None:
    house.agents = policy(credit={"allow_up_to": "20", "amount_a_day": "70"})
    calls = [
        call(f"k{n}", stream_id=(HERE, BENS)[n % 2], contact=(ANA, BEN)[n % 2],
             arguments={"invoice": f"INV-{n % 2 + 1}", "amount": "10.00"})
        for n in range(30)
    ]  # fmt: skip

    async def attempt(each: ActionCall) -> bool:
        try:
            assert await house.gate.admit(each) is None
        except Rejected:
            return False
        await house.gate.close(each, {}, None)
        return True

    assert sum(await asyncio.gather(*(attempt(each) for each in calls))) == 7
    assert await house.rows.fetchval("SELECT sum(micros) FROM action_uses") == 70_000_000
    assert set((await house.statuses()).values()) == {"done"}


@pytest.mark.parametrize("kind", ["amount_a_month", "times_a_day"])
async def test_nor_any_other_limit(house: House, kind: str) -> None:
    house.agents = policy(credit={"allow_up_to": "20", kind: "40" if kind == "amount_a_month" else 4})
    outcomes = await asyncio.gather(*(house.gate.admit(call(f"k{n}")) for n in range(30)), return_exceptions=True)
    assert outcomes.count(None) == 4
    assert sum(isinstance(each, Rejected) for each in outcomes) == 26
    assert len(await house.statuses()) == 4


async def test_what_failed_makes_room(house: House) -> None:
    house.agents = policy(credit={"allow_up_to": "20", "amount_a_day": "10"})
    assert await house.gate.admit(call("k1")) is None
    with pytest.raises(Rejected, match="limit of the day"):
        await house.gate.admit(call("k2"))
    await house.gate.close(call("k1"), None, Rejected("no"))
    assert await house.gate.admit(call("k2")) is None


async def test_every_failure_counts_for_the_breaker(house: House) -> None:
    house.agents = policy(credit={"allow_up_to": "20"})
    for n in range(10):
        assert await house.gate.admit(call(f"k{n}")) is None
        await house.gate.close(call(f"k{n}"), None, ValueError("somebody's words"))
    assert set(await house.rows.fetchval("SELECT array_agg(error) FROM action_uses")) == {"ValueError"}
    with pytest.raises(Rejected, match="Too many actions failed"):
        await house.gate.admit(call("k10"))


# Whatever the outbox says


@pytest.mark.parametrize(
    "other",
    [
        {"contact": BEN}, {"contact": None}, {"stream_id": BENS}, {"agent": ""}, {"agent": "logistics"},
        {"executor": "open_case"}, {"arguments": {"invoice": "INV-2", "amount": "10.00"}},
        {"arguments": {"invoice": "INV-9", "amount": "10.00"}}, {"arguments": {"invoice": "INV-1", "amount": "21.00"}},
        {"arguments": {"invoice": "INV-1", "amount": 10}}, {"arguments": {**CREDIT, "more": "x"}}, {"arguments": {}},
        {"name": "unheard_of"}, {"name": "refund"}, {"approval_id": ApprovalId("none")},
    ],
    ids=str,
)  # fmt: skip
async def test_a_forged_row_is_refused(house: House, other: dict[str, Any]) -> None:
    with pytest.raises(Rejected):
        await house.gate.admit(replace(call("k1"), **other))
    assert await house.statuses() == {}


# Approvals, and taking back


async def test_an_approval_lets_one_key_pass(house: House) -> None:
    action = call("k1", "refund", approval_id=APPROVAL)
    await house.approve(action)
    with pytest.raises(Rejected):
        await house.gate.admit(replace(action, arguments={"invoice": "INV-1", "amount": "10.01"}))
    outcomes = await asyncio.gather(
        *(house.gate.admit(replace(action, key=f"k{n}")) for n in range(20)), return_exceptions=True
    )
    assert outcomes.count(None) == 1
    assert len(await house.statuses()) == 1


@pytest.mark.parametrize("minutes", [-1, 60])
@pytest.mark.parametrize("status", ["approve", "pending", "reject"])
async def test_only_one_that_was_given_and_has_not_expired(house: House, status: str, minutes: int) -> None:
    action = call("k1", "refund", approval_id=APPROVAL)
    await house.approve(action, status=status, minutes=minutes)
    if (status, minutes) == ("approve", 60):
        assert await house.gate.admit(action) is None
        return
    with pytest.raises(Rejected):
        await house.gate.admit(action)
    assert await house.statuses() == {}


async def test_an_approval_counts_as_much_as_who_gave_it_may_now(house: House) -> None:
    action = call("k1", "refund", approval_id=APPROVAL)
    await house.approve(action)
    await house.rows.execute("UPDATE members SET role = 'manager'")
    with pytest.raises(Rejected, match="has to be approved by owners"):
        await house.gate.admit(action)


async def approved(house: House, name: Literal["credit", "refund"] = "credit") -> None:
    """Asked for, approved and done."""
    action = call("k1", name, approval_id=APPROVAL)
    await house.approve(action)
    await house.perform(action, id="cr-1")


async def test_what_was_done_is_taken_back_once(house: House) -> None:
    await approved(house)
    with pytest.raises(Rejected):
        await house.gate.admit(TAKE_BACK)  # nobody tapped
    await house.call_back()
    outcomes = await asyncio.gather(
        *(house.gate.admit(replace(TAKE_BACK, key=f"b{n}")) for n in range(15)), return_exceptions=True
    )
    assert outcomes.count(None) == 1
    won = replace(TAKE_BACK, key=f"b{outcomes.index(None)}")
    await house.gate.close(won, {"action": "credit"}, None)
    assert await house.gate.admit(won) == {"action": "credit"}


@pytest.mark.parametrize(("after", "admitted"), [(-1, True), (1, False)])
async def test_it_is_taken_back_within_its_window(house: House, after: int, admitted: bool) -> None:
    """30 minutes, and five for what was queued."""
    await approved(house)
    await house.call_back()
    house.clock.at = await house.rows.fetchval("SELECT ended_at FROM action_uses")
    house.clock.at += timedelta(minutes=35, seconds=after)
    if admitted:
        assert await house.gate.admit(TAKE_BACK) is None
        return
    with pytest.raises(Rejected, match="30 minutes only"):
        await house.gate.admit(TAKE_BACK)
    assert await house.statuses() == {"k1": "done"}
    assert await house.rows.fetchval("SELECT undone_by FROM approvals") is None


async def test_only_what_can_be_taken_back_is(house: House) -> None:
    await approved(house, "refund")
    await house.call_back()
    with pytest.raises(Rejected, match="cannot be taken back"):
        await house.gate.admit(TAKE_BACK)


@pytest.mark.parametrize("status", ["running", "waiting", "failed"])
async def test_only_what_was_done_is_taken_back(house: House, status: str) -> None:
    await approved(house)
    await house.rows.execute("UPDATE action_uses SET status = $1", status)
    await house.call_back()
    with pytest.raises(Rejected):
        await house.gate.admit(TAKE_BACK)


async def test_nobody_takes_back_from_elsewhere(house: House) -> None:
    await approved(house)
    await house.call_back()
    for forged in (
        replace(TAKE_BACK, stream_id=StreamId(UUID(int=3))), replace(TAKE_BACK, stream_id=BENS, contact=BEN),
        replace(TAKE_BACK, approval_id=None), replace(TAKE_BACK, approval_id=ApprovalId("none")),
        replace(TAKE_BACK, arguments={"action": "credit"}),
    ):  # fmt: skip
        with pytest.raises(Rejected):
            await house.gate.admit(forged)
