"""An owner's words as the new value of an argument. The declaration has the last word on whether it fits."""

import re
from datetime import date, datetime
from decimal import Decimal
from zoneinfo import ZoneInfo

from pydantic import JsonValue

from admin.action_fields import ActionField, find_declared
from admin.amounts import read_amount
from admin.session import DeskTurn
from admin.texts import quote
from agents.actions.declaration import ActionDeclaration, find_amount, read_arguments
from agents.policy.guards import find_rules
from core.actions import ProposedAction
from core.errors import Rejected
from core.money import MICROS, Money
from core.texts import write_money
from tenants.agents import read_policy

_CLOCK = r"(\d{1,2})[:.](\d{2})"
_ISO_DAY = re.compile(r"(\d{4})-(\d{1,2})-(\d{1,2})", re.ASCII)
_ISO_MOMENT = re.compile(r"\d{4}-\d{2}-\d{2}[T ]\d{2}:\d{2}(?::\d{2})?(?:Z|[+-]\d{2}:\d{2})?", re.ASCII | re.IGNORECASE)
_DAY = re.compile(r"(\d{1,2})\.\s?(\d{1,2})\.?(?:\s?(\d{4}))?", re.ASCII)
_MOMENT = re.compile(rf"{_DAY.pattern},?\s+{_CLOCK}", re.ASCII)
_INTEGER = re.compile(r"-?\d{1,12}", re.ASCII)
_CHOICES_SHOWN = 300


class WrongValue(ValueError):
    """Says in the owner's language what is wrong."""


def read_value(desk: DeskTurn, field: ActionField, text: str, at: datetime) -> JsonValue:
    """`at` is when it was written: a day without a year is the next one. Raises WrongValue."""
    text = text.replace("\0", "").strip()
    try:
        match field.kind:
            case "amount":
                return f"{Decimal(read_amount(desk, text).micros) / MICROS:.2f}"
            case "moment":
                return _read_moment(desk, text, at).isoformat()
            case "date":
                return _read_day(text, at.astimezone(ZoneInfo(desk.turn.tenant.time_zone)).date()).isoformat()
            case "integer":
                return int(_match(_INTEGER, text)[0])
            case "choice":
                return next(each for each in field.choices if each.casefold() == text.casefold())
            case "text" if text:
                return text
            case "text" | "yes_no" | "record":
                raise ValueError("nothing that can be a value")
    except WrongValue:
        raise
    except (ValueError, StopIteration, OverflowError):
        raise WrongValue(_explain(desk, field)) from None


def change_arguments(
    desk: DeskTurn, action: ProposedAction, field: ActionField, value: JsonValue
) -> dict[str, JsonValue]:
    """All arguments with the new value in it, in the form that is hashed. Raises WrongValue."""
    declared = find_declared(desk, action.name)
    if declared is None:
        raise WrongValue(desk.write("act_gone"))
    try:
        arguments = read_arguments(declared, {**action.arguments, field.name: value})
    except Rejected:
        raise WrongValue(_explain(desk, field)) from None
    _check_amount(desk, declared, arguments)
    return arguments


def _check_amount(desk: DeskTurn, declared: ActionDeclaration, arguments: dict[str, JsonValue]) -> None:
    micros = find_amount(declared, arguments)
    most = find_rules(read_policy(desk.turn.tenant.agents), declared.name).at_most
    if most is not None and micros > most * MICROS:
        limit = Money(micros=int(most * MICROS), currency=desk.turn.tenant.currency)
        raise WrongValue(desk.write("act_too_much", most=write_money(limit, desk.language)))
    if declared.cost == "amount" and micros <= 0:
        raise WrongValue(desk.write("act_zero"))


def _explain(desk: DeskTurn, field: ActionField) -> str:
    match field.kind:
        case "amount":
            return desk.write("act_bad_amount", currency=desk.turn.tenant.currency)
        case "moment":
            return desk.write("act_bad_moment")
        case "date":
            return desk.write("act_bad_date")
        case "integer" if field.least is not None and field.most is not None:
            return desk.write("act_bad_integer", least=field.least, most=field.most)
        case "choice":
            return desk.write("act_bad_choice", choices=quote(", ".join(field.choices), _CHOICES_SHOWN))
        case "text" if field.most is not None:
            return desk.write("act_bad_text", most=field.most)
        case _:
            return desk.write("act_bad_value")


def _read_moment(desk: DeskTurn, text: str, at: datetime) -> datetime:
    zone = ZoneInfo(desk.turn.tenant.time_zone)
    if _ISO_MOMENT.fullmatch(text):
        moment = datetime.fromisoformat(text.upper())
        moment = moment if moment.tzinfo else moment.replace(tzinfo=zone)
    else:
        day, month, year, hour, minute = _match(_MOMENT, text).groups()
        today = at.astimezone(zone)
        moment = datetime(int(year or today.year), int(month), int(day), int(hour), int(minute), tzinfo=zone)
        if year is None and moment <= at:
            moment = moment.replace(year=today.year + 1)
    if moment <= at:
        raise WrongValue(desk.write("act_past"))
    return moment


def _read_day(text: str, today: date) -> date:
    if iso := _ISO_DAY.fullmatch(text):
        return date(int(iso[1]), int(iso[2]), int(iso[3]))
    day, month, year = _match(_DAY, text).groups()
    found = date(int(year or today.year), int(month), int(day))
    return found.replace(year=today.year + 1) if year is None and found < today else found


def _match(pattern: re.Pattern[str], text: str) -> re.Match[str]:
    """Raises ValueError."""
    found = pattern.fullmatch(text)
    if found is None:
        raise ValueError("not in a form that is known")
    return found
