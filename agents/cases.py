"""The handler of case streams: finds the kind of case that an event belongs to and hands the turn to it.

To add a kind, write its module with a `CaseKind` and name it in `KINDS`.
"""

from dataclasses import replace

import structlog

from agents.transitions import CaseKind
from agents.watches import PRICE_WATCH
from core.turns import TurnInput, TurnOutcome, TurnTools

KINDS: tuple[CaseKind, ...] = (PRICE_WATCH,)
_log = structlog.get_logger(__name__)


async def handle_case(turn: TurnInput, tools: TurnTools) -> TurnOutcome:
    """The kind is written into the state as `case`, next to what the kind itself keeps there."""
    kind = _find_kind(turn)
    if kind is None:
        _log.error("case_unknown", stream=turn.stream_id.hex, events=[each.event.kind for each in turn.events])
        return TurnOutcome(trace={"case": None})
    outcome = await kind.handle(turn, tools)
    state = turn.state if outcome.state is None else outcome.state
    return replace(outcome, state={**state, "case": kind.name}, trace={"case": kind.name, **outcome.trace})


def _find_kind(turn: TurnInput) -> CaseKind | None:
    known = turn.state.get("case")
    for kind in KINDS:
        if kind.name == known:
            return kind
    return next((kind for each in turn.events for kind in KINDS if kind.takes(each.event)), None)
