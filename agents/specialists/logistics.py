"""Shipments: where they are, whether they are late."""

from datetime import datetime
from math import ceil
from zoneinfo import ZoneInfo, ZoneInfoNotFoundError

from agents.actions.declaration import ActionDeclaration, find_records
from agents.colleagues import Colleagues, InvoiceQuery, Opinion, ShipmentAnswer, ShipmentQuery
from agents.draft import Draft
from agents.intake.request import Request
from agents.texts import TEXTS
from core.actions import ProposedAction
from core.business import ShipmentView
from core.texts import escape_markdown, write_date

_MOST_SHOWN = 3
_DAY = 24 * 3600.0


async def answer(colleagues: Colleagues, query: ShipmentQuery) -> ShipmentAnswer:
    matter = colleagues.matter
    found = await matter.reader.shipments(matter.whose, query.reference)
    return ShipmentAnswer(shipments=found, late_days={each.reference: count_late_days(each) for each in found})


async def think(colleagues: Colleagues, declared: ActionDeclaration, action: ProposedAction) -> Opinion:
    """On what a customer gets for a late shipment: only for one that is."""
    references = [reference for kind, reference in find_records(declared, action.arguments) if kind == "shipment"]
    for kind, reference in find_records(declared, action.arguments):
        if kind == "invoice":
            invoices = await colleagues.ask_billing(InvoiceQuery(reference=reference))
            references += [each.details["shipment"] for each in invoices.records if "shipment" in each.details]
    for reference in references:
        found = await answer(colleagues, ShipmentQuery(reference=reference))
        for shipment, days in found.late_days.items():
            if days > 0:
                return Opinion(yes=True, code="late", why=f"{shipment} is {days} days late")
            return Opinion(yes=False, code="not_late", why=f"{shipment} is not late")
    return Opinion(yes=False, code="no_shipment", why="No shipment of this customer is named")


async def serve(draft: Draft, request: Request) -> bool:
    if request.intent not in ("where_is_shipment", "late_complaint", "where_is_order"):
        return False
    colleagues = await draft.colleagues("logistics")
    references = request.entities.references[:_MOST_SHOWN]
    found = [
        each
        for one in references or (None,)
        for each in (await answer(colleagues, ShipmentQuery(reference=one))).shipments
    ]
    if found:
        draft.say("\n\n".join(describe(draft, each) for each in found[:_MOST_SHOWN]))
        return True
    if references and request.intent != "where_is_order":
        draft.say(TEXTS.text("shipment_unknown", draft.language, reference=escape_markdown(references[0])))
        return True
    return False


def describe(draft: Draft, shipment: ShipmentView) -> str:
    """From the file, word for word what is known; no guess."""
    language, zone = draft.language, draft.turn.tenant.time_zone
    lines = [
        TEXTS.text(
            "shipment_line", language, reference=escape_markdown(shipment.reference),
            status=escape_markdown(shipment.status) or "–",
        ),
        TEXTS.text("shipment_promised", language, promised=_day(shipment.promised_at, language, zone)),
    ]  # fmt: skip
    if shipment.eta is not None:
        lines.append(TEXTS.text("shipment_expected", language, eta=_day(shipment.eta, language, zone)))
    if days := count_late_days(shipment):
        lines.append(TEXTS.plural("shipment_days_late", days, language))
    return "\n".join(lines)


def _day(at: datetime, language: str, zone: str) -> str:
    """Shipments are promised by the day."""
    try:
        return write_date(at.astimezone(ZoneInfo(zone)).date(), language)
    except (ZoneInfoNotFoundError, ValueError):
        return write_date(at.date(), language)


def count_late_days(shipment: ShipmentView) -> int:
    """Begun days between the promise and what is expected; 0 when nothing is expected, or in time."""
    if shipment.eta is None:
        return 0
    return max(0, ceil((shipment.eta - shipment.promised_at).total_seconds() / _DAY))
