"""Shipments and price lists: who is told what, how often, when their row is written. And every action has a policy."""

from datetime import UTC, datetime, timedelta

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from pydantic import BaseModel

from agents.actions.declaration import ActionDeclaration
from agents.actions.platform import WatchArguments, propose
from agents.actions.registry import BUILT_IN
from agents.cases.kinds.shipment import ShipmentState, advance
from agents.cases.machine import TellCustomer
from agents.notices import LateShipment
from core.changes import SaveCase, SetTimer
from core.errors import Rejected
from core.events import ActionResult, CustomerNotice, OwnerNotice, ShipmentUpdated, TimerFired
from core.ids import INTERNAL, StreamId
from core.turns import TurnOutcome
from tests.agents.cases.world import CONTACT, CONVERSATION, NOON, Case

PROMISED = datetime(2026, 11, 24, 9, tzinfo=UTC)


def update(days: float, status: str = "At sea", conversation: StreamId | None = CONVERSATION) -> ShipmentUpdated:
    return ShipmentUpdated(
        reference="BA-1", status=status, eta=PROMISED + timedelta(days=days), promised=PROMISED, contact_id=CONTACT,
        conversation=conversation, language="fr",
    )  # fmt: skip


async def test_a_late_shipment_is_told_to_customer_and_owner_once_for_each_worse_eta() -> None:
    case = Case()
    assert not (await case.take(update(0))).to_desks
    late = await case.take(update(2))
    (event,), (told,) = late.events, late.to_desks
    assert (event.stream_id, event.account_id, event.stream_kind) == (CONVERSATION, INTERNAL, "conversation")
    assert isinstance(event.event, CustomerNotice)
    assert LateShipment.model_validate(event.event.fields).eta == PROMISED + timedelta(days=2)
    assert isinstance(told.event, OwnerNotice) and told.event.fields["customer_told"] is True
    assert not (await case.take(update(2), update(1))).events
    worse = await case.take(update(3))
    assert len(worse.events) == len(worse.to_desks) == 1
    assert worse.events[0].external_id != event.external_id


async def test_without_a_conversation_only_the_owner_is_told() -> None:
    outcome = await Case().take(update(1, conversation=None))
    assert not outcome.events
    assert outcome.to_desks[0].event.fields["customer_told"] is False


async def test_a_delivered_shipment_stays_closed() -> None:
    case = Case()
    assert not (await case.take(update(2, "Delivered"), update(5))).to_desks
    assert case.state["step"] == "closed"


@settings(deadline=None)
@given(st.lists(st.tuples(st.floats(-5, 5), st.sampled_from(["At sea", "delivered"])), max_size=12))
def test_each_telling_is_worse_than_the_one_before(steps: list[tuple[float, str]]) -> None:
    state, told = ShipmentState(), []
    for days, status in steps:
        transition = advance(state, update(days, status), NOON)
        if transition.effects:
            told.append(days)
            assert state.step != "closed" and days > 0 and status != "delivered"
            assert sum(isinstance(effect, TellCustomer) for effect in transition.effects) == 1
        state = ShipmentState.model_validate_json(transition.state.model_dump_json(exclude_defaults=True))
        assert state == transition.state
    assert told == sorted(set(told))


def rows(outcome: TurnOutcome) -> list[SaveCase]:
    return [change for change in outcome.changes if isinstance(change, SaveCase)]


async def test_a_shipments_row_is_written_when_it_changes_and_a_ping_costs_nothing() -> None:
    case = Case()
    (row,) = rows(await case.take(update(0)))
    assert row == SaveCase(
        kind="shipment", reference="BA-1", title="", step="under_way", contact=CONTACT, conversation=CONVERSATION,
        deadline=PROMISED,
    )  # fmt: skip
    ping = await case.take(update(-1, "In port"), update(0))
    assert (ping.changes, ping.events, ping.to_desks, ping.state) == ((), (), (), None)
    (late,) = rows(await case.take(update(2)))
    assert (late.step, late.closed) == ("late", False)
    assert not rows(await case.take(update(3)))
    (closed,) = rows(await case.take(update(3, "delivered", conversation=None)))
    assert (closed.step, closed.closed, closed.conversation) == ("closed", True, CONVERSATION)
    after = await case.take(update(9))
    assert (after.changes, after.state) == ((), None)


async def test_a_damaged_state_begins_anew() -> None:
    case = Case()
    case.state = {"case": "shipment", "step": "sunk", "told_eta": "soon"}
    assert (await case.take(update(2))).to_desks


