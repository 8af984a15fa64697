"""The executors behind the everyday actions, on the real database and the real engine."""

import asyncio
from collections.abc import AsyncIterator
from dataclasses import dataclass, field
from datetime import timedelta
from typing import Any
from uuid import UUID

import asyncpg
import orjson
import pytest
from pydantic import JsonValue

from agents.cases.handler import handle_case
from core.actions import ActionCall
from core.business import CaseView
from core.errors import Rejected
from core.events import CaseOrder, CustomerNotice, NewEvent, OwnerNotice
from core.ids import (
    INTERNAL,
    AccountId,
    ApprovalId,
    ContactId,
    StreamId,
    TenantId,
    case_id,
    contact_id,
    conversation_id,
    desk_id,
)
from core.people import Person
from core.turns import TurnInput, TurnOutcome, TurnTools
from db.actions import begin_use, end_use, find_use_of_approval
from db.cases import find_case
from db.database import Database
from db.people import read_person
from jobs.acting import CancelCase, OpenCase, SendMessage
from jobs.profiles import RestoreProfile, UpdateProfile
from jobs.undoing import CancelOpened, TakeBack
from steward.engine import Engine
from tests.support.clocks import HandClock
from tests.support.databases import Urls
from tests.support.engines import RecordingChannel, engine_of

TENANT = TenantId(2)
TG, WA = contact_id(TENANT, "telegram", "77"), contact_id(TENANT, "whatsapp", "4917")
HERE = conversation_id(TENANT, AccountId(1), "77")
THERE = conversation_id(TENANT, AccountId(2), "4917")
NAMES = {"77": "Ana", "4917": "Ana B."}
APPROVAL = ApprovalId("abc")


@dataclass
class House:
    """The tenant's engine; conversations and desks only write down what reaches them."""

    database: Database
    rows: asyncpg.Connection
    clock: HandClock = field(default_factory=HandClock)
    customer: list[tuple[StreamId, CustomerNotice]] = field(default_factory=list)
    owners: list[OwnerNotice] = field(default_factory=list)
    engine: Engine = field(init=False)

    async def handle(self, turn: TurnInput, tools: TurnTools) -> TurnOutcome:
        if turn.stream_kind == "case":
            return await handle_case(turn, tools)
        for recorded in turn.events:
            if isinstance(recorded.event, CustomerNotice):
                self.customer.append((turn.stream_id, recorded.event))
            elif isinstance(recorded.event, OwnerNotice):
                self.owners.append(recorded.event)
        return TurnOutcome()

    async def rest(self) -> None:
        async with asyncio.timeout(10):
            while await self.rows.fetchval("SELECT count(*) FROM streams WHERE last_seq > done_seq"):
                await asyncio.sleep(0.005)

    async def fire(self) -> None:
        """Whatever timers are set become due, and everything that follows from it."""
        await self.rows.execute("UPDATE timers SET due_at = '2020-01-01'")
        await self.engine.ticks.fire_timers()
        await self.rest()

    async def order(self, reference: str, order: Any, *, key: str, **more: Any) -> None:
        """A member's, from a desk."""
        case = await self.case(reference)
        event = NewEvent(
            tenant_id=TENANT, stream_id=case.stream_id, stream_kind="case", account_id=INTERNAL, external_id=key,
            chat="", event=CaseOrder(order=order, by="member", **more),
        )  # fmt: skip
        await self.engine.recorder.record([event])
        await self.rest()

    async def case(self, reference: str) -> CaseView:
        async with self.database.tenant(TENANT, readonly=True) as tx:
            found = await find_case(tx, TENANT, reference)
        assert found is not None
        return found

    async def person(self, contact: ContactId = TG) -> Person:
        async with self.database.tenant(TENANT, readonly=True) as tx:
            return await read_person(tx, TENANT, contact)

    def opener(self) -> OpenCase:
        return OpenCase(self.database, self.engine.recorder, self.clock)

    async def ticket(self, key: str = "k1", **more: Any) -> str:
        result = await self.opener()(call("create_ticket", key, title="Broken pallet", **more))
        await self.rest()
        return str(result["reference"])

    @property
    def later(self) -> str:
        return (self.clock.now() + timedelta(hours=3)).isoformat()


