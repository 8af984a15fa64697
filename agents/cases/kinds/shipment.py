"""A shipment under way: customer and owner hear of it when the ETA passes the promise, once for each worse ETA."""

from datetime import datetime
from typing import Literal

from pydantic import AwareDatetime, JsonValue

from agents.cases.machine import CaseState, Effect, Machine, TellCustomer, TellOwners, Transition
from agents.cases.registry import CaseKind, register
from core.changes import SaveCase
from core.events import CustomerNotice, Event, OwnerNotice, ShipmentUpdated
from core.ids import ContactId, StreamId

KIND = "shipment"
_DELIVERED = frozenset({"delivered", "closed", "entregado", "zugestellt", "livré", "entregue", "доставлено"})


class ShipmentState(CaseState):
    step: Literal["under_way", "late", "closed"] = "under_way"
    reference: str = ""
    promised: AwareDatetime | None = None
    contact: ContactId | None = None
    conversation: StreamId | None = None
    told_eta: AwareDatetime | None = None
    """The worst ETA that the customer and the owner were told."""


def advance(state: ShipmentState, event: Event, now: datetime) -> Transition[ShipmentState]:
    """A delivered shipment stays closed, whatever arrives late from the carrier."""
    del now  # what is late is said by the carrier
    if not isinstance(event, ShipmentUpdated) or state.step == "closed":
        return Transition(state=state)
    if event.status.strip().lower() in _DELIVERED:
        return Transition(state=_with(state, event, "closed", state.told_eta))
    if event.eta <= event.promised:
        return Transition(state=_with(state, event, "under_way", state.told_eta))
    if state.told_eta is not None and event.eta <= state.told_eta:
        return Transition(state=_with(state, event, "late", state.told_eta))
    return Transition(state=_with(state, event, "late", event.eta), effects=_tell(event))


def _tell(event: ShipmentUpdated) -> tuple[Effect, ...]:
    """Keyed by the ETA, so told once."""
    fields: dict[str, JsonValue] = {
        "reference": event.reference,
        "status": event.status,
        "promised": event.promised.isoformat(),
        "eta": event.eta.isoformat(),
    }
    key = f"shipment:{event.reference}:{event.eta.isoformat()}"
    told = event.conversation is not None
    owner = TellOwners(notice=OwnerNotice(notice="shipment_late", fields={**fields, "customer_told": told}), key=key)
    if event.conversation is None:
        return (owner,)
    notice = CustomerNotice(notice="shipment_late", fields={**fields, "language": event.language})
    return TellCustomer(notice=notice, conversation=event.conversation, key=key), owner


def _with(
    state: ShipmentState,
    event: ShipmentUpdated,
    step: Literal["under_way", "late", "closed"],
    told_eta: datetime | None,
) -> ShipmentState:
    return ShipmentState(
        step=step,
        reference=event.reference or state.reference,
        promised=event.promised,
        contact=event.contact_id or state.contact,
        conversation=event.conversation or state.conversation,
        told_eta=told_eta,
    )


def describe(state: ShipmentState) -> SaveCase | None:
    if not state.reference:
        return None
    return SaveCase(
        kind=KIND, reference=state.reference, title="", step=state.step, contact=state.contact,
        conversation=state.conversation, deadline=state.promised, closed=state.step == "closed",
    )  # fmt: skip


SHIPMENT = register(
    CaseKind(
        name=KIND,
        takes=lambda event: isinstance(event, ShipmentUpdated),
        handle=Machine(kind=KIND, empty=ShipmentState(), advance=advance, describe=describe).handle,
        noun="case_shipment",
        views={
            "under_way": "case_shipment_under_way",
            "late": "case_shipment_late",
            "closed": "case_shipment_closed",
        },
        deadline="case_promised",
    )
)
