"""The arguments of an action as an owner sees and changes them, whoever declared it."""

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import date, datetime
from decimal import Decimal, InvalidOperation
from types import NoneType, UnionType
from typing import Annotated, Any, Literal, Union, get_args, get_origin
from zoneinfo import ZoneInfoNotFoundError

from pydantic import AwareDatetime, JsonValue
from pydantic.fields import FieldInfo

from admin.session import DeskTurn
from admin.texts import load_catalogue, quote, shorten
from agents.actions.declaration import ActionDeclaration, Belongs, IsAmount
from agents.actions.registry import find_actions
from core.money import MICROS, Money
from core.texts import write_date, write_moment, write_money
from tenants.agents import HttpField, read_policy

FieldKind = Literal["record", "amount", "moment", "date", "yes_no", "choice", "integer", "text"]
_LABEL = 20


@dataclass(frozen=True, slots=True, kw_only=True)
class ActionField:
    name: str
    kind: FieldKind
    about: str = ""
    """The tenant's own words for it."""
    choices: tuple[str, ...] = ()
    least: int | None = None
    most: int | None = None
    """Of an integer; of a text, its length."""

    @property
    def editable(self) -> bool:
        """Whose record it is about is not changed at a desk: another one would be another action."""
        return self.kind != "record"


def find_declared(desk: DeskTurn, name: str) -> ActionDeclaration | None:
    return find_actions(desk.turn.tenant.agents).get(name)


def list_fields(desk: DeskTurn, name: str) -> tuple[ActionField, ...]:
    """All that the declaration has, in its order; none for an action that is not there any more."""
    declared = find_declared(desk, name)
    if declared is None:
        return ()
    own = next((each for each in read_policy(desk.turn.tenant.agents).http if each.name == name), None)
    told: Mapping[str, HttpField] = own.fields if own and declared.executor == "http" else {}
    return tuple(_read_field(name, info, told.get(name)) for name, info in declared.arguments.model_fields.items())


def name_action(desk: DeskTurn, name: str) -> str:
    """In the owner's language for ours, in the tenant's words for its own; not escaped."""
    key = f"action_{name}"
    if key in load_catalogue().keys:
        return desk.write(key)
    declared = find_declared(desk, name)
    return declared.title if declared else name


def name_agent(desk: DeskTurn, agent: str, limit: int) -> str:
    key = f"agent_{agent}"
    return desk.write(key) if key in load_catalogue().keys else quote(_read_aloud(agent), limit)


def name_field(desk: DeskTurn, field: ActionField, limit: int) -> str:
    return quote(_name_briefly(desk, field), limit)


def label_field(desk: DeskTurn, field: ActionField) -> str:
    """For a button."""
    return shorten(_name_briefly(desk, field), _LABEL)


def write_value(desk: DeskTurn, field: ActionField, value: JsonValue, limit: int | None = None) -> str:
    """As people write it, in Markdown. Without a limit it is whole."""
    try:
        match field.kind:
            case "amount":
                micros = int(Decimal(str(value)) * MICROS)
                return write_money(Money(micros=micros, currency=desk.turn.tenant.currency), desk.language)
            case "moment":
                return write_moment(datetime.fromisoformat(str(value)), desk.language, desk.turn.tenant.time_zone)
            case "date":
                return write_date(date.fromisoformat(str(value)), desk.language)
            case "yes_no":
                return desk.write("act_yes" if value else "act_no")
            case "record" | "choice" | "integer" | "text":
                return quote(str(value), limit)
    except (ValueError, InvalidOperation, OverflowError, ZoneInfoNotFoundError):
        return quote(str(value), limit)


def _name_briefly(desk: DeskTurn, field: ActionField) -> str:
    key = f"field_{field.name}"
    return desk.write(key) if key in load_catalogue().keys else _read_aloud(field.name)


def _read_aloud(name: str) -> str:
    return name.replace("_", " ").strip().capitalize()


def _read_field(name: str, info: FieldInfo, told: HttpField | None) -> ActionField:
    kind, choices = _find_kind(info, told)
    least, most = _find_bounds(info)
    return ActionField(
        name=name, kind=kind, about=told.about if told else "", choices=choices, least=least, most=most
    )  # fmt: skip


def _find_kind(info: FieldInfo, told: HttpField | None) -> tuple[FieldKind, tuple[str, ...]]:
    if any(isinstance(mark, Belongs) for mark in info.metadata):
        return "record", ()
    if any(isinstance(mark, IsAmount) for mark in info.metadata):
        return "amount", ()
    if told is not None and told.type == "date":
        return "date", ()
    bare = _bare(info.annotation)
    if get_origin(bare) is Literal:
        return "choice", tuple(str(each) for each in get_args(bare))
    kinds: dict[object, FieldKind] = {AwareDatetime: "moment", datetime: "moment", bool: "yes_no", int: "integer"}
    return kinds.get(bare, "text"), ()


def _bare(annotation: Any) -> Any:
    """Without what surrounds it: `Annotated[str, …] | None` is `str`."""
    while True:
        origin = get_origin(annotation)
        if origin is Annotated:
            annotation = get_args(annotation)[0]
        elif origin is Union or origin is UnionType:
            annotation = next(each for each in get_args(annotation) if each is not NoneType)
        else:
            return annotation


def _find_bounds(info: FieldInfo) -> tuple[int | None, int | None]:
    least = most = None
    for mark in info.metadata:
        least = getattr(mark, "ge", getattr(mark, "min_length", least))
        most = getattr(mark, "le", getattr(mark, "max_length", most))
    return least, most