def call(
    name: str,
    call_key: str,
    *,
    contact: ContactId | None = TG,
    approval: ApprovalId | None = None,
    **arguments: JsonValue,
) -> ActionCall:
    return ActionCall(
        tenant_id=TENANT, stream_id=HERE, account_id=AccountId(1), seq=1, key=call_key, name=name, arguments=arguments,
        agent="general", contact=contact, approval_id=approval,
    )  # fmt: skip


@pytest.fixture
async def house(urls: Urls, database: Database, owner_connection: asyncpg.Connection) -> AsyncIterator[House]:
    await owner_connection.execute(
        """INSERT INTO tenants (tenant_id, slug, name, language, time_zone, currency) OVERRIDING SYSTEM VALUE
           VALUES (2, 'bakery', 'Bakery', 'es', 'UTC', 'EUR');
           INSERT INTO channel_accounts (tenant_id, account_id, channel, role, external_id, path_id, delivery, secrets)
           OVERRIDING SYSTEM VALUE
           VALUES (2, 1, 'telegram', 'customer', 'a', 'a', 'polling', ''),
                  (2, 2, 'whatsapp', 'customer', 'b', 'b', 'webhook', '')"""
    )
    await owner_connection.execute(
        "INSERT INTO members (tenant_id, name, role, account_id, chat, desk) "
        "VALUES (2, 'Omar', 'owner', 9, 'omar', $1)",
        desk_id(TENANT, AccountId(9), "omar"),
    )
    for contact, channel, external, account in ((TG, "telegram", "77", 1), (WA, "whatsapp", "4917", 2)):
        await owner_connection.execute(
            "INSERT INTO contacts (tenant_id, contact_id, channel, external_id, name, phone) "
            "VALUES (2, $1, $2, $3, $4, $5)",
            contact, channel, external, NAMES[external], "4917" if channel == "whatsapp" else None,
        )  # fmt: skip
        await owner_connection.execute(
            "INSERT INTO streams (tenant_id, stream_id, kind, account_id, chat, last_seq, done_seq, dirty, "
            "lease_token) VALUES (2, $1, 'conversation', $2, $3, 1, 1, false, 1)",
            conversation_id(TENANT, AccountId(account), external), account, external,
        )  # fmt: skip
    house = House(database, owner_connection)
    async with engine_of(urls.engine, RecordingChannel(), house.handle, roles=["web", "worker"]) as house.engine:
        yield house


async def link(house: House) -> None:
    await house.rows.execute(
        "INSERT INTO contact_links (tenant_id, contact_id, person_id) VALUES (2, $1, $3), (2, $2, $3)",
        TG, WA, UUID(int=1),
    )  # fmt: skip


# Opening


async def test_a_ticket_is_opened_told_and_found(house: House) -> None:
    result = await house.opener()(call("create_ticket", "k1", title="Broken\npallet", urgent=True))
    assert result == {"reference": "T-1001", "kind": "ticket", "title": "Broken pallet"}
    await house.rest()
    case = await house.case("t-1001")
    assert (case.kind, case.step, case.title, case.version) == ("ticket", "open", "Broken pallet", 1)
    assert (case.contact_id, case.conversation) == (TG, HERE)
    assert case.stream_id == case_id(TENANT, "ticket", "T-1001")
    assert [(each.notice, each.fields["customer"], each.fields["urgent"]) for each in house.owners] == [
        ("case_opened", "Ana", True)
    ]
    await house.order("T-1001", "start", key="o1")
    await house.order("T-1001", "done", key="o2", text="A new one is on its way")
    case = await house.case("T-1001")
    assert (case.step, case.version) == ("done", 3) and case.closed_at is not None
    assert [(stream, notice.fields["step"]) for stream, notice in house.customer] == [
        (HERE, "in_progress"), (HERE, "done"),
    ]  # fmt: skip
    assert await house.rows.fetchval("SELECT count(*) FROM timers") == 0


async def test_the_same_key_opens_one_case_whenever_it_is_tried_again(house: House) -> None:
    opener = house.opener()
    first = await opener(call("create_ticket", "k1", title="Broken pallet"))
    await house.rest()
    assert await opener(call("create_ticket", "k1", title="Broken pallet")) == first
    at_once = await asyncio.gather(*(opener(call("create_ticket", "k2", title="Late")) for _ in range(20)))
    assert len({str(each["reference"]) for each in at_once}) == 1
    await house.rest()
    assert await house.rows.fetchval("SELECT count(*) FROM cases") == 2
    assert len(house.owners) == 2
    assert at_once[0]["reference"] != first["reference"]


