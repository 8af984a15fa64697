"""What agents may ask each other, by type. An agent reads its own files only; whoever needs another's asks.

A question may lead to another, three deep. Each stands in the turn's trace: who asked whom what, and what came back.
"""

from collections.abc import Awaitable, Callable, Mapping
from dataclasses import dataclass
from datetime import datetime

from agents.actions.declaration import ActionDeclaration
from core.actions import ProposedAction
from core.business import BusinessRecord, ShipmentView, Whose
from core.errors import Exhausted
from core.turns import Reader

MOST_DEPTH = 3


@dataclass(frozen=True, slots=True, kw_only=True)
class ShipmentQuery:
    """To logistics. Without a reference: all of this customer's."""

    reference: str | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class ShipmentAnswer:
    shipments: tuple[ShipmentView, ...]
    late_days: Mapping[str, int]
    """By reference: how many days the expected arrival is after the promised one; 0 when it is not, or unknown."""


@dataclass(frozen=True, slots=True, kw_only=True)
class InvoiceQuery:
    """To billing."""

    reference: str | None = None
    shipment: str | None = None
    """Those about this shipment."""


@dataclass(frozen=True, slots=True, kw_only=True)
class OrderQuery:
    """To sales."""

    reference: str | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class RecordsAnswer:
    records: tuple[BusinessRecord, ...]


@dataclass(frozen=True, slots=True, kw_only=True)
class Opinion:
    """A vote on an action."""

    yes: bool
    code: str
    """`late`, `not_late`, `grounded`, `ungrounded`, `no_opinion`…"""
    why: str = ""
    """For whoever decides: exact, in English or figures."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Matter:
    """What all agents of a turn know: whose matter it is and what was said. Files are reached through `reader`, each
    kind by its agent only (`tests/agents/test_team.py` sees to that)."""

    reader: Reader
    whose: Whose
    words: str
    """The customer's, of this turn: data."""
    amounts: tuple[str, ...]
    """That stand in those words: `12.50`."""
    suspicious: bool
    now: datetime
    note: Callable[[str, str, str, str], None]
    """Into the trace: who asked whom what, and what came back."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Team:
    """Who answers what; `agents/specialists/team.py` names them."""

    shipments: "Callable[[Colleagues, ShipmentQuery], Awaitable[ShipmentAnswer]]"
    invoices: "Callable[[Colleagues, InvoiceQuery], Awaitable[RecordsAnswer]]"
    orders: "Callable[[Colleagues, OrderQuery], Awaitable[RecordsAnswer]]"
    opinions: "Mapping[str, Callable[[Colleagues, ActionDeclaration, ProposedAction], Awaitable[Opinion]]]"


class Colleagues:
    """One agent's line to the others, within one turn. All questions raise Exhausted too deep, and Transient."""

    def __init__(self, team: Team, matter: Matter, *, asker: str, depth: int = 0) -> None:
        self.matter = matter
        self._team = team
        self._asker = asker
        self._depth = depth

    async def ask_logistics(self, query: ShipmentQuery) -> ShipmentAnswer:
        found = await self._team.shipments(self._deeper("logistics"), query)
        late = ", ".join(f"{reference} {days} days late" for reference, days in found.late_days.items() if days)
        self._note("logistics", f"shipment {query.reference or 'any'}", late or f"{len(found.shipments)} found")
        return found

    async def ask_billing(self, query: InvoiceQuery) -> RecordsAnswer:
        found = await self._team.invoices(self._deeper("billing"), query)
        self._note("billing", f"invoice {query.reference or query.shipment or 'any'}", f"{len(found.records)} found")
        return found

    async def ask_sales(self, query: OrderQuery) -> RecordsAnswer:
        found = await self._team.orders(self._deeper("sales"), query)
        self._note("sales", f"order {query.reference or 'any'}", f"{len(found.records)} found")
        return found

    async def ask_opinion(self, agent: str, declared: ActionDeclaration, action: ProposedAction) -> Opinion:
        """Whoever has none says no: silence is no agreement."""
        think = self._team.opinions.get(agent)
        opinion = Opinion(yes=False, code="no_opinion")
        if think is not None:
            opinion = await think(self._deeper(agent), declared, action)
        self._note(
            agent, f"agree to {declared.name}?", f"{'yes' if opinion.yes else 'no'}: {opinion.why or opinion.code}"
        )
        return opinion

    def _deeper(self, agent: str) -> "Colleagues":
        if self._depth >= MOST_DEPTH:
            raise Exhausted(f"Agents asked each other more than {MOST_DEPTH} deep")
        return Colleagues(self._team, self.matter, asker=agent, depth=self._depth + 1)

    def _note(self, agent: str, question: str, answer: str) -> None:
        self.matter.note(self._asker, agent, question, answer)
