"""Every function of `db`: called as tenant A it shows and changes nothing of tenant B, whatever ids it is given."""

import inspect
from collections.abc import Awaitable, Callable, Iterator
from dataclasses import replace
from datetime import timedelta
from decimal import Decimal
from importlib import import_module
from pathlib import Path
from types import ModuleType
from typing import Any
from uuid import UUID

import asyncpg
import pytest

import db
from core.actions import ActionCall
from core.business import BusinessRecord, Whose
from core.changes import KeepExample, SaveCase, SaveShared
from core.errors import StewardError
from core.ids import ApprovalId, ContactId, TenantId
from core.money import Money
from core.spending import Attempt, Spending
from core.turns import Passage, TenantProfile
from db import (
    accounts,
    actions,
    cases,
    customers,
    desk,
    history,
    invites,
    knowledge,
    ledger,
    models,
    openings,
    people,
    pictures,
    records,
    shipments,
    spending,
    tenants,
    trace,
    watches,
    whatsapp,
)
from db.database import Transaction
from db.reader import TenantReader
from tests.isolation.conftest import World
from tests.isolation.office_calls import OFFICE_CALLS
from tests.isolation.two_tenants import AT, MARK, A, Belongings, snapshot

Call = Callable[[Transaction, TenantId, Belongings], Awaitable[Any]]
"""The function with its tenant, and everything else it is told from the belongings of B."""


def _profile(tenant: TenantId, b: Belongings) -> TenantProfile:
    return TenantProfile(
        tenant_id=tenant, slug=b.slug, name="taken", language="en", time_zone="UTC", currency="EUR", persona=""
    )


def _turn(b: Belongings) -> trace.TracedTurn:
    return trace.TracedTurn(
        from_seq=1, upto_seq=1, worker_id=1, attempt=0, started_at=AT - timedelta(1), finished_at=AT + timedelta(1),
        trace={}, kind="conversation", mode="bot", channel=None, account_name=None, slug=b.slug, tenant_name="",
        time_zone="UTC",
    )  # fmt: skip


def _limit(b: Belongings) -> Money:
    return Money(micros=int(b.tenant), currency="EUR")


def _entry(tenant: TenantId, b: Belongings, number: int) -> ledger.NewEntry:
    new = UUID(int=number)
    return ledger.NewEntry(
        entry_id=new,
        spending=Spending(
            tenant_id=tenant, stream_id=b.stream, stream_kind="conversation", seq=1, agent=f"agent {b.code}",
            workflow="conversation", channel=None, time_zone="UTC", currency="EUR",
        ),
        attempt=Attempt(call_id=new, kind="chat", provider="p", model="m", deadline=timedelta(1)),
        amount=Money(micros=7, currency="EUR"), certainty="exact", basis="", rate=Decimal(1), rate_date=AT.date(),
        day=AT.date(),
    )  # fmt: skip


def _call(tenant: TenantId, b: Belongings) -> ActionCall:
    return ActionCall(
        tenant_id=tenant, stream_id=b.stream, account_id=b.account, seq=1, key=f"new {b.code}", name=f"action {b.code}",
        arguments={"of": "taken"}, agent="general", contact=ContactId(b.stream),
    )  # fmt: skip


def _approval(state: str, b: Belongings) -> ApprovalId:
    return ApprovalId(f"{state} {b.code}")


def _case(b: Belongings) -> SaveCase:
    return SaveCase(kind="ticket", reference=f"T {b.code}", title="taken", step="taken")


def _example(b: Belongings) -> KeepExample:
    return KeepExample(contact=ContactId(b.stream), question="taken", draft="taken", correction="taken", reason="taken")


def _whose(b: Belongings) -> Whose:
    """Both by the row and by what a channel says of who writes."""
    return Whose(
        contacts=frozenset({ContactId(b.stream)}), channel="whatsapp", external_id=f"person {b.code}", phone=b.phone
    )


def _record(b: Belongings) -> BusinessRecord:
    return BusinessRecord(kind="order", reference=f"order {b.code}", status="taken")


def _file(b: Belongings) -> knowledge.NewFile:
    return knowledge.NewFile(name=f"source {b.code}", origin="text", content_hash=b"taken", call_key="taken")


_PASSAGES = [Passage(source="x", text="x", score=0)]

