"""JSON schemas as strict structured output takes them.

There every object is closed and every property required, which pydantic's schemas are not: a field with a default is
then written out by the model. Source: https://platform.openai.com/docs/guides/structured-outputs,
https://platform.claude.com/docs/en/build-with-claude/structured-outputs, November 2026.
"""

from collections.abc import Mapping
from typing import cast

from pydantic import JsonValue

_DROPPED = {"default", "examples", "discriminator", "title"}
_UNSUPPORTED = {
    *("prefixItems", "patternProperties", "not", "if", "then", "else", "dependentRequired", "propertyNames"),
    *("allOf", "uniqueItems", "contains"),
}
_KINDS = {"type", "anyOf", "enum", "const"}


def close_schema(schema: Mapping[str, JsonValue]) -> dict[str, JsonValue] | None:
    """None where the schema cannot be made strict: free keys, free values, or keywords that strictness lacks."""
    try:
        closed = _close(dict(schema))
    except ValueError:
        return None
    return closed if closed.get("type") == "object" else None


def _close(schema: dict[str, JsonValue]) -> dict[str, JsonValue]:
    if schema.keys() & _UNSUPPORTED:
        raise ValueError
    if "$ref" in schema:  # next to which strictness takes nothing
        return {"$ref": schema["$ref"]}
    closed = {key: _close_value(key, value) for key, value in schema.items() if key not in _DROPPED}
    if "oneOf" in closed:
        closed["anyOf"] = closed.pop("oneOf")
    if schema.get("type") == "object" or "properties" in schema:
        if schema.get("additionalProperties", False) is not False:
            raise ValueError
        properties = cast("dict[str, JsonValue]", closed.setdefault("properties", {}))
        closed |= {"type": "object", "additionalProperties": False, "required": list(properties)}
    if not closed.keys() & _KINDS:  # which would let anything pass
        raise ValueError
    return closed


def _close_value(key: str, value: JsonValue) -> JsonValue:
    if key in ("properties", "$defs", "definitions") and isinstance(value, dict):
        return {name: _close(inner) if isinstance(inner, dict) else inner for name, inner in value.items()}
    if key in ("anyOf", "oneOf") and isinstance(value, list):
        return [_close(inner) if isinstance(inner, dict) else inner for inner in value]
    if key == "items" and isinstance(value, dict):
        return _close(value)
    return value