async def test_fifty_at_once_get_fifty_references(house: House) -> None:
    opener = house.opener()
    results = await asyncio.gather(*(opener(call("create_ticket", f"k{n}", title=f"Box {n}")) for n in range(50)))
    assert {each["reference"] for each in results} == {f"T-{1001 + n}" for n in range(50)}
    await house.rest()
    assert await house.rows.fetchval("SELECT count(DISTINCT reference) FROM cases WHERE kind = 'ticket'") == 50


async def test_a_reminder_reaches_the_customer_once_at_its_time(house: House) -> None:
    result = await house.opener()(call("set_reminder", "k1", text="Send the papers", at=house.later))
    assert (result["reference"], result["kind"], result["at"]) == ("R-1001", "reminder", house.later)
    await house.rest()
    assert (await house.case("R-1001")).deadline == house.clock.now() + timedelta(hours=3)
    await house.fire()
    await house.fire()
    assert [(stream, notice.notice, notice.fields) for stream, notice in house.customer] == [
        (HERE, "reminder", {"text": "Send the papers"})
    ]
    assert (await house.case("R-1001")).step == "sent" and not house.owners


async def test_a_call_shows_the_number_that_the_channel_knows(house: House) -> None:
    opener = house.opener()
    here = await opener(call("schedule_call", "k1", topic="Customs", at=house.later))
    there = await opener(call("schedule_call", "k2", contact=WA, topic="Customs", at=house.later))
    given = await opener(call("schedule_call", "k3", topic="Customs", at=house.later, phone="+34 600 1"))
    assert [each["title"] for each in (here, there, given)] == ["Customs", "Customs (+4917)", "Customs (+34 600 1)"]
    await house.rest()
    assert [each.notice for each in house.owners] == ["case_opened"] * 3
    await house.order("C-1001", "move", key="o1", at=house.clock.now() + timedelta(days=900))
    assert (await house.case("C-1001")).deadline == house.clock.now() + timedelta(days=900)
    assert [notice.fields["step"] for _, notice in house.customer] == ["scheduled"]


async def test_a_refund_shows_what_is_to_be_paid_and_may_be_cancelled(house: House) -> None:
    result = await house.opener()(call("give_refund", "k1", amount="12.50", reason="The tart was stale"))
    assert (result["reference"], result["kind"]) == ("M-1001", "refund")
    assert "12" in str(result["title"]) and "50" in str(result["title"])
    await house.rest()
    (told,) = house.owners
    assert (told.notice, told.fields["text"]) == ("case_opened", "The tart was stale")
    await house.order("M-1001", "cancel", key="o1")
    assert (await house.case("M-1001")).step == "cancelled"


@pytest.mark.parametrize(
    ("name", "arguments"),
    [
        ("give_refund", {"amount": "-1", "reason": "x"}),
        ("set_reminder", {"text": "x", "at": "2026-11-27T11:59:00Z"}),
        ("set_reminder", {"text": "x", "at": "2027-12-01T12:00:00Z"}),
        ("set_reminder", {"text": "x", "at": "2026-11-28T12:00:00"}),
        ("schedule_call", {"topic": "x", "at": "2026-11-27T12:00:00Z"}),
        ("start_case", {"kind": "shipment", "title": "x"}),
        ("start_case", {"kind": "call", "title": "x"}),
        ("start_case", {"kind": "coup", "title": "x"}),
        ("create_ticket", {"title": ""}),
        ("create_ticket", {"title": "x", "owner": "me"}),
        ("update_profile", {"what": "tone", "value": "x"}),
    ],
)
async def test_what_cannot_be_opened_is_refused_and_takes_no_number(
    house: House, name: str, arguments: dict[str, Any]
) -> None:
    with pytest.raises(Rejected):
        await house.opener()(call(name, "k1", **arguments))
    assert await house.rows.fetchval("SELECT count(*) FROM case_numbers") == 0
    assert await house.rows.fetchval("SELECT count(*) FROM inbox") == 0


