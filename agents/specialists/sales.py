"""Orders: what was ordered and how it stands."""

from agents.actions.declaration import ActionDeclaration, find_records
from agents.colleagues import Colleagues, Opinion, OrderQuery, RecordsAnswer
from agents.draft import Draft
from agents.intake.request import Request
from agents.specialists.records import describe_record
from agents.texts import TEXTS
from core.actions import ProposedAction
from core.texts import escape_markdown

_MOST_SHOWN = 3


async def answer(colleagues: Colleagues, query: OrderQuery) -> RecordsAnswer:
    matter = colleagues.matter
    return RecordsAnswer(records=await matter.reader.records(matter.whose, "order", query.reference))


async def think(colleagues: Colleagues, declared: ActionDeclaration, action: ProposedAction) -> Opinion:
    """On what is done about an order: only about one that is there."""
    for kind, reference in find_records(declared, action.arguments):
        if kind == "order" and (await answer(colleagues, OrderQuery(reference=reference))).records:
            return Opinion(yes=True, code="ordered", why=f"{reference} is an order of this customer")
    return Opinion(yes=False, code="no_order", why="No order of this customer is named")


async def serve(draft: Draft, request: Request) -> bool:
    if request.intent != "where_is_order":
        return False
    colleagues = await draft.colleagues("sales")
    references = request.entities.references[:_MOST_SHOWN]
    found = [
        each for one in references or (None,) for each in (await answer(colleagues, OrderQuery(reference=one))).records
    ]
    if found:
        draft.say("\n\n".join(describe_record(draft, each) for each in found[:_MOST_SHOWN]))
        return True
    if references:
        draft.say(TEXTS.text("order_unknown", draft.language, reference=escape_markdown(references[0])))
        return True
    return False
