"""What the declaration of an action says. Every field has to be said: an action without a policy cannot be written.

The one that has a default fails closed.
"""

from collections.abc import Iterator
from dataclasses import dataclass
from decimal import Decimal, InvalidOperation
from typing import Annotated, Literal

import orjson
from pydantic import BaseModel, ConfigDict, Field, JsonValue, ValidationError

from core.actions import RecordKey, RecordKind
from core.errors import Rejected
from core.money import MICROS

MOST_BYTES = 16 * 1024
"""Of an action's arguments, as JSON."""


class Arguments(BaseModel):
    """The base of all argument models: nothing extra, nothing converted."""

    model_config = ConfigDict(extra="forbid", frozen=True, strict=True)


@dataclass(frozen=True, slots=True)
class Belongs:
    """Marks an argument that names a record: it must exist in the tenant and be the customer's."""

    kind: RecordKind


@dataclass(frozen=True, slots=True)
class IsAmount:
    """Marks the argument that is the money an action moves or costs."""


Amount = Annotated[str, Field(pattern=r"^(0|[1-9]\d{0,8})(\.\d{1,2})?$"), IsAmount()]
"""In the tenant's currency: `12.50`. Text, so that no cent is lost on the way."""
Words = Annotated[str, Field(min_length=1, max_length=500)]


@dataclass(frozen=True, slots=True, kw_only=True)
class ActionDeclaration:
    name: str
    title: str
    """English, or the tenant's own words; rooms that speak other languages have `action_<name>` in their catalogue."""
    about: str
    """What it does and when to use it, for a model."""
    by: Literal["platform", "agent", "owner", "desk"]
    """Who may ask for it: the platform's own code, an agent on behalf of a customer, an owner by a tap on an approval,
    or a member at their desk."""
    agents: frozenset[str]
    """Which agents, of `by="agent"`; `*` for each."""
    concerns: tuple[str, ...]
    """Agents with a say besides the one that proposes; see `agents/consensus.py`."""
    arguments: type[BaseModel]
    touches: Literal["nothing", "memory", "customer", "business", "outside"]
    """Whose things change: nobody's, what is remembered, what the customer gets, our own records, another system."""
    risk: Literal["low", "medium", "high"]
    reversal: Literal["nothing", "reversible", "irreversible"]
    """`reversible`: an owner may take it back for a while; `nothing`: there is nothing to take back."""
    cost: Literal["free", "amount"]
    """`amount`: what the argument marked `IsAmount` says."""
    idempotency: Literal["repeatable", "key"]
    """`repeatable`: twice is as good as once. `key`: the executor does it once for a key."""
    decide: Literal["allow", "ask", "forbid"]
    """Where the tenant has no rules of its own."""
    approver: Literal["manager", "owner"]
    seat: Literal["viewer", "manager", "owner"] | None = None
    """Of `by="desk"`: the least role that may ask for it; None: nobody may."""
    money_moving: bool
    executor: str
    """By this name `steward/wiring.py` connects what does it. Empty: it only reads, and is answered within the turn."""
    done: tuple[str, ...]
    """What may be said to be done once its receipt is there; see `agents/quality/claims.py`."""
    result: str
    """What the `ActionResult` holds when it went well."""

    @property
    def gives_money(self) -> bool:
        """It moves money, or has a person of the business pay it."""
        return self.money_moving or (self.cost == "amount" and self.touches == "business")


def read_arguments(declaration: ActionDeclaration, arguments: dict[str, JsonValue]) -> dict[str, JsonValue]:
    """Checked, and in the one form that is stored and hashed. Raises Rejected, naming the field and never its value."""
    try:
        text = orjson.dumps(arguments)
    except TypeError:  # numbers beyond 64 bits, halves of characters
        raise Rejected(f"The arguments of {declaration.name} cannot be written down") from None
    if b"\\u0000" in text:
        raise Rejected(f"The arguments of {declaration.name} hold a character that no text has")
    if len(text) > MOST_BYTES:
        raise Rejected(f"The arguments of {declaration.name} are too long")
    try:
        checked = declaration.arguments.model_validate_json(text)
    except ValidationError as error:
        first = error.errors()[0]
        place = ".".join(str(part)[:40] for part in first["loc"]) or "arguments"
        raise Rejected(f"{declaration.name}: {place} does not fit ({first['type']})") from None
    return checked.model_dump(mode="json", exclude_none=True)


def find_records(declaration: ActionDeclaration, arguments: dict[str, JsonValue]) -> Iterator[RecordKey]:
    """The records that checked arguments name."""
    for name, field in declaration.arguments.model_fields.items():
        for mark in field.metadata:
            if isinstance(mark, Belongs) and (value := arguments.get(name)) is not None:
                yield mark.kind, str(value)


def find_amount(declaration: ActionDeclaration, arguments: dict[str, JsonValue]) -> int:
    """Micro-units of the tenant's currency that checked arguments move; 0 for an action without an amount."""
    for name, field in declaration.arguments.model_fields.items():
        if any(isinstance(mark, IsAmount) for mark in field.metadata) and (value := arguments.get(name)) is not None:
            try:
                return int(Decimal(str(value)) * MICROS)
            except (InvalidOperation, OverflowError, ValueError):  # not checked, or by another declaration
                return 0
    return 0