CALLS: dict[Callable[..., Any], Call] = {
    **OFFICE_CALLS,
    accounts.find_own_account: lambda tx, t, b: accounts.find_own_account(tx, t, b.account),
    accounts.find_own_identity: lambda tx, t, b: accounts.find_own_identity(tx, t, "telegram", f"bot {b.code}"),
    accounts.pause_own_account: lambda tx, t, b: accounts.pause_own_account(tx, t, b.account, paused=True),
    actions.read_uses: lambda tx, t, b: actions.read_uses(tx, t, f"action {b.code}", [ContactId(b.stream)]),
    actions.find_use: lambda tx, t, b: actions.find_use(tx, t, f"done {b.code}"),
    actions.find_use_of_approval: lambda tx, t, b: actions.find_use_of_approval(tx, t, _approval("used", b)),
    actions.begin_use: lambda tx, t, b: actions.begin_use(tx, t, _call(t, b), 7),
    actions.end_use: lambda tx, t, b: actions.end_use(tx, t, f"waiting {b.code}", "done", {"id": "taken"}, "taken"),
    actions.resume_use: lambda tx, t, b: actions.resume_use(tx, t, f"waiting {b.code}"),
    actions.mark_undone: lambda tx, t, b: actions.mark_undone(tx, t, _approval("used", b)),
    actions.find_given: lambda tx, t, b: actions.find_given(tx, t, _approval("used", b)),
    actions.redeem: lambda tx, t, b: actions.redeem(
        tx, t, _approval("given", b), f"new {b.code}", f"hash {b.code}", b.stream
    ),
    actions.redeem_undo: lambda tx, t, b: actions.redeem_undo(
        tx, t, _approval("used", b), f"new {b.code}", b.stream
    ),
    actions.find_owners: lambda tx, t, b: actions.find_owners(tx, t, [("shipment", b.shipment)]),
    actions.save_secret: lambda tx, t, b: actions.save_secret(tx, t, f"secret {b.code}", b"taken"),
    actions.find_secret: lambda tx, t, b: actions.find_secret(tx, t, f"secret {b.code}"),
    actions.list_secrets: lambda tx, t, b: actions.list_secrets(tx, t),
    cases.next_number: lambda tx, t, b: cases.next_number(tx, t, f"kind {b.code}"),
    cases.list_cases_of: lambda tx, t, b: cases.list_cases_of(tx, t, [ContactId(b.stream)]),
    cases.list_open_cases: lambda tx, t, b: cases.list_open_cases(tx, t, 9),
    cases.find_case: lambda tx, t, b: cases.find_case(tx, t, f"T {b.code}"),
    cases.find_case_at: lambda tx, t, b: cases.find_case_at(tx, t, b.stream),
    cases.find_event: lambda tx, t, b: cases.find_event(tx, t, b.event),
    cases.read_shared: lambda tx, t, b: cases.read_shared(tx, t, f"shared {b.code}"),
    cases.save_case: lambda tx, t, b: cases.save_case(tx, t, b.stream, _case(b)),
    cases.save_shared: lambda tx, t, b: cases.save_shared(
        tx, t, SaveShared(key=f"shared {b.code}", expected=1, value={"of": "taken"})
    ),
    cases.keep_example: lambda tx, t, b: cases.keep_example(tx, t, _example(b)),
    customers.find_customer: lambda tx, t, b: customers.find_customer(tx, t, ContactId(b.stream)),
    customers.set_preference: lambda tx, t, b: customers.set_preference(
        tx, t, ContactId(b.stream), "tone", "taken", AT
    ),
    desk.list_members: lambda tx, t, b: desk.list_members(tx, t),
    desk.find_seat: lambda tx, t, b: desk.find_seat(tx, t, b.desk),
    desk.find_member: lambda tx, t, b: desk.find_member(tx, t, b.account, b.chat),
    desk.find_approval: lambda tx, t, b: desk.find_approval(tx, t, b.approval),
    desk.list_open_approvals: lambda tx, t, b: desk.list_open_approvals(tx, t, "pending", 9),
    desk.list_history: lambda tx, t, b: desk.list_history(tx, t, b.stream, 9),
    desk.find_reached_limit: lambda tx, t, b: desk.find_reached_limit(tx, t, "month", "2026-11", _limit(b)),
    desk.read_status: lambda tx, t, b: desk.read_status(tx, t),
    history.recent_messages: lambda tx, t, b: history.recent_messages(
        tx, t, b.stream, 9, upto_seq=9, longest_text=99
    ),
    history.list_told: lambda tx, t, b: history.list_told(
        tx, t, [history.Stretch(b.stream, 0)], since=None, longest_text=99, limit=9
    ),
    history.find_told: lambda tx, t, b: history.find_told(
        tx, t, [(b.stream, seq, n) for seq in range(9) for n in range(3)], longest_text=99
    ),
    invites.create_invite: lambda tx, t, b: invites.create_invite(tx, t, "owner", AT),
    invites.is_invite_open: lambda tx, t, b: invites.is_invite_open(tx, t, b.invite),
    knowledge.list_passages: lambda tx, t, b: knowledge.list_passages(tx, t),
    knowledge.knowledge_version: lambda tx, t, b: knowledge.knowledge_version(tx, t),
    knowledge.bump_knowledge: lambda tx, t, b: knowledge.bump_knowledge(tx, t),
    knowledge.load_folder_passages: lambda tx, t, b: knowledge.load_folder_passages(tx, t, _PASSAGES),
    knowledge.find_file: lambda tx, t, b: knowledge.find_file(tx, t, b.tenant * 11),
    knowledge.find_file_named: lambda tx, t, b: knowledge.find_file_named(tx, t, f"source {b.code}"),
    knowledge.find_file_linked: lambda tx, t, b: knowledge.find_file_linked(tx, t, f"https://{b.code}.example"),
    knowledge.find_written_file: lambda tx, t, b: knowledge.find_written_file(tx, t, f"call {b.code}"),
    knowledge.count_pieces: lambda tx, t, b: knowledge.count_pieces(tx, t, besides=A * 11),
    knowledge.write_file: lambda tx, t, b: knowledge.write_file(tx, t, _file(b), _PASSAGES, over=b.tenant * 11),
    knowledge.remove_file: lambda tx, t, b: knowledge.remove_file(tx, t, b.tenant * 11),
    knowledge.note_checked: lambda tx, t, b: knowledge.note_checked(tx, t, b.tenant * 11, "taken", None),
    knowledge.close_gaps: lambda tx, t, b: knowledge.close_gaps(tx, t, [_approval("gap", b)]),
    knowledge.claim_due_refreshes: lambda tx, t, b: knowledge.claim_due_refreshes(tx, AT + timedelta(days=1), 9),
    knowledge.replace_passages: lambda tx, t, b: knowledge.replace_passages(tx, t, _PASSAGES),
    ledger.reserve_spend: lambda tx, t, b: ledger.reserve_spend(tx, t, _entry(t, b, 7), keep_free=Decimal(0)),
    ledger.settle_spend: lambda tx, t, b: ledger.settle_spend(
        tx, t, b.stream, ledger.Closing(cost_micros=3, certainty="exact", basis="taken")
    ),
    ledger.release_spend: lambda tx, t, b: ledger.release_spend(tx, t, b.stream, "taken"),
    ledger.refuse_spend: lambda tx, t, b: ledger.refuse_spend(tx, t, _entry(t, b, 8), "taken"),
    ledger.list_standings: lambda tx, t, b: ledger.list_standings(
        tx, t, replace(_entry(t, b, 9).spending, agent="any"), AT.date()
    ),
    ledger.expire_spend: lambda tx, t, b: ledger.expire_spend(tx, 99),
    ledger.take_budget_alerts: lambda tx, t, b: ledger.take_budget_alerts(tx, 99),
    ledger.drop_old_spend: lambda tx, t, b: ledger.drop_old_spend(tx, older=timedelta(0), limit=99),
    models.list_model_keys: lambda tx, t, b: models.list_model_keys(tx, t),
    models.save_model_key: lambda tx, t, b: models.save_model_key(tx, t, f"provider {b.code}", b"taken"),
    models.delete_model_key: lambda tx, t, b: models.delete_model_key(tx, t, f"provider {b.code}"),
    models.note_key_trouble: lambda tx, t, b: models.note_key_trouble(tx, t, f"provider {b.code}", 1, "taken"),
    models.read_model_policy: lambda tx, t, b: models.read_model_policy(tx, t),
    models.save_model_policy: lambda tx, t, b: models.save_model_policy(tx, t, {"allowed": "taken"}),
    models.list_model_outcomes: lambda tx, t, b: models.list_model_outcomes(tx, t),
    people.read_person: lambda tx, t, b: people.read_person(tx, t, ContactId(b.stream)),
    people.list_facts: lambda tx, t, b: people.list_facts(tx, t, ContactId(b.stream)),
    people.read_summary: lambda tx, t, b: people.read_summary(tx, t, b.stream),
    people.find_link: lambda tx, t, b: people.find_link(tx, t, ContactId(b.stream), "whatsapp", f"{b.tenant:08}"),
    people.list_said: lambda tx, t, b: people.list_said(
        tx, t, b.stream, after_seq=0, upto_seq=9, limit=9, longest_text=99
    ),
    pictures.save_picture: lambda tx, t, b: pictures.save_picture(
        tx, t, b.stream, pictures.Picture(mime="image/png", data=b"taken")
    ),
    pictures.find_picture: lambda tx, t, b: pictures.find_picture(tx, t, b.stream),
    pictures.drop_old_pictures: lambda tx, t, b: pictures.drop_old_pictures(tx, 9),
    records.list_shipments_of: lambda tx, t, b: records.list_shipments_of(tx, t, _whose(b), None),
    records.list_records_of: lambda tx, t, b: records.list_records_of(
        tx, t, _whose(b), "invoice", f"invoice {b.code}"
    ),
    records.save_record: lambda tx, t, b: records.save_record(
        tx, t, _record(b), channel="whatsapp", contact_external_id=f"person {b.code}"
    ),
    shipments.find_connection: lambda tx, t, b: shipments.find_connection(tx, b.path),
    shipments.find_known_events: lambda tx, t, b: shipments.find_known_events(tx, t, [b.event]),
    shipments.lock_shipments: lambda tx, t, b: shipments.lock_shipments(tx, t, [b.shipment]),
    shipments.save_reports: lambda tx, t, b: shipments.save_reports(
        tx, t, [shipments.Report(reference=b.shipment, status="taken", eta=AT, at=AT)]
    ),
    shipments.find_contacts_of_phones: lambda tx, t, b: shipments.find_contacts_of_phones(tx, t, [b.phone]),
    shipments.list_customer_accounts: lambda tx, t, b: shipments.list_customer_accounts(tx, t),
    shipments.find_known_streams: lambda tx, t, b: shipments.find_known_streams(tx, t, [b.stream]),
    spending.report_spending: lambda tx, t, b: spending.report_spending(tx, t, AT.date(), AT.date(), "model"),
    spending.count_resolved_questions: lambda tx, t, b: spending.count_resolved_questions(tx, t, AT.date(), AT.date()),
    spending.count_documents: lambda tx, t, b: spending.count_documents(tx, t, AT.date(), AT.date()),
    spending.list_budgets: lambda tx, t, b: spending.list_budgets(tx, t, "EUR", AT.date()),
    spending.list_turn_attempts: lambda tx, t, b: spending.list_turn_attempts(tx, t, b.stream, 1, 1),
    tenants.new_tenant_id: lambda tx, t, b: tenants.new_tenant_id(tx),
    tenants.save_tenant: lambda tx, t, b: tenants.save_tenant(tx, _profile(t, b)),
    tenants.find_slug: lambda tx, t, b: tenants.find_slug(tx, b.slug),
    tenants.save_account: lambda tx, t, b: tenants.save_account(
        tx, t, channel="telegram", role="admin", external_id=f"bot {b.code}", name="taken", path_id="taken",
        delivery="webhook", secrets=b"taken",
    ),
    tenants.list_tenant_accounts: lambda tx, t, b: tenants.list_tenant_accounts(tx, t),
    tenants.save_watch: lambda tx, t, b: tenants.save_watch(
        tx, t, kind="price_list", name=f"watch {b.code}", settings={"url": "taken"}, every_seconds=7
    ),
    tenants.save_agreed_price: lambda tx, t, b: tenants.save_agreed_price(
        tx, t, b.watch, item=b.item, agreed_micros=9, currency="USD"
    ),
    tenants.add_shipment: lambda tx, t, b: tenants.add_shipment(
        tx, t, reference=f"new {b.shipment}", status="taken", promised_at=AT, eta=None, channel=None,
        contact_external_id=None, language="de",
    ),
    tenants.save_connection: lambda tx, t, b: tenants.save_connection(
        tx, t, kind="carrier", name=f"carrier {b.code}", path_id="taken", secrets=b"taken"
    ),
    tenants.has_owner: lambda tx, t, b: tenants.has_owner(tx, t),
    openings.save_ceiling: lambda tx, t, b: openings.save_ceiling(tx, t, 7),
    openings.save_settings: lambda tx, t, b: openings.save_settings(tx, t, '{"about": "taken"}'),
    openings.seat_first_owner: lambda tx, t, b: openings.seat_first_owner(
        tx, t, name="taken", language=None, account=b.account, chat=f"new {b.code}", desk=b.stream,
        budget=Money(micros=1, currency="EUR"),
    ),
    openings.note_folder: lambda tx, t, b: openings.note_folder(tx, t, b"taken"),
    trace.find_turn: lambda tx, t, b: trace.find_turn(tx, t, b.stream, 1),
    trace.find_place: lambda tx, t, b: trace.find_place(tx, t, b.stream),
    trace.list_events: lambda tx, t, b: trace.list_events(tx, t, b.stream, 0, 9),
    trace.list_messages: lambda tx, t, b: trace.list_messages(tx, t, b.stream, 0, 9),
    trace.list_effects: lambda tx, t, b: trace.list_effects(tx, t, b.stream, 1),
    trace.list_approvals: lambda tx, t, b: trace.list_approvals(tx, t, b.stream, _turn(b), [b.approval]),
    trace.list_dead_letters: lambda tx, t, b: trace.list_dead_letters(tx, t, b.stream, 0, 9),
    trace.list_latest_turns: lambda tx, t, b: trace.list_latest_turns(tx, t, 9),
    watches.claim_due_watches: lambda tx, t, b: watches.claim_due_watches(tx, AT + timedelta(days=1), 9),
    watches.find_watch: lambda tx, t, b: watches.find_watch(tx, t, b.watch),
    watches.list_agreed_prices: lambda tx, t, b: watches.list_agreed_prices(tx, t, b.watch),
    watches.note_price: lambda tx, t, b: watches.note_price(tx, t, b.watch, b.item, 9),
    watches.note_watch_run: lambda tx, t, b: watches.note_watch_run(tx, t, b.watch, "taken"),
    whatsapp.count_whatsapp_message: lambda tx, t, b: whatsapp.count_whatsapp_message(
        tx, t, b.account, AT.date(), "service"
    ),
    whatsapp.take_back_whatsapp_message: lambda tx, t, b: whatsapp.take_back_whatsapp_message(
        tx, t, b.account, AT.date(), "service"
    ),
    whatsapp.read_whatsapp_messages: lambda tx, t, b: whatsapp.read_whatsapp_messages(tx, t, b.account, AT.date()),
}  # fmt: skip
READS = {
    "members": lambda r, b: r.members(),
    "member_at": lambda r, b: r.member_at(b.account, b.chat),
    "approval": lambda r, b: r.approval(b.approval),
    "pending_approvals": lambda r, b: r.pending_approvals(9),
    "taken_over": lambda r, b: r.taken_over(9),
    "history": lambda r, b: r.history(b.stream, 9),
    "status": lambda r, b: r.status(),
    "invite_open": lambda r, b: r.invite_open(b.invite),
    "person": lambda r, b: r.person(ContactId(b.stream)),
    "find_link": lambda r, b: r.find_link(ContactId(b.stream), "whatsapp", f"{b.tenant:08}"),
    "reached_limit": lambda r, b: r.reached_limit("month", "2026-11", _limit(b)),
    "shipments": lambda r, b: r.shipments(_whose(b), b.shipment),
    "records": lambda r, b: r.records(_whose(b), "invoice", None),
    "owners": lambda r, b: r.owners([("invoice", f"invoice {b.code}"), ("case", f"T {b.code}")]),
    "action_uses": lambda r, b: r.action_uses(f"action {b.code}", [ContactId(b.stream)]),
    "cases_of": lambda r, b: r.cases_of([ContactId(b.stream)]),
    "open_cases": lambda r, b: r.open_cases(9),
    "find_case": lambda r, b: r.find_case(f"T {b.code}"),
    "shared": lambda r, b: r.shared(f"shared {b.code}"),
}
NOT_OF_TENANTS = {
    "db.accounts.lock_identity": "takes a lock for the rest of the transaction; reads no rows",
    "db.actions.lock_action": "takes a lock for the rest of the transaction; reads no rows",
    "db.cache.forget_tenant": "Redis, by the tenant's own prefix",
    "db.cache.ping_redis": "asks whether Redis answers",
    "db.health.inspect_database": "doctor's look at the server, as the schema's owner; reads no tenant's rows",
    "db.rates.list_exchange_rates": "the operator's, the same for every tenant",
    "db.rates.save_exchange_rate": "the operator's; engine role only",
    "db.migrations.migrate": "changes the schema, as its owner; runs before anything else",
}
ENGINE_ONLY = {tenants.new_tenant_id, ledger.drop_old_spend, pictures.drop_old_pictures}
"""Refused to the app altogether, so that there is no case in which it shows something."""


