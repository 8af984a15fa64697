"""A shipment under way: customer and owner hear of it when the ETA passes the promise, once for each worse ETA."""

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime
from typing import Literal, cast

from pydantic import AwareDatetime, JsonValue, TypeAdapter, ValidationError

from core.changes import SetTimer
from core.events import CustomerNotice, NewEvent, OwnerNotice, ShipmentUpdated
from core.ids import INTERNAL
from core.turns import DeskEvent, TurnInput

_DELIVERED = frozenset({"delivered", "closed", "entregado", "zugestellt", "livré", "entregue", "доставлено"})


@dataclass(frozen=True, slots=True, kw_only=True)
class ShipmentState:
    step: Literal["under_way", "late", "closed"] = "under_way"
    reference: str = ""
    told_eta: AwareDatetime | None = None
    """The worst ETA that the customer and the owner were told."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Transition:
    state: ShipmentState
    effects: tuple[CustomerNotice | OwnerNotice, ...] = ()
    timers: tuple[SetTimer, ...] = ()


def advance(state: ShipmentState, event: ShipmentUpdated) -> Transition:
    """Pure. A delivered shipment stays closed, whatever arrives late from the carrier."""
    if state.step == "closed":
        return Transition(state=state)
    if event.status.strip().lower() in _DELIVERED:
        return Transition(state=_with(state, event, "closed", state.told_eta))
    if event.eta <= event.promised:
        return Transition(state=_with(state, event, "under_way", state.told_eta))
    if state.told_eta is not None and event.eta <= state.told_eta:
        return Transition(state=_with(state, event, "late", state.told_eta))
    fields: dict[str, JsonValue] = {
        "reference": event.reference,
        "status": event.status,
        "promised": event.promised.isoformat(),
        "eta": event.eta.isoformat(),
    }
    owner = OwnerNotice(notice="shipment_late", fields={**fields, "customer_told": event.conversation is not None})
    effects: tuple[CustomerNotice | OwnerNotice, ...] = (owner,)
    if event.conversation is not None:
        effects = (CustomerNotice(notice="shipment_late", fields={**fields, "language": event.language}), owner)
    return Transition(state=_with(state, event, "late", event.eta), effects=effects)


def route(turn: TurnInput, event: ShipmentUpdated, transition: Transition) -> tuple[list[NewEvent], list[DeskEvent]]:
    """Where the effects go: the customer's conversation, and every desk. Keyed by the ETA, so told once."""
    key = f"shipment:{turn.stream_id.hex}:{event.eta.isoformat()}"
    events: list[NewEvent] = []
    desks: list[DeskEvent] = []
    for effect in transition.effects:
        match effect:
            case OwnerNotice():
                desks.append(DeskEvent(event=effect, key=key))
            case CustomerNotice():
                assert event.conversation is not None
                events.append(
                    NewEvent(
                        tenant_id=turn.tenant.tenant_id,
                        stream_id=event.conversation,
                        stream_kind="conversation",
                        account_id=INTERNAL,
                        external_id=key,
                        chat="",  # the recorder knows where an existing conversation is
                        event=effect,
                    )
                )
    return events, desks


_STATE: TypeAdapter[ShipmentState] = TypeAdapter(ShipmentState)


def load_shipment(state: Mapping[str, JsonValue]) -> ShipmentState:
    """A damaged state begins anew: telling twice is better than never."""
    try:
        return _STATE.validate_python(state)
    except ValidationError:
        return ShipmentState()


def dump_shipment(state: ShipmentState) -> dict[str, JsonValue]:
    return cast("dict[str, JsonValue]", _STATE.dump_python(state, mode="json"))


def _with(
    state: ShipmentState,
    event: ShipmentUpdated,
    step: Literal["under_way", "late", "closed"],
    told_eta: datetime | None,
) -> ShipmentState:
    return ShipmentState(step=step, reference=event.reference or state.reference, told_eta=told_eta)