async def test_a_watchs_row_shows_what_it_waits_for() -> None:
    case = Case()
    (checking,) = rows(await case.take(TimerFired(name="price_list", payload={"watch_id": 4})))
    assert (checking.kind, checking.reference, checking.step) == ("price_watch", "4", "checking")
    assert checking.pending_action == "check_price_list"
    done = ActionResult(action="check_price_list", key="k1", ok=True, result={"supplier": "Sierra Baja"})
    (idle,) = rows(await case.take(done))
    assert (idle.title, idle.step, idle.pending_action, idle.closed) == ("Sierra Baja", "idle", "", False)
    assert not rows(await case.take(done))


async def test_a_check_that_a_disturbance_cut_short_is_tried_again_after_growing_pauses_then_told_once() -> None:
    case = Case()
    cut = ActionResult(
        action="check_price_list", key="k", ok=False, result={"error_kind": "Transient"}, error="PostgreSQL is away"
    )
    await case.take(TimerFired(name="price_list", payload={"watch_id": 4}))
    pauses: list[float] = []
    for attempt in (1, 2, 3):
        outcome = await case.take(cut)
        assert not outcome.to_desks
        (timer,) = (change for change in outcome.changes if isinstance(change, SetTimer))
        (row,) = rows(outcome)
        assert timer.due_at is not None and row.attempts == attempt
        pauses.append((timer.due_at - NOON).total_seconds())
        again = await case.take(TimerFired(name=timer.name, payload={}))
        assert [action.arguments for action in again.actions] == [{"watch_id": 4}]
    assert pauses == sorted(set(pauses))
    given_up = await case.take(cut)
    (told,) = given_up.to_desks
    assert told.event.fields == {"name": "#4", "error": "PostgreSQL is away"}
    assert [change.due_at for change in given_up.changes if isinstance(change, SetTimer)] == [None]
    assert not (await case.take(TimerFired(name="again", payload={}))).actions


async def test_a_tick_asks_for_a_look_and_alerts_reach_the_owner() -> None:
    case = Case()
    asked = await case.take(TimerFired(name="price_list", payload={"watch_id": 4}))
    assert [(a.name, a.arguments) for a in asked.actions] == [("check_price_list", {"watch_id": 4})]
    alert = {"item": "Oil 5 l", "old": "34.90", "new": "38.40", "agreed": "34.90", "currency": "EUR"}
    look = {"supplier": "Sierra Baja", "alerts": [alert]}
    outcome = await case.take(ActionResult(action="check_price_list", key="k1", ok=True, result=look))
    (told,) = outcome.to_desks
    assert told.event.fields == {"supplier": "Sierra Baja", **alert}


async def test_a_list_that_cannot_be_read_is_told_once_until_it_can() -> None:
    case = Case()
    good = ActionResult(action="check_price_list", key="k0", ok=True, result={"supplier": "Sierra Baja"})
    bad = ActionResult(action="check_price_list", key="k1", ok=False, result={"error_kind": "Rejected"}, error="404")
    assert not (await case.take(good)).to_desks
    (told,) = (await case.take(bad)).to_desks
    assert told.event.fields == {"name": "Sierra Baja", "error": "404"}
    assert not (await case.take(bad)).to_desks
    await case.take(good)
    assert (await case.take(bad)).to_desks


async def test_a_tick_for_nothing_and_strange_events_do_nothing() -> None:
    outcome = await Case().take(TimerFired(name="price_list", payload={}), TimerFired(name="x", payload={}))
    assert not outcome.actions and not outcome.to_desks


@pytest.mark.parametrize("declaration", BUILT_IN.values(), ids=BUILT_IN.keys())
def test_every_action_has_a_policy_and_a_strict_schema(declaration: ActionDeclaration) -> None:
    assert BUILT_IN[declaration.name] is declaration
    assert declaration.decide != "allow" or not declaration.money_moving
    assert declaration.arguments.model_config.get("extra") == "forbid"
    assert declaration.result
    assert declaration.executor or declaration.touches == "nothing"


def test_what_is_not_declared_or_does_not_fit_is_refused() -> None:
    class Wide(BaseModel):
        watch_id: int = 1
        sudo: bool = True

    with pytest.raises(Rejected):
        propose("rm", WatchArguments(watch_id=1))
    with pytest.raises(Rejected):
        propose("check_price_list", Wide())
