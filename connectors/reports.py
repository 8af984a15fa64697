"""What carriers send: one shipment event or a batch of them, each judged on its own."""

import re
from typing import Annotated, cast

import orjson
from pydantic import AwareDatetime, BaseModel, BeforeValidator, ConfigDict, Field, StringConstraints, ValidationError

MOST_EVENTS = 1000
MOST_LEVELS = 16
_MOMENT = re.compile(r"\d{4}-\d{2}-\d{2}[Tt ]\d{2}:\d{2}(:\d{2}(\.\d{1,9})?)?([Zz]|[+-]\d{2}:?\d{2})", re.ASCII)
_PRINTABLE = r"^[^\x00-\x1f\x7f]+$"


def _require_moment(value: object) -> object:
    """Numbers and times without an offset are refused: a guess at the day would reach a customer."""
    if not isinstance(value, str) or not _MOMENT.fullmatch(value.strip()):
        raise ValueError("must be ISO 8601 with an offset, e.g. 2026-11-23T14:00:00+01:00")
    if not 2000 <= int(value.strip()[:4]) <= 2100:
        raise ValueError("must lie between 2000 and 2100")
    return value.strip()


Moment = Annotated[AwareDatetime, BeforeValidator(_require_moment)]


class CarrierEvent(BaseModel):
    model_config = ConfigDict(frozen=True, extra="ignore", coerce_numbers_to_str=True, str_strip_whitespace=True)

    id: Annotated[str, StringConstraints(min_length=1, max_length=128, pattern=_PRINTABLE)]
    reference: Annotated[str, StringConstraints(min_length=1, max_length=64, pattern=_PRINTABLE)]
    status: Annotated[str, StringConstraints(min_length=1, max_length=300, pattern=_PRINTABLE)]
    eta: Moment
    occurred_at: Moment | None = None


class _Batch(BaseModel):
    events: list[object] = Field(min_length=1, max_length=MOST_EVENTS)


def read_items(body: bytes) -> list[object]:
    """The events of a body, each still unread. Raises ValueError saying what is wrong with the whole."""
    if _is_too_deep(body):
        raise ValueError("nested too deeply")
    try:
        value: object = orjson.loads(body)
    except orjson.JSONDecodeError:
        raise ValueError("the body must be JSON") from None
    if not isinstance(value, dict):
        raise ValueError('the body must be an event or {"events": [...]}')
    if "events" not in value:
        return [cast("object", value)]
    try:
        return _Batch.model_validate(value).events
    except ValidationError:
        raise ValueError(f"events must be a list of 1 to {MOST_EVENTS}") from None


def read_event(item: object) -> CarrierEvent:
    """Raises ValueError naming the field that is wrong, never what is in it."""
    try:
        return CarrierEvent.model_validate(item)
    except ValidationError as error:
        first = error.errors(include_url=False, include_context=False, include_input=False)[0]
        field = ".".join(str(part) for part in first["loc"]) or "event"
        raise ValueError(f"{field}: {first['msg']}"[:200]) from None


_STRING_OR_BRACKET = re.compile(rb'"(?:[^"\\]|\\.)*"?|[\[{]|[\]}]', re.DOTALL)


def _is_too_deep(body: bytes) -> bool:
    """Counts the brackets outside strings, before anything is built from them."""
    level = 0
    for found in _STRING_OR_BRACKET.finditer(body):
        first = found[0][:1]
        if first in b"[{":
            level += 1
            if level > MOST_LEVELS:
                return True
        elif first in b"]}":
            level -= 1
    return False
