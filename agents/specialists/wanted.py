"""A tenant's own action, proposed on a customer's words without a model: filled from the records, not from thin air."""

from dataclasses import dataclass, field
from decimal import ROUND_HALF_UP, Decimal

from pydantic import JsonValue

from agents.acting.proposing import Step, act
from agents.actions.everyday import GIVE_REFUND
from agents.colleagues import Colleagues, InvoiceQuery, OrderQuery, ShipmentQuery
from agents.draft import Draft
from agents.intake.request import Request
from agents.specialists.logistics import describe
from agents.specialists.refunds import serve_refund
from agents.texts import TEXTS
from core.business import BusinessRecord, ShipmentView
from core.money import MICROS
from core.texts import escape_markdown
from tenants.agents import HttpAction, HttpField, read_policy

_LONGEST_REASON = 200
_MOST_OFFERED = 5


@dataclass(slots=True)
class _Filling:
    """While an action's arguments are gathered."""

    arguments: dict[str, JsonValue] = field(default_factory=dict[str, JsonValue])
    record: BusinessRecord | None = None
    shipment: ShipmentView | None = None
    late_days: int = 0
    question: str = ""
    """What the customer has to be asked first."""


async def serve_wanted(draft: Draft, request: Request) -> Step | None:
    """None where nothing that an owner has to approve is wanted."""
    if GIVE_REFUND in request.wants:
        return await serve_refund(draft, request)
    own = {each.name: each for each in read_policy(draft.turn.tenant.agents).http}
    action = next((own[name] for name in request.wants if name in own), None)
    if action is None:
        return None
    filling = await _fill(draft, request, action)
    if filling is None:
        return None
    if filling.question:
        draft.say(filling.question)
        return Step(status="read", says="asked the customer first")
    step = await act(draft, action.name, filling.arguments, agent=action.agent, why=_why(action, filling))
    if filling.shipment is not None:
        draft.say(describe(draft, filling.shipment))
    return step


async def _fill(draft: Draft, request: Request, action: HttpAction) -> _Filling | None:
    """None when an argument can only come from a person."""
    colleagues, filling = await draft.colleagues(action.agent), _Filling()
    await _find_shipment(colleagues, request, filling)
    for name, about in sorted(action.fields.items(), key=lambda each: each[1].type != "reference"):
        value = await _value(draft, colleagues, request, about, filling)
        if value is None and not filling.question:
            return None
        if filling.question:
            return filling
        filling.arguments[name] = value
    return filling


async def _value(
    draft: Draft, colleagues: Colleagues, request: Request, about: HttpField, filling: _Filling
) -> JsonValue:
    entities = request.entities
    match about.type:
        case "reference":
            return await _find_record(draft, colleagues, request, about, filling)
        case "amount":
            foreign = entities.currency not in ("", draft.turn.tenant.currency)
            if entities.amounts and not foreign:
                return _cents(Decimal(entities.amounts[0]))
            if (
                not foreign
                and about.suggest_percent
                and filling.record is not None
                and filling.record.amount is not None
            ):
                whole = Decimal(filling.record.amount.micros) / MICROS
                return _cents(whole * about.suggest_percent / 100)
            filling.question = TEXTS.text("ask_amount", draft.language)
            return None
        case "date":
            return entities.times[0].date().isoformat() if entities.times else None
        case "text":
            return _reason(draft, filling)
        case "integer":
            return None


async def _find_shipment(colleagues: Colleagues, request: Request, filling: _Filling) -> None:
    """The one that the customer names, or the only one that is late."""
    for reference in request.entities.references or (None,):
        found = await colleagues.ask_logistics(ShipmentQuery(reference=reference))
        late = [each for each in found.shipments if found.late_days.get(each.reference)]
        chosen = found.shipments if reference else late
        if len(chosen) == 1:
            filling.shipment, filling.late_days = chosen[0], found.late_days.get(chosen[0].reference, 0)
            return


async def _find_record(
    draft: Draft, colleagues: Colleagues, request: Request, about: HttpField, filling: _Filling
) -> JsonValue:
    """Named by its number, or by the shipment it is about, or the only one there is; else the customer is asked."""
    if about.kind == "shipment":
        return filling.shipment.reference if filling.shipment else None
    found: list[BusinessRecord] = []
    for reference in request.entities.references:
        found += await _records(colleagues, about.kind, reference)
    if not found and filling.shipment is not None:
        asked = await colleagues.ask_billing(InvoiceQuery(shipment=filling.shipment.reference))
        found += [each for each in asked.records if about.kind == "invoice"]
    if not found and not request.entities.references:
        found += await _records(colleagues, about.kind, None)
    if len(found) > 1:
        listed = ", ".join(escape_markdown(each.reference) for each in found[:_MOST_OFFERED])
        filling.question = TEXTS.text(f"ask_which_{about.kind}", draft.language, listed=listed)
    if len(found) != 1:
        return None
    filling.record = found[0]
    return found[0].reference


async def _records(colleagues: Colleagues, kind: str | None, reference: str | None) -> tuple[BusinessRecord, ...]:
    if kind == "invoice":
        return (await colleagues.ask_billing(InvoiceQuery(reference=reference))).records
    return (await colleagues.ask_sales(OrderQuery(reference=reference))).records


def _cents(amount: Decimal) -> str:
    return f"{amount.quantize(Decimal('0.01'), ROUND_HALF_UP):f}"


def _reason(draft: Draft, filling: _Filling) -> str:
    """What can be proven, where it can; else the customer's words, as words."""
    if filling.shipment is not None and filling.late_days:
        return f"{filling.shipment.reference} is {filling.late_days} days late"
    return " ".join(draft.words.split())[:_LONGEST_REASON] or "asked for in the chat"


def _why(action: HttpAction, filling: _Filling) -> str:
    """For the card."""
    if filling.shipment is not None and filling.late_days:
        return f"{filling.shipment.reference}: {filling.late_days} days late"
    return action.title
