"""The cases of `db/office`; see `test_functions.py`."""

from collections.abc import Awaitable, Callable
from datetime import timedelta
from typing import Any

from core.ids import ApprovalId, MemberId, TenantId
from core.office.inbox import Place
from db.database import Transaction
from db.office import inbox, knowledge, money, notes, operator, people, reports, settings, watches
from tests.isolation.two_tenants import AT, Belongings

OFFICE_CALLS: dict[Callable[..., Any], Callable[[Transaction, TenantId, Belongings], Awaitable[Any]]] = {
    notes.list_notes: lambda tx, t, b: notes.list_notes(tx, t, b.stream, 9),
    settings.read_business: lambda tx, t, b: settings.read_business(tx, t),
    settings.list_account_views: lambda tx, t, b: settings.list_account_views(tx, t),
    inbox.list_page: lambda tx, t, b: inbox.list_page(
        tx, t, AT, None, 9, after=Place(urgency=0, since=AT, approval_id=b.approval)
    ),
    inbox.count_waiting: lambda tx, t, b: inbox.count_waiting(tx, t, AT),
    inbox.list_open_limits: lambda tx, t, b: inbox.list_open_limits(tx, t, AT),
    inbox.list_old_questions: lambda tx, t, b: inbox.list_old_questions(tx, t, AT + timedelta(1), AT, 9),
    inbox.list_standing: lambda tx, t, b: inbox.list_standing(tx, t, [b.approval]),
    inbox.read_questions: lambda tx, t, b: inbox.read_questions(tx, t, AT),
    money.list_budget_views: lambda tx, t, b: money.list_budget_views(tx, t, "EUR", AT.date()),
    money.read_spending: lambda tx, t, b: money.read_spending(tx, t, "EUR", AT.date(), AT.date()),
    money.read_daily: lambda tx, t, b: money.read_daily(tx, t, "EUR", AT.date(), AT.date()),
    reports.read_activity: lambda tx, t, b: reports.read_activity(tx, t, AT, AT + timedelta(hours=1)),
    reports.read_standing: lambda tx, t, b: reports.read_standing(tx, t),
    reports.count_messages_by_day: lambda tx, t, b: reports.count_messages_by_day(
        tx, t, AT, AT + timedelta(days=1), "UTC"
    ),
    inbox.find_action_end: lambda tx, t, b: inbox.find_action_end(tx, t, ApprovalId(f"used {b.code}")),
    people.list_people: lambda tx, t, b: people.list_people(tx, t),
    people.list_invites: lambda tx, t, b: people.list_invites(tx, t),
    people.find_invited_role: lambda tx, t, b: people.find_invited_role(tx, t, b.invite),
    people.list_held: lambda tx, t, b: people.list_held(tx, t, b.desk),
    knowledge.list_files: lambda tx, t, b: knowledge.list_files(tx, t, 9, 0),
    knowledge.read_file: lambda tx, t, b: knowledge.read_file(tx, t, b.tenant * 11),
    knowledge.read_usage: lambda tx, t, b: knowledge.read_usage(tx, t, f"source {b.code}", AT - timedelta(1)),
    knowledge.list_open_questions: lambda tx, t, b: knowledge.list_open_questions(tx, t, AT - timedelta(1), 9),
    operator.read_overview: lambda tx, t, b: operator.read_overview(tx, t),
    operator.read_card: lambda tx, t, b: operator.read_card(tx, t),
    operator.set_suspended: lambda tx, t, b: operator.set_suspended(tx, t, True),
    operator.mark_deleting: lambda tx, t, b: _suspend_and_mark(tx, t),
    operator.allow_reading: lambda tx, t, b: operator.allow_reading(
        tx, t, key=f"new {b.code}", member=MemberId(b.tenant * 7), reason="to look into it", minutes=30
    ),
    operator.read_words: lambda tx, t, b: operator.read_words(tx, t, MemberId(b.tenant * 7)),
    operator.note_once: lambda tx, t, b: operator.note_once(tx, t, "operator:1", "taken", f"new {b.code}", {}),
    operator.was_noted: lambda tx, t, b: _note_and_ask(tx, t, f"new {b.code}"),
    watches.list_watch_views: lambda tx, t, b: watches.list_watch_views(tx, t, b.watch),
    watches.list_price_views: lambda tx, t, b: watches.list_price_views(tx, t, b.watch),
    watches.count_shipments: lambda tx, t, b: watches.count_shipments(tx, t),
    watches.add_watch: lambda tx, t, b: watches.add_watch(
        tx, t, name=f"watch {b.code}", url="https://taken", every_seconds=7
    ),
    watches.agree_price: lambda tx, t, b: watches.agree_price(
        tx, t, b.watch, item=b.item, micros=7, currency="EUR", seen_micros=7
    ),
    watches.set_watch_interval: lambda tx, t, b: watches.set_watch_interval(tx, t, b.watch, 7),
    watches.remove_watch: lambda tx, t, b: watches.remove_watch(tx, t, b.watch),
}


async def _suspend_and_mark(tx: Transaction, tenant: TenantId) -> bool:
    """Only a suspended one is marked."""
    await operator.set_suspended(tx, tenant, True)
    return await operator.mark_deleting(tx, tenant)


async def _note_and_ask(tx: Transaction, tenant: TenantId, key: str) -> bool:
    await operator.note_once(tx, tenant, "operator:1", "taken", key, {})
    return await operator.was_noted(tx, tenant, "taken", key)
