"""What a reply has to be before anyone is given it."""

import json
from collections.abc import Sequence
from typing import Any

from pydantic import JsonValue
from pydantic_core import from_json

from core.models import TokenUsage, ToolCall
from routing.errors import BadReply
from routing.provider import Completion

LONGEST_BODY = 1_000_000
"""Bytes."""
LONGEST_TEXT = 20_000
"""Characters; a longer one is a model gone astray."""
_LONGEST_NAME = 500
REPLY_TOOL = "final_reply"
"""What models that are best held to a schema by a tool call are made to call."""


def make_completion(
    *, text: str, calls: Sequence[ToolCall], model: str, usage: TokenUsage | None, with_schema: bool
) -> Completion:
    """Raises BadReply: empty, far too long, or no JSON object where there has to be one."""
    value = next((call for call in calls if call.name == REPLY_TOOL), None) if with_schema else None
    if value is not None:
        text = dump_json(value.arguments)
        calls = [call for call in calls if call.name != REPLY_TOOL]
    text = text.replace("\0", "").strip()  # PostgreSQL keeps no NUL
    if len(text) > LONGEST_TEXT:
        raise BadReply("The model wrote far too much", usage)
    if with_schema and text and value is None:
        text = _without_fence(text)
        read_object(text, usage)
    if not text and not calls:
        raise BadReply("The model sent an empty reply", usage)
    if not all(_is_name(name) for call in calls for name in (call.id, call.name)) or not _is_name(model):
        raise BadReply("The reply has a name that cannot be one", usage)
    return Completion(text=text, tool_calls=tuple(calls), model=model, usage=usage)


def read_object(text: str, usage: TokenUsage | None) -> dict[str, JsonValue]:
    """What a model wrote where a JSON object belongs. Empty stands for no arguments. Raises BadReply."""
    if len(text) > LONGEST_TEXT:
        raise BadReply("The model wrote far too much JSON", usage)
    if "\\u0000" in text:
        raise BadReply("The model wrote JSON with a NUL", usage)
    try:
        value: Any = from_json(text or "{}", allow_inf_nan=False)
    except ValueError:
        raise BadReply("The model wrote broken JSON", usage) from None
    if not isinstance(value, dict):
        raise BadReply("The model wrote JSON that is no object", usage)
    return value  # pyright: ignore[reportUnknownVariableType] - JSON, so its keys are texts


def dump_json(value: object) -> str:
    return json.dumps(value, ensure_ascii=False)


def _is_name(text: str) -> bool:
    return 0 < len(text) <= _LONGEST_NAME and text.isprintable()


def _without_fence(text: str) -> str:
    if not text.startswith("```") or not text.endswith("```") or len(text) < 6:
        return text
    first, _, rest = text[3:-3].partition("\n")
    return (rest if first.strip().lower() in ("", "json") else text[3:-3].removeprefix("json")).strip()
