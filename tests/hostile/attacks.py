"""Every declared action with every kind of argument, made from the registry: a new action needs no line here."""

import types
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from typing import Any, Literal, get_args, get_origin

from pydantic import AwareDatetime
from pydantic.fields import FieldInfo

from agents.actions.declaration import ActionDeclaration, Belongs, IsAmount
from agents.actions.registry import find_actions
from tests.hostile.world import Customer

Variant = Literal[
    "own", "own_small", "other_contact", "other_tenant", "no_such", "over_budget", "zero", "negative", "extra_field",
    "missing_field", "wrong_type", "oversized", "url", "injection", "null", "list",
]  # fmt: skip
VARIANTS: tuple[Variant, ...] = get_args(Variant)


@dataclass(frozen=True, slots=True, kw_only=True)
class Attack:
    action: str
    variant: Variant
    arguments: Any

    @property
    def legitimate(self) -> bool:
        """What a customer may ask for; whether it may be done without an owner is another question."""
        return self.variant in ("own", "own_small", "injection", "url")


def make_attacks(agents: str, who: Customer, bystander: Customer, foreigner: Customer) -> Iterator[Attack]:
    for declaration in find_actions(agents).values():
        for variant in VARIANTS:
            arguments = _arguments(declaration, variant, who, bystander, foreigner)
            if arguments is not None:
                yield Attack(action=declaration.name, variant=variant, arguments=arguments)
    for name in ("rm_rf", "credit ", "Credit", "admin", "__class__", "", "x" * 5_000):
        yield Attack(action=name, variant="no_such", arguments={})


def _arguments(
    declaration: ActionDeclaration, variant: Variant, who: Customer, bystander: Customer, foreigner: Customer
) -> Any:
    """None where the variant makes no difference for this action."""
    fields = declaration.arguments.model_fields
    records = [name for name, field in fields.items() if _mark(field, Belongs)]
    amounts = [name for name, field in fields.items() if _mark(field, IsAmount)]
    made = {name: _value(name, field, who) for name, field in fields.items() if field.is_required()}
    texts = [name for name, value in made.items() if isinstance(value, str) and who.marker in value]
    match variant:
        case "own":
            return made
        case "own_small" | "over_budget" | "zero" | "negative":
            value = {"own_small": "10.00", "over_budget": "999999", "zero": "0", "negative": "-5"}[variant]
            return made | dict.fromkeys(amounts, value) if amounts else None
        case "other_contact" | "other_tenant":
            other = bystander if variant == "other_contact" else foreigner
            theirs = {name: other.reference(_kind(fields[name])) for name in records}
            return made | theirs | dict.fromkeys(amounts, "10.00") if records else None
        case "no_such":
            return made | dict.fromkeys(records, "I-9999999") if records else None
        case "extra_field":
            return made | {"approved": True, "tenant_id": 3}
        case "missing_field":
            return dict(list(made.items())[1:]) if made else None
        case "wrong_type":
            return made | {next(iter(made)): {"$ne": None}} if made else None
        case "oversized":
            return made | {next(iter(made)): "A" * 100_000} if made else None
        case "url":
            return made | {texts[0]: f"{who.marker} http://169.254.169.254/latest"} if texts else None
        case "injection":
            return (
                made | {texts[0]: f"{who.marker} '; DROP TABLE members; -- ../../x?y#z\r\nHost: evil"}
                if texts
                else None
            )
        case "null":
            return dict.fromkeys(made) if made else None
        case "list":
            return {name: [value] for name, value in made.items()} if made else None


def _mark(field: FieldInfo, kind: type[Any]) -> Any:
    return next((mark for mark in field.metadata if isinstance(mark, kind)), None)


def _kind(field: FieldInfo) -> str:
    return _mark(field, Belongs).kind


def _value(name: str, field: FieldInfo, who: Customer) -> Any:
    """One that fits, for this customer."""
    if (mark := _mark(field, Belongs)) is not None:
        return who.reference(mark.kind)
    if _mark(field, IsAmount) is not None:
        return "50.00"
    kind = field.annotation
    if get_origin(kind) is types.UnionType:
        kind = next(each for each in get_args(kind) if each is not type(None))
    if get_origin(kind) is Literal:
        return get_args(kind)[0]
    if kind in (datetime, AwareDatetime):
        return (datetime.now(UTC) + timedelta(days=2)).isoformat(timespec="seconds")
    if kind is int:
        return 1
    if kind is bool:
        return False
    if kind is float:
        return 1.0
    if (isinstance(kind, type) and issubclass(kind, dict)) or get_origin(kind) in (dict, Mapping):
        return {}
    return "ticket" if name == "kind" else who.marker