async def test_cases_are_opened_for_known_customers_and_reminders_for_those_who_want_them(house: House) -> None:
    result = await house.opener()(call("start_case", "k1", kind="ticket", title="Return of a pallet"))
    assert result["kind"] == "ticket"
    for contact in (None, contact_id(TENANT, "telegram", "nobody")):
        with pytest.raises(Rejected):
            await house.opener()(call("create_ticket", "k2", contact=contact, title="x"))
    await house.rows.execute(
        "INSERT INTO profiles (tenant_id, contact_id, opted_out) VALUES (2, $1, '{reminders}')", TG
    )
    with pytest.raises(Rejected, match="opted out"):
        await house.opener()(call("set_reminder", "k3", text="x", at=house.later))


# Cancelling


async def test_a_customer_cancels_their_case_once_and_the_owners_hear_of_it(house: House) -> None:
    reference = await house.ticket()
    cancel = CancelCase(house.database, house.engine.recorder)
    assert await cancel(call("cancel_case", "k2", reference=reference.lower())) == {"reference": reference}
    await house.rest()
    assert (await house.case(reference)).step == "cancelled"
    assert await cancel(call("cancel_case", "k2", reference=reference)) == {"reference": reference}
    await house.rest()
    assert [(each.notice, each.fields.get("step")) for each in house.owners] == [
        ("case_opened", None), ("case_news", "cancelled"),
    ]  # fmt: skip
    assert not house.customer
    with pytest.raises(Rejected, match="closed"):
        await cancel(call("cancel_case", "k3", reference=reference))


async def test_nobody_cancels_what_is_not_theirs(house: House) -> None:
    reference = await house.ticket()
    cancel = CancelCase(house.database, house.engine.recorder)
    for contact, name in ((WA, reference), (TG, "T-9999"), (TG, "BA-20417"), (TG, "")):
        with pytest.raises(Rejected):
            await cancel(call("cancel_case", "k2", contact=contact, reference=name))
    await house.rest()
    assert (await house.case(reference)).step == "open"
    await link(house)  # one person now
    await cancel(call("cancel_case", "k2", contact=WA, reference=reference))
    await house.rest()
    assert (await house.case(reference)).step == "cancelled"


# Messages


async def test_a_message_goes_here_or_to_the_channel_that_a_code_has_joined(house: House) -> None:
    send = SendMessage(house.database, house.engine.recorder)
    assert await send(call("send_message", "k1", text="The address")) == {"channel": "telegram"}
    with pytest.raises(Rejected):
        await send(call("send_message", "k2", text="The address", channel="whatsapp"))
    await link(house)
    for _ in range(2):
        assert await send(call("send_message", "k3", text="The address", channel="whatsapp")) == {"channel": "whatsapp"}
    await house.rest()
    assert [(stream, notice.notice, notice.fields) for stream, notice in house.customer] == [
        (HERE, "message", {"text": "The address"}), (THERE, "message", {"text": "The address"}),
    ]  # fmt: skip


# Profiles


@pytest.mark.parametrize(
    ("what", "value", "kept", "before"),
    [
        ("tone", "short  and\nformal", "short and formal", ""),
        ("delivery", "after 6 pm", "after 6 pm", ""),
    ],
)  # fmt: skip
async def test_a_wish_is_noted_and_taken_back(house: House, what: str, value: str, kept: str, before: str) -> None:
    update = UpdateProfile(house.database, house.clock)
    result = await update(call("update_profile", "k1", approval=APPROVAL, what=what, value=value))
    assert result == {"what": what, "value": kept, "before": before}
    assert await noted(house, what) == kept
    await approved(house, call("update_profile", "k1", approval=APPROVAL, what=what, value=value), result)
    undone = await taker(house)(call("take_back", "k2", approval=APPROVAL))
    assert undone == {"what": what, "value": before, "action": "update_profile"}
    assert await noted(house, what) == before


async def test_what_has_been_changed_since_is_left_as_it_is(house: House) -> None:
    update = UpdateProfile(house.database, house.clock)
    first = call("update_profile", "k1", approval=APPROVAL, what="tone", value="short")
    result = await update(first)
    house.clock.advance(60)
    await update(call("update_profile", "k2", what="tone", value="formal"))
    await approved(house, first, result)
    with pytest.raises(Rejected, match="since"):
        await taker(house)(call("take_back", "k3", approval=APPROVAL))
    assert await noted(house, "tone") == "formal"


