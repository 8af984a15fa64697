"""The handler of case streams: finds the kind of case that an event belongs to and hands the turn to it.

To add a kind, write its module with a pure `advance` and name the kind in `KINDS`.
"""

from dataclasses import replace

import structlog

from agents.shipments import advance, dump_shipment, load_shipment, route
from agents.transitions import CaseKind
from agents.watches import PRICE_WATCH
from core.changes import SetTimer
from core.events import NewEvent, ShipmentUpdated
from core.turns import DeskEvent, TurnInput, TurnOutcome, TurnTools

_log = structlog.get_logger(__name__)


async def handle_case(turn: TurnInput, tools: TurnTools) -> TurnOutcome:
    """The kind is written into the state as `case`, next to what the kind itself keeps there."""
    kind = _find_kind(turn)
    if kind is None:
        _log.error("case_unknown", stream=turn.stream_id.hex, events=[each.event.kind for each in turn.events])
        return TurnOutcome(trace={"case": None})
    outcome = await kind.handle(turn, tools)
    trace = {"case": kind.name, **outcome.trace}
    if outcome.state is None and "case" in turn.state:
        return replace(outcome, trace=trace)
    state = turn.state if outcome.state is None else outcome.state
    return replace(outcome, state={**state, "case": kind.name}, trace=trace)


def _find_kind(turn: TurnInput) -> CaseKind | None:
    known = turn.state.get("case")
    for kind in KINDS:
        if kind.name == known:
            return kind
    return next((kind for each in turn.events for kind in KINDS if kind.takes(each.event)), None)


async def _handle_shipment(turn: TurnInput, tools: TurnTools) -> TurnOutcome:
    del tools  # a shipment decides from its events alone
    events: list[NewEvent] = []
    desks: list[DeskEvent] = []
    timers: list[SetTimer] = []
    before = state = load_shipment(turn.state)
    for recorded in turn.events:
        if isinstance(recorded.event, ShipmentUpdated):
            transition = advance(state, recorded.event)
            state = transition.state
            more_events, more_desks = route(turn, recorded.event, transition)
            events += more_events
            desks += more_desks
            timers += transition.timers
    return TurnOutcome(
        events=tuple(events),
        to_desks=tuple(desks),
        changes=tuple(timers),
        state=dump_shipment(state) if state != before else None,
        trace={"step": state.step},
    )


SHIPMENT = CaseKind(name="shipment", takes=lambda event: isinstance(event, ShipmentUpdated), handle=_handle_shipment)
KINDS: tuple[CaseKind, ...] = (PRICE_WATCH, SHIPMENT)
