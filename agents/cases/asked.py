"""What the cases that somebody asked for have in common: who asked, and a word to the other side of what changes."""

from datetime import datetime
from typing import Literal, TypedDict

from pydantic import JsonValue

from agents.cases.machine import CaseState, Effect, TellCustomer, TellOwners
from core.changes import SaveCase
from core.events import CaseOpened, CaseOrder, CustomerNotice, OwnerNotice
from core.ids import ContactId, StreamId


class Asked(CaseState):
    reference: str = ""
    title: str = ""
    contact: ContactId | None = None
    contact_name: str = ""
    conversation: StreamId | None = None


class Asker(TypedDict):
    """The fields of `Asked`."""

    reference: str
    title: str
    contact: ContactId
    contact_name: str
    conversation: StreamId


def read_asker(event: CaseOpened) -> Asker:
    return Asker(
        reference=event.reference, title=event.title, contact=event.contact_id, contact_name=event.contact_name,
        conversation=event.conversation,
    )  # fmt: skip


def opens(event: object, kind: str) -> bool:
    return isinstance(event, CaseOpened) and event.case == kind


def row_of(case: Asked, kind: str, step: str, *, closed: bool, deadline: datetime | None) -> SaveCase | None:
    if not case.reference:
        return None
    return SaveCase(
        kind=kind, reference=case.reference, title=case.title, step=step, contact=case.contact,
        conversation=case.conversation, deadline=deadline, closed=closed,
    )  # fmt: skip


def opened(case: Asked, kind: str, *, urgent: bool = False, text: str = "", at: datetime | None = None) -> TellOwners:
    more: dict[str, JsonValue] = {"text": text} if text else {}
    return _to_owners("case_opened", case, kind, at, urgent=urgent, **more)


def due(case: Asked, kind: str, step: str, *, at: datetime | None = None) -> TellOwners:
    return _to_owners("case_due", case, kind, at, step=step)


def tell_customer(
    case: Asked, kind: str, step: str, *, text: str = "", at: datetime | None = None
) -> tuple[Effect, ...]:
    if case.conversation is None:
        return ()
    fields: dict[str, JsonValue] = {
        "reference": case.reference, "kind": kind, "step": step, "title": case.title, "text": text,
    }  # fmt: skip
    if at is not None:
        fields["at"] = at.isoformat()
    return (TellCustomer(notice=CustomerNotice(notice="case_news", fields=fields), conversation=case.conversation),)


def tell_other_side(
    case: Asked, kind: str, step: str, order: CaseOrder, *, at: datetime | None = None
) -> tuple[Effect, ...]:
    """What a member ordered is told to the customer, what the customer ordered to the owners."""
    if order.by == "member":
        return tell_customer(case, kind, step, text=order.text, at=at)
    return (_to_owners("case_news", case, kind, at, step=step, text=order.text),)


def _to_owners(
    notice: Literal["case_opened", "case_due", "case_news"],
    case: Asked,
    kind: str,
    at: datetime | None,
    **fields: JsonValue,
) -> TellOwners:
    named: dict[str, JsonValue] = {
        "reference": case.reference, "kind": kind, "title": case.title, "customer": case.contact_name, **fields,
    }  # fmt: skip
    if at is not None:
        named["at"] = at.isoformat()
    return TellOwners(notice=OwnerNotice(notice=notice, fields=named))