def _modules() -> Iterator[ModuleType]:
    root = Path(db.__path__[0])
    for path in sorted([*root.glob("*.py"), *(root / "office").glob("*.py")]):
        parts = path.relative_to(root.parent).with_suffix("").parts
        yield import_module(".".join(part for part in parts if part != "__init__"))


def _functions() -> Iterator[Callable[..., Any]]:
    for module in _modules():
        for name, function in vars(module).items():
            own = getattr(function, "__module__", "") == module.__name__
            if own and not name.startswith("_") and inspect.iscoroutinefunction(function):
                yield function


def _name(function: Callable[..., Any]) -> str:
    return f"{function.__module__}.{function.__qualname__}"


def test_every_function_has_its_case() -> None:
    found = set(_functions())
    missing = {_name(f) for f in found - CALLS.keys()} - NOT_OF_TENANTS.keys()
    assert not missing, f"add to CALLS: {sorted(missing)}"
    assert set(CALLS) <= found
    assert {_name(f) for f in found} >= NOT_OF_TENANTS.keys()
    methods = {n for n, m in vars(TenantReader).items() if not n.startswith("_") and inspect.iscoroutinefunction(m)}
    assert methods == READS.keys()


async def _attempt(world: World, seen: TenantId, told: TenantId, call: Call) -> object:
    """What the function returns in a transaction that sees one tenant and is told one; the error where it raises."""
    try:
        async with world.database.tenant(seen) as tx:
            return await call(tx, told, world.b)
    except (asyncpg.PostgresError, LookupError, StewardError) as error:
        return error


