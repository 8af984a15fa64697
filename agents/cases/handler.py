"""The handler of case streams: finds the kind of case that an event belongs to and hands the turn to it."""

from dataclasses import replace

import structlog

from agents.cases.kinds import KINDS
from agents.cases.machine import CASE
from agents.cases.registry import CaseKind
from core.turns import TurnInput, TurnOutcome, TurnTools

_log = structlog.get_logger(__name__)


async def handle_case(turn: TurnInput, tools: TurnTools) -> TurnOutcome:
    """The kind is written into the state, next to what the kind itself keeps there."""
    kind = _find_kind(turn)
    if kind is None:
        _log.error("case_unknown", stream=turn.stream_id.hex, events=[each.event.kind for each in turn.events])
        return TurnOutcome(trace={CASE: None})
    outcome = await kind.handle(turn, tools)
    trace = {CASE: kind.name, **outcome.trace}
    if outcome.state is None and CASE in turn.state:
        return replace(outcome, trace=trace)
    state = turn.state if outcome.state is None else outcome.state
    return replace(outcome, state={**state, CASE: kind.name}, trace=trace)


def _find_kind(turn: TurnInput) -> CaseKind | None:
    known = KINDS.get(str(turn.state.get(CASE)))
    if known is not None:
        return known
    return next((kind for each in turn.events for kind in KINDS.values() if kind.takes(each.event)), None)
