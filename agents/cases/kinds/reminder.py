"""A reminder that a customer wanted: set, then sent or cancelled. It is between the customer and the bot: owners can
look it up and hear nothing of it."""

from datetime import datetime
from typing import Literal

from pydantic import AwareDatetime, BaseModel, ConfigDict, Field

from agents.cases.asked import Asked, opens, read_asker, row_of, tell_customer
from agents.cases.machine import Effect, Machine, TellCustomer, Transition
from agents.cases.registry import CaseKind, register
from agents.cases.timing import appoint, cancel_timers, is_for
from core.changes import SaveCase
from core.events import CaseOpened, CaseOrder, CustomerNotice, Event, TimerFired

KIND, AT = "reminder", "at"


class ReminderFields(BaseModel):
    """Of `CaseOpened.fields`."""

    model_config = ConfigDict(extra="ignore")
    at: AwareDatetime
    text: str = Field(min_length=1, max_length=300)


class ReminderState(Asked):
    step: Literal["new", "set", "sent", "cancelled"] = "new"
    text: str = ""
    at: AwareDatetime | None = None


def advance(state: ReminderState, event: Event, now: datetime) -> Transition[ReminderState]:
    match event:
        case CaseOpened() if state.step == "new" and opens(event, KIND):
            fields = ReminderFields.model_validate(event.fields)
            made = ReminderState(**read_asker(event), step="set", text=fields.text, at=fields.at)
            return Transition(state=made, timers=(appoint(AT, fields.at, fields.at),))
        case TimerFired(name="at") if state.step == "set" and is_for(event, state.at):
            return _send(state)
        case CaseOrder(order="cancel") if state.step == "set":
            after = state.model_copy(update={"step": "cancelled"})
            return Transition(state=after, effects=_tell(after, event), timers=cancel_timers(AT))
        case CaseOrder(order="move", at=datetime() as at) if state.step == "set" and at > now:
            moved = state.model_copy(update={"at": at})
            return Transition(state=moved, effects=_tell(moved, event), timers=(appoint(AT, at, at),))
        case _:
            return Transition(state=state)


def _send(state: ReminderState) -> Transition[ReminderState]:
    after = state.model_copy(update={"step": "sent"})
    if state.conversation is None:
        return Transition(state=after)
    notice = CustomerNotice(notice="reminder", fields={"text": state.text})
    return Transition(state=after, effects=(TellCustomer(notice=notice, conversation=state.conversation),))


def _tell(state: ReminderState, order: CaseOrder) -> tuple[Effect, ...]:
    """Only of what a member did: whoever did it oneself knows, and nobody else is in it."""
    if order.by == "customer":
        return ()
    return tell_customer(state, KIND, state.step, text=order.text, at=state.at)


def describe(state: ReminderState) -> SaveCase | None:
    return row_of(state, KIND, state.step, closed=state.step in ("sent", "cancelled"), deadline=state.at)


REMINDER = register(
    CaseKind(
        name=KIND,
        takes=lambda event: opens(event, KIND),
        handle=Machine(kind=KIND, empty=ReminderState(), advance=advance, describe=describe).handle,
        noun="case_reminder",
        views={"set": "case_reminder_set", "sent": "case_reminder_sent", "cancelled": "case_reminder_cancelled"},
        prefix="R",
        deadline="case_at",
        orders={"set": ("move", "cancel")},
    )
)
