"""How a case moves: one event at a time, by a pure function from its state and the event."""

from collections.abc import Callable, Mapping
from dataclasses import dataclass

from pydantic import JsonValue

from core.actions import ProposedAction
from core.changes import Change
from core.events import Event, NewEvent
from core.turns import AuditNote, DeskEvent, Handler, TurnInput, TurnOutcome

State = Mapping[str, JsonValue]


@dataclass(frozen=True, slots=True, kw_only=True)
class Transition:
    state: State
    """The whole state after the event; what is left out is forgotten."""
    actions: tuple[ProposedAction, ...] = ()
    to_desks: tuple[DeskEvent, ...] = ()
    events: tuple[NewEvent, ...] = ()
    changes: tuple[Change, ...] = ()
    audit: tuple[AuditNote, ...] = ()


@dataclass(frozen=True, slots=True, kw_only=True)
class CaseKind:
    """What `agents/cases.py` needs to know of a kind of case."""

    name: str
    takes: Callable[[Event], bool]
    """Whether an event opens or belongs to a case of this kind."""
    handle: Handler


def advance_all(turn: TurnInput, advance: Callable[[State, Event], Transition]) -> TurnOutcome:
    """Takes the turn's events in order, each from the state that the one before left."""
    state: State = turn.state
    steps: list[Transition] = []
    for recorded in turn.events:
        step = advance(state, recorded.event)
        state = step.state
        steps.append(step)
    return TurnOutcome(
        state=state,
        actions=tuple(action for step in steps for action in step.actions),
        to_desks=tuple(notice for step in steps for notice in step.to_desks),
        events=tuple(event for step in steps for event in step.events),
        changes=tuple(change for step in steps for change in step.changes),
        audit=tuple(note for step in steps for note in step.audit),
        trace={"step": state.get("step")},
    )
