"""Approved templates: the only messages that may open a conversation or reach someone after 24 hours."""

import re
from typing import Any, cast

from sandbox.records import Json
from sandbox.whatsapp.errors import GraphError, missing
from sandbox.whatsapp.validation import Content, objects, part
from sandbox.world import World

SLOT = re.compile(r"\{\{\s*(\w+)\s*\}\}")
PRESET: dict[str, Json] = {
    "hello_world": {"language": "en_US", "body": "Welcome and congratulations! This is a test message."},
    "shipment_update": {"language": "en", "body": "Hello {{1}}, there is news about your shipment {{2}}: {{3}}"},
    "owner_alert": {"language": "en", "body": "{{1}}", "buttons": ["Show"]},
    "follow_up": {"language": "en", "body": "Hello {{1}}, we have an answer for you. Reply to read it."},
}


def find(world: World, name: str, language: str) -> Json | None:
    """A template that a test registered, else a preset one."""
    registered = world.templates.get(f"{name}/{language}")
    if registered is not None:
        return registered
    preset = PRESET.get(name)
    return preset if preset is not None and preset["language"] == language else None


def read_template(world: World, body: Json) -> Content:
    """Raises: GraphError for a template that is not known or does not fit its parameters."""
    given = part(body, "template")
    name = given.get("name")
    language = part(given, "language").get("code")
    if not isinstance(name, str) or not isinstance(language, str):
        raise missing("template['name']")
    template = find(world, name, language)
    if template is None:
        raise GraphError(132001, f"template name ({name}) does not exist in {language}", status=404)
    components = objects(given, "components")
    values, payloads = _parameters(components)
    slots = list(dict.fromkeys(SLOT.findall(template["body"])))
    if len(slots) != len(values):
        raise GraphError(
            132000,
            f"body: number of localizable_params ({len(values)}) does not match the expected number of params "
            f"({len(slots)})",
        )
    by_name = dict(zip(slots, (value for _, value in values), strict=True))
    by_name.update({given_name: value for given_name, value in values if given_name in by_name})
    text = SLOT.sub(lambda slot: by_name[slot[1]], template["body"])
    labels = cast("list[str]", template.get("buttons") or [])
    buttons = [
        [{"label": label, "data": payloads.get(index, label), "quick_reply": True}]
        for index, label in enumerate(labels)
    ]
    return Content(kind="template", text=text, buttons=buttons or None, template=name)


def _parameters(components: list[Json]) -> tuple[list[tuple[str, str]], dict[int, str]]:
    """The body's values, each with its name where it has one, and the payloads of the buttons by index."""
    values: list[tuple[str, str]] = []
    payloads: dict[int, str] = {}
    for component in components:
        parameters = objects(component, "parameters")
        kind = str(component.get("type")).lower()
        if kind == "body":
            values += [(str(each.get("parameter_name") or ""), _value(each)) for each in parameters]
        elif kind == "button" and parameters:
            payloads[_index(component)] = str(parameters[0].get("payload") or "")
    return values, payloads


def _index(component: Json) -> int:
    try:
        return int(component.get("index") or 0)
    except (TypeError, ValueError):
        raise GraphError(131009, "Param template['components']['index'] must be a number.") from None


def _value(parameter: Json) -> str:
    kind: Any = parameter.get("type")
    if kind == "text":
        return str(parameter.get("text") or "")
    if kind in ("currency", "date_time"):
        return str(part(parameter, kind).get("fallback_value") or "")
    raise GraphError(132012, f"Parameter format does not match format in the created template: {kind}")
