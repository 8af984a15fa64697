"""Invoices and money: what is owed, and what a customer asks back."""

from agents.actions.declaration import ActionDeclaration, find_amount, find_records
from agents.colleagues import Colleagues, InvoiceQuery, Opinion, OrderQuery, RecordsAnswer
from agents.draft import Draft
from agents.intake.request import Request
from agents.specialists.records import describe_record
from agents.texts import TEXTS
from core.actions import ProposedAction
from core.business import BusinessRecord
from core.texts import escape_markdown

_MOST_SHOWN = 3


async def answer(colleagues: Colleagues, query: InvoiceQuery) -> RecordsAnswer:
    matter = colleagues.matter
    found = await matter.reader.records(matter.whose, "invoice", query.reference)
    if query.shipment is not None:
        found = tuple(each for each in found if each.details.get("shipment", "").upper() == query.shipment.upper())
    return RecordsAnswer(records=found)


async def think(colleagues: Colleagues, declared: ActionDeclaration, action: ProposedAction) -> Opinion:
    """On money that goes back: never more than the invoice or the order came to."""
    micros = find_amount(declared, action.arguments)
    for kind, reference in find_records(declared, action.arguments):
        if kind == "invoice":
            records = (await answer(colleagues, InvoiceQuery(reference=reference))).records
        elif kind == "order":
            records = (await colleagues.ask_sales(OrderQuery(reference=reference))).records
        else:
            continue
        for record in records:
            return _weigh(record, micros)
    return Opinion(yes=False, code="no_record", why="No invoice or order of this customer is named")


def _weigh(record: BusinessRecord, micros: int) -> Opinion:
    if record.amount is None or micros > record.amount.micros:
        return Opinion(yes=False, code="too_much", why=f"{record.reference} does not come to that much")
    share = round(100 * micros / record.amount.micros) if record.amount.micros else 0
    return Opinion(yes=True, code="within", why=f"{share} % of {record.reference}, which is {record.amount}")


async def serve(draft: Draft, request: Request) -> bool:
    if request.intent != "invoice_question":
        return False
    colleagues = await draft.colleagues("billing")
    references = request.entities.references[:_MOST_SHOWN]
    found: list[BusinessRecord] = []
    for one in references or (None,):
        found += (await answer(colleagues, InvoiceQuery(reference=one))).records
        if one is not None:
            found += (await answer(colleagues, InvoiceQuery(shipment=one))).records
    if found:
        draft.say("\n\n".join(describe_record(draft, each) for each in found[:_MOST_SHOWN]))
        return True
    if references:
        draft.say(TEXTS.text("invoice_unknown", draft.language, reference=escape_markdown(references[0])))
        return True
    return False
