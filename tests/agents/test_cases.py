"""Shipments and price lists: who is told what, and how often. And every action has a policy."""

from datetime import UTC, datetime, timedelta
from typing import cast
from uuid import UUID

import orjson
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from pydantic import BaseModel, JsonValue

from agents.actions import ACTIONS, WatchArguments, propose
from agents.cases import handle_case
from agents.notices import LateShipment
from agents.shipments import ShipmentState, advance, dump_shipment, load_shipment
from core.clock import SystemClock
from core.errors import Rejected
from core.events import ActionResult, CustomerNotice, Event, OwnerNotice, RecordedEvent, ShipmentUpdated, TimerFired
from core.ids import INTERNAL, StreamId
from core.turns import Reader, TurnInput, TurnOutcome, TurnTools
from tests.agents.world import NOON, NoModel, shop

CONVERSATION = StreamId(UUID(int=8))
PROMISED = datetime(2026, 11, 24, 9, tzinfo=UTC)


def update(days: float, status: str = "At sea", conversation: StreamId | None = CONVERSATION) -> ShipmentUpdated:
    return ShipmentUpdated(
        reference="BA-1", status=status, eta=PROMISED + timedelta(days=days), promised=PROMISED, contact_id=None,
        conversation=conversation, language="fr",
    )  # fmt: skip


class Case:
    def __init__(self) -> None:
        self.state: dict[str, JsonValue] = {}
        self.seq = 0

    async def take(self, *events: Event) -> TurnOutcome:
        recorded = tuple(
            RecordedEvent(seq=self.seq + at, recorded_at=NOON, event=event) for at, event in enumerate(events, 1)
        )
        self.seq += len(events)
        turn = TurnInput(
            tenant=shop("forwarder")[0], stream_id=StreamId(UUID(int=4)), stream_kind="case", account_id=INTERNAL,
            channel=None, chat="", mode="bot", state=self.state, window_open=True, events=recorded,
        )  # fmt: skip
        tools = TurnTools(models=NoModel(), reader=cast("Reader", None), clock=SystemClock())
        outcome = await handle_case(turn, tools)
        if outcome.state is not None:
            self.state = orjson.loads(orjson.dumps(outcome.state))
        return outcome


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
        transition = advance(state, update(days, status))
        if transition.effects:
            told.append(days)
            assert state.step != "closed" and days > 0 and status != "delivered"
        state = load_shipment(orjson.loads(orjson.dumps(dump_shipment(transition.state))))
        assert state == transition.state
    assert told == sorted(set(told))


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


@pytest.mark.parametrize("declaration", ACTIONS.values(), ids=ACTIONS.keys())
def test_every_action_has_a_policy_a_strict_schema_and_an_executor(declaration: object) -> None:
    name = declaration.name
    assert ACTIONS[name] is declaration
    assert declaration.policy in ("allow", "ask_owner", "forbid")
    assert declaration.policy != "allow" or not declaration.money_moving
    assert declaration.arguments.model_config["extra"] == "forbid"
    assert declaration.executor and declaration.result


def test_what_is_not_declared_or_does_not_fit_is_refused() -> None:
    class Wide(BaseModel):
        watch_id: int = 1
        sudo: bool = True

    with pytest.raises(Rejected):
        propose("rm", WatchArguments(watch_id=1))
    with pytest.raises(Rejected):
        propose("check_price_list", Wide())
