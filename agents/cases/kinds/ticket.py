"""A ticket: a request that the team has to work on.

open --start--> in_progress --done--> done
  any open step: done, cancel, note; owners are reminded at most three times
"""

from datetime import datetime, timedelta
from typing import Literal

from pydantic import BaseModel, ConfigDict

from agents.cases.asked import Asked, due, opened, opens, read_asker, row_of, tell_other_side
from agents.cases.machine import Machine, Transition
from agents.cases.registry import CaseKind, register
from agents.cases.timing import cancel_timers
from core.changes import SaveCase, SetTimer
from core.events import CaseOpened, CaseOrder, Event, TimerFired

KIND, DUE = "ticket", "due"
FIRST_REMINDER = timedelta(hours=24)
URGENT_REMINDER = timedelta(hours=4)
NEXT_REMINDER = timedelta(days=1)
MOST_REMINDERS = 3


class TicketFields(BaseModel):
    """Of `CaseOpened.fields`."""

    model_config = ConfigDict(extra="ignore")
    details: str = ""
    urgent: bool = False


class TicketState(Asked):
    step: Literal["new", "open", "in_progress", "done", "cancelled"] = "new"
    due_at: datetime | None = None
    """When the owners are, or were, reminded for the first time."""
    reminders: int = 0

    @property
    def is_open(self) -> bool:
        return self.step in ("open", "in_progress")


def advance(state: TicketState, event: Event, now: datetime) -> Transition[TicketState]:
    match event:
        case CaseOpened() if state.step == "new" and opens(event, KIND):
            return _open(event, now)
        case CaseOrder() if state.is_open:
            return _follow(state, event)
        case TimerFired(name=name) if name == DUE and state.is_open and state.reminders < MOST_REMINDERS:
            return _remind(state, now)
        case _:
            return Transition(state=state)


def _open(event: CaseOpened, now: datetime) -> Transition[TicketState]:
    """Raises ValidationError for fields that no ticket has."""
    fields = TicketFields.model_validate(event.fields)
    due_at = now + (URGENT_REMINDER if fields.urgent else FIRST_REMINDER)
    state = TicketState(**read_asker(event), step="open", due_at=due_at)
    return Transition(
        state=state,
        effects=(opened(state, KIND, urgent=fields.urgent, text=fields.details),),
        timers=(SetTimer(name=DUE, due_at=due_at),),
    )


def _follow(state: TicketState, order: CaseOrder) -> Transition[TicketState]:
    match order.order:
        case "start" if state.step == "open" and order.by == "member":
            return _to(state, "in_progress", order)
        case "done":
            return _to(state, "done", order)
        case "cancel":
            return _to(state, "cancelled", order)
        case "note" if order.text.strip():
            return Transition(state=state, effects=tell_other_side(state, KIND, state.step, order))
        case _:
            return Transition(state=state)


def _to(
    state: TicketState, step: Literal["in_progress", "done", "cancelled"], order: CaseOrder
) -> Transition[TicketState]:
    after = state.model_copy(update={"step": step})
    timers = () if after.is_open else cancel_timers(DUE)
    return Transition(state=after, effects=tell_other_side(after, KIND, step, order), timers=timers)


def _remind(state: TicketState, now: datetime) -> Transition[TicketState]:
    after = state.model_copy(update={"reminders": state.reminders + 1})
    more = after.reminders < MOST_REMINDERS
    return Transition(
        state=after,
        effects=(due(after, KIND, after.step),),
        timers=(SetTimer(name=DUE, due_at=now + NEXT_REMINDER),) if more else (),
    )


def describe(state: TicketState) -> SaveCase | None:
    closed = state.step in ("done", "cancelled")
    return row_of(state, KIND, state.step, closed=closed, deadline=state.due_at)


TICKET = register(
    CaseKind(
        name=KIND,
        takes=lambda event: opens(event, KIND),
        handle=Machine(kind=KIND, empty=TicketState(), advance=advance, describe=describe).handle,
        noun="case_ticket",
        views={
            "open": "case_ticket_open",
            "in_progress": "case_ticket_in_progress",
            "done": "case_ticket_done",
            "cancelled": "case_ticket_cancelled",
        },
        prefix="T",
        startable=True,
        orders={"open": ("start", "done", "cancel", "note"), "in_progress": ("done", "cancel", "note")},
    )
)
