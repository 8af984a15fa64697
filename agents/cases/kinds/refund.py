"""A refund that an owner has approved and pays by hand.

to_pay --done--> paid
  until it is paid: done (by a member), cancel, note; owners are reminded at most three times
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

KIND, DUE = "refund", "due"
REMINDER = timedelta(days=2)
MOST_REMINDERS = 3


class RefundFields(BaseModel):
    """Of `CaseOpened.fields`."""

    model_config = ConfigDict(extra="ignore")
    amount: str
    """In the tenant's currency; the title says it as people write it."""
    reason: str = ""


class RefundState(Asked):
    step: Literal["new", "to_pay", "paid", "cancelled"] = "new"
    amount: str = ""
    due_at: datetime | None = None
    """When the owners are, or were, reminded for the first time."""
    reminders: int = 0


def advance(state: RefundState, event: Event, now: datetime) -> Transition[RefundState]:
    match event:
        case CaseOpened() if state.step == "new" and opens(event, KIND):
            return _open(event, now)
        case CaseOrder() if state.step == "to_pay":
            return _follow(state, event)
        case TimerFired(name=name) if name == DUE and state.step == "to_pay" and state.reminders < MOST_REMINDERS:
            return _remind(state, now)
        case _:
            return Transition(state=state)


def _open(event: CaseOpened, now: datetime) -> Transition[RefundState]:
    """Raises ValidationError for fields that no refund has."""
    fields = RefundFields.model_validate(event.fields)
    state = RefundState(**read_asker(event), step="to_pay", amount=fields.amount, due_at=now + REMINDER)
    told = opened(state, KIND, text=fields.reason)
    return Transition(state=state, effects=(told,), timers=(SetTimer(name=DUE, due_at=now + REMINDER),))


def _follow(state: RefundState, order: CaseOrder) -> Transition[RefundState]:
    """That it was paid says who pays it: no customer can."""
    match order.order:
        case "done" if order.by == "member":
            return _to(state, "paid", order)
        case "cancel":
            return _to(state, "cancelled", order)
        case "note" if order.text.strip():
            return Transition(state=state, effects=tell_other_side(state, KIND, state.step, order))
        case _:
            return Transition(state=state)


def _to(state: RefundState, step: Literal["paid", "cancelled"], order: CaseOrder) -> Transition[RefundState]:
    after = state.model_copy(update={"step": step})
    return Transition(state=after, effects=tell_other_side(after, KIND, step, order), timers=cancel_timers(DUE))


def _remind(state: RefundState, now: datetime) -> Transition[RefundState]:
    after = state.model_copy(update={"reminders": state.reminders + 1})
    more = after.reminders < MOST_REMINDERS
    return Transition(
        state=after,
        effects=(due(after, KIND, after.step),),
        timers=(SetTimer(name=DUE, due_at=now + REMINDER),) if more else (),
    )


def describe(state: RefundState) -> SaveCase | None:
    return row_of(state, KIND, state.step, closed=state.step in ("paid", "cancelled"), deadline=state.due_at)


REFUND = register(
    CaseKind(
        name=KIND,
        takes=lambda event: opens(event, KIND),
        handle=Machine(kind=KIND, empty=RefundState(), advance=advance, describe=describe).handle,
        noun="case_refund",
        views={"to_pay": "case_refund_to_pay", "paid": "case_refund_paid", "cancelled": "case_refund_cancelled"},
        prefix="M",
        orders={"to_pay": ("done", "cancel", "note")},
    )
)
