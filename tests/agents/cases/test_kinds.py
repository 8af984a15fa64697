"""Tickets, calls and reminders: whatever happens in whatever order, they keep their promises."""

from datetime import timedelta
from itertools import pairwise
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from agents.cases.kinds import KINDS, call, price_watch, refund, reminder, ticket
from agents.cases.machine import Machine, TellCustomer, TellOwners
from agents.cases.timing import Retry
from core.actions import ProposedAction
from core.changes import SaveCase
from core.events import ActionResult, CaseOrder, Event, TimerFired
from tests.agents.cases.world import CONTACT, CONVERSATION, NOON, Case, Run, opening

MACHINES: dict[str, Machine[Any]] = {
    "ticket": Machine(
        kind="ticket", empty=ticket.TicketState(), advance=ticket.advance, describe=ticket.describe
    ),
    "call": Machine(kind="call", empty=call.CallState(), advance=call.advance, describe=call.describe),
    "reminder": Machine(
        kind="reminder", empty=reminder.ReminderState(), advance=reminder.advance, describe=reminder.describe
    ),
    "refund": Machine(kind="refund", empty=refund.RefundState(), advance=refund.advance, describe=refund.describe),
    "price_watch": Machine(
        kind="price_watch", empty=price_watch.PriceWatch(), advance=price_watch.advance, describe=price_watch.describe
    ),
}  # fmt: skip
HOUR, DAY = timedelta(hours=1), timedelta(days=1)
AT = (NOON + 3 * HOUR).isoformat()
FIELDS: dict[str, dict[str, Any]] = {
    "ticket": {"details": "Two boxes are crushed", "urgent": False}, "call": {"at": AT},
    "reminder": {"at": AT, "text": "Send the papers"}, "refund": {"amount": "12.50", "reason": "The cake was stale"},
}  # fmt: skip
ASKED = ("ticket", "call", "reminder", "refund")
ORDERS = st.builds(
    CaseOrder,
    order=st.sampled_from(["start", "done", "cancel", "note", "move"]),
    by=st.sampled_from(["member", "customer"]),
    text=st.sampled_from(["", "We call the carrier"]),
    at=st.none() | st.integers(-48, 48).map(lambda hours: NOON + hours * HOUR),
)
STRAY: st.SearchStrategy[Event] = st.one_of(
    st.builds(
        TimerFired, name=st.sampled_from(["due", "soon", "at", "again", "x"]),
        payload=st.sampled_from([{}, {"at": NOON.timestamp()}, {"at": "soon"}]),
    ),
    st.builds(
        ActionResult, action=st.just("check_price_list"), key=st.just("k"), ok=st.booleans(),
        result=st.sampled_from([{}, {"error_kind": "Transient"}, {"error_kind": "Rejected"}, {"supplier": "S"}]),
    ),
    st.builds(opening, st.sampled_from([*ASKED, "x"]), at=st.just(AT), text=st.just("Now"), amount=st.just("5")),
)  # fmt: skip
SPANS = st.integers(0, 60).map(lambda hours: hours * HOUR)


def begin(kind: str, **fields: Any) -> Run[Any]:
    run = Run(MACHINES[kind], MACHINES[kind].empty)
    run.take(opening(kind, **(FIELDS[kind] | fields)))
    return run


def order(what: Any, by: Any = "member", **more: Any) -> CaseOrder:
    return CaseOrder(order=what, by=by, **more)


@settings(deadline=None)
@pytest.mark.parametrize("kind", ASKED)
@given(steps=st.lists(st.one_of(ORDERS, STRAY, SPANS), max_size=14))
def test_whatever_happens_a_closed_case_stays_closed_and_nobody_is_flooded(kind: str, steps: list[Any]) -> None:
    run = begin(kind)
    moves = 0
    for step in steps:
        was_closed, before = run.closed, run.state
        if isinstance(step, timedelta):
            run.wait(step)
        else:
            moved = run.take(step)
            moves += bool(isinstance(step, CaseOrder) and step.order == "move" and moved.timers)
            if was_closed:
                assert (moved.effects, moved.timers) == ((), ())
        if was_closed:
            assert run.state == before
        if run.closed:
            assert not run.armed
    due = [each for each in run.told_owners if each.notice.notice == "case_due"]
    most = {"ticket": ticket.MOST_REMINDERS, "refund": refund.MOST_REMINDERS, "call": 2 * (1 + moves), "reminder": 0}
    assert len(due) <= most[kind]
    assert sum(each.notice.notice == "case_opened" for each in run.told_owners) == (kind != "reminder")
    assert sum(each.notice.notice == "reminder" for each in run.told_customer) <= 1
    assert run.row is not None and run.row.step in KINDS[kind].views
    assert all(each.conversation == CONVERSATION for each in run.told_customer)


