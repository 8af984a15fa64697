"""A call that the team has promised.

scheduled --at--> due --done--> done
  any open step: done, cancel, move (back to scheduled), note; owners are reminded shortly before, and at the time
"""

from datetime import datetime, timedelta
from typing import Literal

from pydantic import AwareDatetime, BaseModel, ConfigDict

from agents.cases.asked import Asked, due, opened, opens, read_asker, row_of, tell_other_side
from agents.cases.machine import Machine, Transition
from agents.cases.registry import CaseKind, register
from agents.cases.timing import appoint, cancel_timers, is_for
from core.changes import SaveCase, SetTimer
from core.events import CaseOpened, CaseOrder, Event, TimerFired

KIND, SOON, AT = "call", "soon", "at"
NOTICE = timedelta(minutes=10)
"""How long before the call owners are reminded."""


class CallFields(BaseModel):
    """Of `CaseOpened.fields`."""

    model_config = ConfigDict(extra="ignore")
    at: AwareDatetime


class CallState(Asked):
    step: Literal["new", "scheduled", "due", "done", "cancelled"] = "new"
    at: AwareDatetime | None = None

    @property
    def is_open(self) -> bool:
        return self.step in ("scheduled", "due")


def advance(state: CallState, event: Event, now: datetime) -> Transition[CallState]:
    match event:
        case CaseOpened() if state.step == "new" and opens(event, KIND):
            at = CallFields.model_validate(event.fields).at
            booked = CallState(**read_asker(event), step="scheduled", at=at)
            return Transition(state=booked, effects=(opened(booked, KIND, at=at),), timers=_set_timers(at, now))
        case CaseOrder() if state.is_open:
            return _follow(state, event, now)
        case TimerFired(name="soon" | "at") if state.step == "scheduled" and is_for(event, state.at):
            after = state.model_copy(update={"step": "due"}) if event.name == AT else state
            return Transition(state=after, effects=(due(after, KIND, after.step, at=after.at),))
        case _:
            return Transition(state=state)


def _set_timers(at: datetime, now: datetime) -> tuple[SetTimer, ...]:
    soon = appoint(SOON, at - NOTICE, at) if at - NOTICE > now else SetTimer(name=SOON, due_at=None)
    return (soon, appoint(AT, at, at))


def _follow(state: CallState, order: CaseOrder, now: datetime) -> Transition[CallState]:
    match order.order:
        case "move" if order.at is not None and order.at > now:
            moved = state.model_copy(update={"step": "scheduled", "at": order.at})
            told = tell_other_side(moved, KIND, moved.step, order, at=order.at)
            return Transition(state=moved, effects=told, timers=_set_timers(order.at, now))
        case "done":  # the customer was there
            done = state.model_copy(update={"step": "done"})
            return Transition(state=done, timers=cancel_timers(SOON, AT))
        case "cancel":
            cancelled = state.model_copy(update={"step": "cancelled"})
            told = tell_other_side(cancelled, KIND, cancelled.step, order, at=state.at)
            return Transition(state=cancelled, effects=told, timers=cancel_timers(SOON, AT))
        case "note" if order.text.strip():
            return Transition(state=state, effects=tell_other_side(state, KIND, state.step, order, at=state.at))
        case _:
            return Transition(state=state)


def describe(state: CallState) -> SaveCase | None:
    return row_of(state, KIND, state.step, closed=state.step in ("done", "cancelled"), deadline=state.at)


CALL = register(
    CaseKind(
        name=KIND,
        takes=lambda event: opens(event, KIND),
        handle=Machine(kind=KIND, empty=CallState(), advance=advance, describe=describe).handle,
        noun="case_call",
        views={
            "scheduled": "case_call_scheduled",
            "due": "case_call_due",
            "done": "case_call_done",
            "cancelled": "case_call_cancelled",
        },
        prefix="C",
        deadline="case_at",
        orders={"scheduled": ("done", "move", "cancel", "note"), "due": ("done", "move", "cancel", "note")},
    )
)
