"""Executors behind the everyday actions: cases are opened and cancelled, customers are written to.

They are called for what the policy has let pass (`jobs/admission.py`), with arguments in their stored form. Each may be
called again with the same key after a crash, and then comes to the same end.
"""

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from datetime import datetime, timedelta
from decimal import Decimal
from typing import Literal, TypeVar

import orjson
from pydantic import BaseModel, JsonValue, ValidationError

from agents.actions.everyday import (
    CallArguments,
    CaseArguments,
    MessageArguments,
    RefundArguments,
    ReminderArguments,
    StartCaseArguments,
    TicketArguments,
)
from agents.cases.kinds import KINDS
from agents.cases.registry import CaseKind
from core.actions import ActionCall
from core.clock import Clock
from core.errors import Rejected
from core.events import CaseOpened, CaseOrder, CustomerNotice, Event, NewEvent
from core.ids import INTERNAL, ContactId, StreamId, StreamKind, TenantId, case_id
from core.money import MICROS, Money
from core.people import LinkedConversation, Person
from core.recording import Recorder
from core.texts import write_money
from db.cases import find_case_at, find_event, next_number
from db.customers import Customer, find_customer
from db.database import Database
from db.people import read_person

FARTHEST = timedelta(days=366)
_LONGEST_TITLE = 120
Model = TypeVar("Model", bound=BaseModel)


@dataclass(frozen=True, slots=True, kw_only=True)
class _Plan:
    """A case that is to be opened."""

    kind: CaseKind
    title: str
    fields: dict[str, JsonValue]
    """As the kind's module reads them."""
    at: datetime | None = None
    opt_out: str = ""
    """Notices of this kind are all there is to it."""


class OpenCase:
    """`open_case`. A key opens one case; numbers that were taken in vain leave gaps."""

    def __init__(self, database: Database, recorder: Recorder, clock: Clock) -> None:
        self._database = database
        self._recorder = recorder
        self._clock = clock

    async def __call__(self, call: ActionCall) -> dict[str, JsonValue]:
        key = f"case:{call.key}"
        contact = contact_of(call)
        async with self._database.tenant(call.tenant_id) as tx:
            known = await find_event(tx, call.tenant_id, key)
            if known is not None:
                return _opened(known)
            customer = await find_customer(tx, call.tenant_id, contact)
            if customer is None:
                raise Rejected("The customer is not known")
            plan = _plan(call, customer)
            _check_time(plan.at, self._clock.now())
            if plan.opt_out and plan.opt_out in (await read_person(tx, call.tenant_id, contact)).opted_out:
                raise Rejected(f"The customer has opted out of {plan.opt_out}")
            number = await next_number(tx, call.tenant_id, plan.kind.name)
        reference = f"{plan.kind.prefix}-{number}"
        event = CaseOpened(
            case=plan.kind.name, reference=reference, title=plan.title, fields=plan.fields, contact_id=contact,
            contact_name=customer.name, conversation=call.stream_id, channel=customer.channel,
            language=customer.language or customer.tenant_language,
        )  # fmt: skip
        stream = case_id(call.tenant_id, plan.kind.name, reference)
        await self._recorder.record([event_for(call.tenant_id, stream, "case", key, event)])
        async with self._database.tenant(call.tenant_id, readonly=True) as tx:
            recorded = await find_event(tx, call.tenant_id, key)  # another try with this key may have been first
        return _opened(recorded or event)


def _opened(event: Event) -> dict[str, JsonValue]:
    if not isinstance(event, CaseOpened):
        raise Rejected("Something else was done under this key")
    result: dict[str, JsonValue] = {"reference": event.reference, "kind": event.case, "title": event.title}
    if "at" in event.fields:
        result["at"] = event.fields["at"]
    return result


def _plan(call: ActionCall, customer: Customer) -> _Plan:
    plan = _PLANS.get(call.name)
    if plan is None:
        raise Rejected(f"{call.name[:40]} opens no case")
    return plan(call, customer)


def _plan_reminder(call: ActionCall, customer: Customer) -> _Plan:
    del customer
    asked = arguments_of(ReminderArguments, call)
    fields: dict[str, JsonValue] = {"text": asked.text, "at": asked.at.isoformat()}
    return _Plan(kind=KINDS["reminder"], title=_title(asked.text), fields=fields, at=asked.at, opt_out="reminders")


def _plan_ticket(call: ActionCall, customer: Customer) -> _Plan:
    del customer
    asked = arguments_of(TicketArguments, call)
    fields: dict[str, JsonValue] = {"details": asked.details, "urgent": asked.urgent}
    return _Plan(kind=KINDS["ticket"], title=_title(asked.title), fields=fields)


def _plan_call(call: ActionCall, customer: Customer) -> _Plan:
    """The number stands in the title: it is what whoever calls has to see."""
    asked = arguments_of(CallArguments, call)
    phone = asked.phone or (f"+{customer.phone}" if customer.phone else "")
    topic = _title(asked.topic)
    return _Plan(
        kind=KINDS["call"], title=f"{topic} ({phone})" if phone else topic, fields={"at": asked.at.isoformat()},
        at=asked.at,
    )  # fmt: skip