@settings(deadline=None)
@given(steps=st.lists(st.one_of(st.just("tick"), STRAY, SPANS), max_size=20))
def test_a_watch_never_tries_more_often_than_it_may(steps: list[Any]) -> None:
    run = Run(MACHINES["price_watch"], MACHINES["price_watch"].empty)
    for step in steps:
        if step == "tick":
            run.take(TimerFired(name="price_list", payload={"watch_id": 4}))
        elif isinstance(step, timedelta):
            run.wait(step)
        else:
            run.take(step)
        assert run.state.attempts < price_watch.RETRY.most
        assert "again" not in run.armed or (run.state.step == "checking" and run.state.attempts)
        assert run.row is None or run.row.step in KINDS["price_watch"].views


@given(st.text(max_size=20), st.integers(1, 12), st.integers(1, 9))
def test_pauses_grow_and_are_the_same_again(case: str, most: int, seconds: int) -> None:
    retry = Retry(most=most, first=timedelta(seconds=seconds), longest=timedelta(days=400))
    pauses = [retry.pause(case, attempt) for attempt in range(1, most + 1)]
    assert pauses == [retry.pause(case, attempt) for attempt in range(1, most + 1)]
    assert all(one < other for one, other in pairwise(pauses))
    attempts, tries = 0, 1
    while (again := retry.after_failure(case, attempts, NOON, "again")).timer is not None:
        assert again.attempts == attempts + 1 and again.timer.due_at == NOON + pauses[attempts]
        attempts, tries = again.attempts, tries + 1
    assert (tries, again.attempts) == (most, most)


def test_cases_that_failed_together_do_not_come_back_together_and_no_pause_is_endless() -> None:
    retry = Retry(most=60, first=timedelta(minutes=1), longest=timedelta(hours=1))
    assert len({retry.pause(f"T-{number}", 1) for number in range(50)}) == 50
    assert retry.pause("T-1", 59) <= timedelta(hours=1) * 1.25


@pytest.mark.parametrize(("urgent", "first"), [(True, 4 * HOUR), (False, 24 * HOUR)])
def test_owners_are_reminded_of_a_ticket_three_times(urgent: bool, first: timedelta) -> None:
    run = begin("ticket", urgent=urgent)
    (opened,) = run.told_owners
    assert opened.notice.fields == {
        "reference": "T-1001", "kind": "ticket", "title": "Broken pallet", "customer": "Ana", "urgent": urgent,
        "text": "Two boxes are crushed",
    }  # fmt: skip
    run.wait(first - timedelta(seconds=1))
    assert len(run.told_owners) == 1
    run.wait(timedelta(seconds=1))
    assert run.told_owners[1].notice.fields == {
        "reference": "T-1001", "kind": "ticket", "title": "Broken pallet", "customer": "Ana", "step": "open",
    }  # fmt: skip
    run.take(order("start"))
    run.wait(DAY)
    assert run.told_owners[2].notice.fields["step"] == "in_progress"
    run.wait(30 * DAY)
    assert len(run.told_owners) == 4 and not run.armed
    assert run.row == SaveCase(
        kind="ticket", reference="T-1001", title="Broken pallet", step="in_progress", contact=CONTACT,
        conversation=CONVERSATION, deadline=NOON + first,
    )  # fmt: skip


def test_a_customer_hears_of_each_step_of_a_ticket_and_owners_of_what_the_customer_does() -> None:
    run = begin("ticket")
    for what, text in (("start", ""), ("note", "The carrier answers tomorrow"), ("done", "A new pallet is on its way")):
        run.take(order(what, text=text))
    assert [(each.notice.fields["step"], each.notice.fields["text"]) for each in run.told_customer] == [
        ("in_progress", ""), ("in_progress", "The carrier answers tomorrow"), ("done", "A new pallet is on its way"),
    ]  # fmt: skip
    other = begin("ticket")
    other.take(order("note", "customer", text="Three boxes"))
    other.take(order("start", "customer"))
    other.take(order("cancel", "customer"))
    news = [each.notice.fields for each in other.told_owners if each.notice.notice == "case_news"]
    assert [(each["step"], each["text"]) for each in news] == [("open", "Three boxes"), ("cancelled", "")]
    assert not other.told_customer