@pytest.mark.parametrize("function", list(CALLS), ids=_name)
@pytest.mark.parametrize("told", ["a", "b"])
async def test_nothing_of_another_tenant_is_seen_or_changed(
    world: World, function: Callable[..., Any], told: str
) -> None:
    before = await snapshot(world.owner, world.b.tenant)
    tenant = world.a.tenant if told == "a" else world.b.tenant
    outcome = await _attempt(world, world.a.tenant, tenant, CALLS[function])
    assert await snapshot(world.owner, world.b.tenant) == before
    if not isinstance(outcome, Exception):
        assert MARK not in repr(outcome)
    # The same call by B itself shows or changes something: otherwise this test could not fail.
    own = await _attempt(world, world.b.tenant, world.b.tenant, CALLS[function])
    if function in ENGINE_ONLY:
        assert isinstance(own, asyncpg.InsufficientPrivilegeError)
        return
    assert not isinstance(own, Exception), repr(own)
    changed = await snapshot(world.owner, world.b.tenant) != before
    assert changed or repr(own) != repr(outcome)


@pytest.mark.parametrize("name", list(READS))
async def test_a_reader_shows_nothing_of_another_tenant(world: World, name: str) -> None:
    await world.owner.execute(
        "UPDATE approvals SET status = CASE WHEN $1 THEN 'take_over' ELSE 'pending' END", name == "taken_over"
    )
    of_a = await READS[name](TenantReader(world.database, world.a.tenant), world.b)
    of_b = await READS[name](TenantReader(world.database, world.b.tenant), world.b)
    assert MARK not in repr(of_a)
    assert repr(of_a) != repr(of_b)
