"""Actions that only read: answered within the turn, from what is on file of this customer."""

from datetime import datetime

import orjson

from agents.actions.declaration import ActionDeclaration, find_records
from agents.colleagues import InvoiceQuery, OrderQuery, ShipmentQuery
from agents.draft import Draft
from core.actions import ProposedAction
from core.business import BusinessRecord, ShipmentView


async def look_up(draft: Draft, declared: ActionDeclaration, action: ProposedAction) -> str:
    """JSON for a model. The agent whose files these are is asked: nobody reads another's."""
    kind, reference = next(iter(find_records(declared, action.arguments)))
    colleagues = await draft.colleagues(action.agent)
    found: list[object]
    match kind:
        case "shipment":
            answer = await colleagues.ask_logistics(ShipmentQuery(reference=reference))
            found = [write_shipment(each) for each in answer.shipments]
        case "invoice":
            found = [
                write_record(each) for each in (await colleagues.ask_billing(InvoiceQuery(reference=reference))).records
            ]
        case "order":
            found = [
                write_record(each) for each in (await colleagues.ask_sales(OrderQuery(reference=reference))).records
            ]
        case "case":
            found = []
    return orjson.dumps(found).decode()


def write_shipment(shipment: ShipmentView) -> dict[str, object]:
    return {
        "reference": shipment.reference, "status": shipment.status, "promised": _day(shipment.promised_at),
        "expected": _day(shipment.eta),
    }  # fmt: skip


def write_record(record: BusinessRecord) -> dict[str, object]:
    return {
        "kind": record.kind, "reference": record.reference, "status": record.status,
        "amount": str(record.amount) if record.amount else None,
        "due": record.due_on.isoformat() if record.due_on else None,
        **record.details,
    }  # fmt: skip


def _day(at: datetime | None) -> str | None:
    return at.date().isoformat() if at else None