def _plan_refund(call: ActionCall, customer: Customer) -> _Plan:
    """The sum stands in the title: it is what whoever pays has to see."""
    asked = arguments_of(RefundArguments, call)
    amount = Money(micros=int(Decimal(asked.amount) * MICROS), currency=customer.tenant_currency)
    return _Plan(
        kind=KINDS["refund"], title=write_money(amount, customer.tenant_language),
        fields={"amount": asked.amount, "reason": asked.reason},
    )  # fmt: skip


def _plan_start(call: ActionCall, customer: Customer) -> _Plan:
    del customer
    asked = arguments_of(StartCaseArguments, call)
    kind = KINDS.get(asked.kind)
    if kind is None or not kind.startable:
        raise Rejected(f"There is no case {asked.kind} that a customer may start")
    return _Plan(kind=kind, title=_title(asked.title), fields={})


_PLANS: Mapping[str, Callable[[ActionCall, Customer], _Plan]] = {
    "set_reminder": _plan_reminder, "create_ticket": _plan_ticket, "schedule_call": _plan_call,
    "start_case": _plan_start, "give_refund": _plan_refund,
}  # fmt: skip
"""By action."""


def _title(text: str) -> str:
    return " ".join(text.replace("\0", "").split())[:_LONGEST_TITLE]


def _check_time(at: datetime | None, now: datetime) -> None:
    if at is None:
        return
    if at <= now:
        raise Rejected("That time is over: a time in the future is needed")
    if at - now > FARTHEST:
        raise Rejected("That is more than a year away")


class CancelCase:
    """`cancel_case`, by the customer whose case it is."""

    def __init__(self, database: Database, recorder: Recorder) -> None:
        self._database = database
        self._recorder = recorder

    async def __call__(self, call: ActionCall) -> dict[str, JsonValue]:
        reference = arguments_of(CaseArguments, call).reference.strip().upper()
        kind = next((each for each in KINDS.values() if each.prefix and reference.startswith(f"{each.prefix}-")), None)
        if kind is None:
            raise Rejected("There is no such case that can be cancelled")
        stream = case_id(call.tenant_id, kind.name, reference)
        async with self._database.tenant(call.tenant_id, readonly=True) as tx:
            person = await read_person(tx, call.tenant_id, contact_of(call))
            case = await find_case_at(tx, call.tenant_id, stream)
        # A shipment may be called like a case: that somebody has a record of this name does not make the case theirs.
        if case is None or case.contact_id not in person.contact_ids:
            raise Rejected("There is no such case of this customer")
        await order_cancel(self._database, self._recorder, call, stream, by="customer", name=person.name)
        return {"reference": case.reference}


async def order_cancel(
    database: Database,
    recorder: Recorder,
    call: ActionCall,
    stream: StreamId,
    *,
    by: Literal["member", "customer"],
    name: str = "",
) -> None:
    """Once for a key. Raises Rejected when the case is closed, unless it was this very order that closed it.

    A case without a row has been recorded and had no turn yet: the order then queues behind its opening.
    """
    key = f"case:{call.key}"
    async with database.tenant(call.tenant_id, readonly=True) as tx:
        known = await find_event(tx, call.tenant_id, key)
        case = await find_case_at(tx, call.tenant_id, stream)
    if known is not None:
        return
    if case is not None and case.closed_at is not None:
        raise Rejected("The case is closed already")
    order = CaseOrder(order="cancel", by=by, name=name)
    await recorder.record([event_for(call.tenant_id, stream, "case", key, order)])


class SendMessage:
    """`send_message`: the bot's words to the customer, here or on a channel that a code has joined."""

    def __init__(self, database: Database, recorder: Recorder) -> None:
        self._database = database
        self._recorder = recorder

    async def __call__(self, call: ActionCall) -> dict[str, JsonValue]:
        asked = arguments_of(MessageArguments, call)
        async with self._database.tenant(call.tenant_id, readonly=True) as tx:
            person = await read_person(tx, call.tenant_id, contact_of(call))
        place = _find_place(person, call.stream_id, asked.channel)
        notice = CustomerNotice(notice="message", fields={"text": asked.text})
        key = f"message:{call.key}"
        await self._recorder.record([event_for(call.tenant_id, place.stream_id, "conversation", key, notice)])
        return {"channel": place.channel}


def _find_place(person: Person, here: StreamId, channel: str | None) -> LinkedConversation:
    """Here where that fits; else the first of the customer's conversations that does."""
    fitting = [each for each in person.conversations if channel is None or each.channel == channel]
    if not fitting:
        raise Rejected(f"This customer has no conversation on {channel or 'any channel'} that is joined with this one")
    return next((each for each in fitting if each.stream_id == here), fitting[0])


def arguments_of(model: type[Model], call: ActionCall) -> Model:
    try:
        return model.model_validate_json(orjson.dumps(call.arguments))
    except ValidationError:
        raise Rejected(f"The arguments of {call.name[:40]} are not right") from None


def contact_of(call: ActionCall) -> ContactId:
    if call.contact is None:
        raise Rejected(f"{call.name[:40]} is done for a customer only")
    return call.contact


def event_for(tenant: TenantId, stream: StreamId, kind: StreamKind, key: str, event: Event) -> NewEvent:
    return NewEvent(
        tenant_id=tenant, stream_id=stream, stream_kind=kind, account_id=INTERNAL, external_id=key, chat="", event=event
    )