async def test_nothing_is_noted_of_who_does_not_want_it(house: House) -> None:
    await house.rows.execute("INSERT INTO profiles (tenant_id, contact_id, consent) VALUES (2, $1, 'withdrawn')", TG)
    update = UpdateProfile(house.database, house.clock)
    with pytest.raises(Rejected):
        await update(call("update_profile", "k1", what="tone", value="short"))
    assert not (await house.person()).preferences


# Taking back


def taker(house: House) -> TakeBack:
    undoers = {
        "open_case": CancelOpened(house.database, house.engine.recorder),
        "update_profile": RestoreProfile(house.database, house.clock),
    }
    return TakeBack(house.database, undoers)


async def noted(house: House, what: str) -> str:
    return (await house.person()).preferences.get(what, "")


async def approved(house: House, done: ActionCall, result: dict[str, JsonValue], undone_by: str | None = "k2") -> None:
    """As admission leaves it: the use is written down, and the approval used up and about to be undone."""
    await house.rows.execute(
        "INSERT INTO approvals (tenant_id, approval_id, stream_id, kind, status, question, reason, contact_name, "
        "channel, action, action_hash, expires_at, used_by, undone_by) "
        "VALUES (2, $1, $2, 'action', 'undone', '', '', 'Ana', 'telegram', '{}', 'h', clock_timestamp(), $3, $4)",
        APPROVAL, HERE, done.key, undone_by,
    )  # fmt: skip
    async with house.database.tenant(TENANT) as tx:
        await begin_use(tx, TENANT, done, 0)
        await end_use(tx, TENANT, done.key, "done", result, "")


async def test_what_an_approval_opened_is_cancelled_and_the_customer_told(house: House) -> None:
    asked = call("schedule_call", "k1", approval=APPROVAL, topic="Customs", at=house.later)
    result = await house.opener()(asked)
    await approved(house, asked, result)
    take_back = taker(house)
    for _ in range(2):  # the second time as after a crash
        undone = await take_back(call("take_back", "k2", approval=APPROVAL))
        assert undone["action"] == "schedule_call"
        await house.rest()
    assert (await house.case("C-1001")).step == "cancelled"
    assert [(notice.notice, notice.fields["step"]) for _, notice in house.customer] == [("case_news", "cancelled")]
    async with house.database.tenant(TENANT, readonly=True) as tx:
        use = await find_use_of_approval(tx, TENANT, APPROVAL)
    assert use is not None and use.status == "undone"
    with pytest.raises(Rejected, match="before"):
        await take_back(call("take_back", "k3", approval=APPROVAL))


async def test_a_crash_before_the_use_is_marked_undoes_once(house: House) -> None:
    asked = call("schedule_call", "k1", approval=APPROVAL, topic="Customs", at=house.later)
    await approved(house, asked, await house.opener()(asked))
    async with house.database.tenant(TENANT, readonly=True) as tx:
        use = await find_use_of_approval(tx, TENANT, APPROVAL)
    assert use is not None
    undo = call("take_back", "k2", approval=APPROVAL)
    await CancelOpened(house.database, house.engine.recorder)(undo, use)
    await house.rest()
    assert await taker(house)(undo) == {"reference": "C-1001", "action": "schedule_call"}
    await house.rest()
    assert len(house.customer) == 1


async def test_there_is_nothing_to_take_back_of_what_is_over_or_was_never_done(house: House) -> None:
    take_back = taker(house)
    for approval in (None, APPROVAL):
        with pytest.raises(Rejected):
            await take_back(call("take_back", "k2", approval=approval))
    asked = call("set_reminder", "k1", approval=APPROVAL, text="Send the papers", at=house.later)
    await approved(house, asked, await house.opener()(asked))
    await house.rest()
    await house.fire()
    with pytest.raises(Rejected, match="closed"):
        await take_back(call("take_back", "k2", approval=APPROVAL))


async def test_a_tenants_own_action_is_taken_back_by_whoever_is_named_for_it(house: House) -> None:
    seen: list[str] = []

    async def undo(call: ActionCall, use: Any) -> dict[str, JsonValue]:
        seen.append(orjson.dumps(use.result).decode())
        return {"status": 204}

    own = call("credit_invoice", "k1", approval=APPROVAL, amount="12.50")
    await approved(house, own, {"id": "9"})
    undone = await TakeBack(house.database, {"http": undo})(call("take_back", "k2", approval=APPROVAL))
    assert undone == {"status": 204, "action": "credit_invoice"} and seen == ['{"id":"9"}']