@pytest.mark.parametrize("kind", ["ticket", "call", "refund"])
@pytest.mark.parametrize("steps", [(), ("start",), ("wait",)])
@pytest.mark.parametrize("by", ["member", "customer"])
def test_cancelling_at_any_step_ends_it_with_a_word_to_the_other_side(kind: str, steps: tuple[str], by: str) -> None:
    run = begin(kind)
    for step in steps:
        if step == "wait":
            run.wait(4 * HOUR)
        else:
            run.take(order(step))
    cancelled = run.take(order("cancel", by))
    assert run.closed and not run.armed
    (told,) = cancelled.effects
    assert isinstance(told, TellCustomer if by == "member" else TellOwners)
    assert told.notice.fields["step"] == "cancelled"
    assert run.row is not None and run.row.closed


def test_a_refund_is_paid_by_a_member_and_owners_are_reminded_of_it() -> None:
    run = begin("refund")
    (told,) = run.told_owners
    assert told.notice.fields["text"] == "The cake was stale"
    run.wait(2 * DAY)
    assert [each.notice.notice for each in run.told_owners] == ["case_opened", "case_due"]
    assert not run.take(order("done", "customer")).effects
    assert run.state.step == "to_pay"
    run.take(order("done"))
    assert run.closed and not run.armed
    assert [each.notice.fields["step"] for each in run.told_customer] == ["paid"]
    run.wait(9 * DAY)
    assert len(run.told_owners) == 2


def test_owners_are_reminded_shortly_before_a_call_and_at_its_time() -> None:
    run = begin("call")
    run.wait(3 * HOUR - timedelta(minutes=11))
    assert [each.notice.notice for each in run.told_owners] == ["case_opened"]
    run.wait(timedelta(minutes=1))
    run.wait(timedelta(minutes=10))
    due = [each.notice.fields for each in run.told_owners[1:]]
    assert [(each["step"], each["at"]) for each in due] == [("scheduled", AT), ("due", AT)]
    run.take(order("done"))
    assert run.closed and not run.told_customer


def test_a_call_that_is_near_is_only_reminded_of_at_its_time() -> None:
    run = begin("call", at=(NOON + timedelta(minutes=5)).isoformat())
    assert set(run.armed) == {"at"}


def test_a_moved_call_is_told_and_an_old_timer_on_its_way_does_nothing() -> None:
    run = begin("call")
    late = TimerFired(name="at", payload=dict(run.armed["at"].payload))
    later = NOON + 30 * HOUR
    run.take(order("move", at=later))
    (told,) = run.told_customer
    assert (told.notice.fields["step"], told.notice.fields["at"]) == ("scheduled", later.isoformat())
    assert not run.take(late).effects
    assert run.row is not None and (run.row.step, run.row.deadline) == ("scheduled", later)
    run.wait(30 * HOUR)
    assert run.state.step == "due"
    run.take(order("move", at=NOON))  # that is over
    run.take(order("move"))
    assert run.state.step == "due"


def test_a_reminder_is_sent_once_at_its_time() -> None:
    run = begin("reminder")
    assert not run.told_owners
    run.wait(3 * HOUR)
    (told,) = run.told_customer
    assert (told.notice.notice, told.notice.fields) == ("reminder", {"text": "Send the papers"})
    assert run.closed
    run.wait(DAY)
    assert len(run.told_customer) == 1


@pytest.mark.parametrize(("by", "words"), [("member", 1), ("customer", 0)])
def test_a_cancelled_reminder_is_never_sent(by: str, words: int) -> None:
    run = begin("reminder")
    run.take(order("cancel", by))
    run.wait(DAY)
    assert [each.notice.notice for each in run.told_customer] == ["case_news"] * words
    assert not run.told_owners and run.closed


async def test_through_the_handler_a_case_writes_its_row_and_tells_once_for_each_event() -> None:
    case = Case()
    outcome = await case.take(opening("ticket", urgent=True), order("start"), order("note", text="Soon"))
    assert outcome.trace == {"case": "ticket", "step": "in_progress"}
    (row,) = (change for change in outcome.changes if isinstance(change, SaveCase))
    assert (row.reference, row.step, row.contact, row.conversation) == ("T-1001", "in_progress", CONTACT, CONVERSATION)
    keys = [each.external_id for each in outcome.events] + [each.key for each in outcome.to_desks]
    assert len(set(keys)) == len(keys) == 3
    noted = await case.take(order("note", text="Soon"))
    assert not noted.changes and noted.state is None
    assert noted.events[0].external_id not in keys


async def test_orders_for_a_case_that_never_began_do_nothing() -> None:
    outcome = await Case().take(order("cancel"))
    assert not (outcome.events or outcome.to_desks or outcome.changes or outcome.state)
    assert not any(isinstance(each, ProposedAction) for each in outcome.actions)
