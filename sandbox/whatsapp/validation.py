"""The rules of outgoing messages, checked as strictly as Meta does, each turned into what the page shows.

Source: developers.facebook.com, WhatsApp Cloud API messages reference, November 2026.
"""

from collections.abc import Callable
from dataclasses import dataclass
from typing import Any, cast

from sandbox.records import File, Json
from sandbox.whatsapp.errors import GraphError, bad_parameter, invalid, missing
from sandbox.world import World

MAX_TEXT = 4096
MAX_BODY = 1024
MAX_LIST_BODY = 4096
MAX_CAPTION = 1024
MAX_TITLE = 20
MAX_ROWS = 10
MEDIA = {"image": "photo", "document": "document", "audio": "audio", "video": "video", "sticker": "photo"}


@dataclass(slots=True, kw_only=True)
class Content:
    """What a checked message shows."""

    kind: str
    text: str = ""
    buttons: list[list[Json]] | None = None
    choices: Json | None = None
    file: File | None = None
    extra: Json | None = None
    template: str | None = None


def part(body: Json, name: str) -> Json:
    """A nested object. Raises: GraphError when it is missing."""
    value = body.get(name)
    if not isinstance(value, dict):
        raise missing(name)
    return cast("Json", value)


def string(body: Json, name: str, where: str, limit: int, *, least: int = 1) -> str:
    value: Any = body.get(name)
    if value is None or value == "":
        if least == 0:
            return ""
        raise GraphError(100, message=f"(#100) The parameter {where}['{name}'] is required.")
    if not isinstance(value, str):
        raise bad_parameter(f"Param {where}['{name}'] must be a string.")
    if len(value) > limit:
        raise bad_parameter(f"Param {where}['{name}'] must be at most {limit} characters long.")
    return value


def objects(body: Json, name: str) -> list[Json]:
    """A list of objects that may be left out. Raises: GraphError when it is something else."""
    value = body.get(name)
    if value is None:
        return []
    if not isinstance(value, list) or not all(isinstance(each, dict) for each in cast("list[Any]", value)):
        raise bad_parameter(f"Param {name} must be an array of objects.")
    return cast("list[Json]", value)


def items(body: Json, name: str, least: int, most: int, what: str) -> list[Json]:
    if name not in body:
        raise missing(name)
    found = objects(body, name)
    if not least <= len(found) <= most:
        raise invalid(f"Invalid {what} count. Min allowed {what}: {least}, Max allowed {what}: {most}")
    return found


def titled(value: object, limit: int, what: str) -> str:
    if not isinstance(value, str) or not 1 <= len(value) <= limit:
        raise invalid(f"{what} length invalid. Min length: 1, Max length: {limit}")
    return value


def read_text(world: World, body: Json) -> Content:
    del world
    text = string(part(body, "text"), "body", "text", MAX_TEXT)
    if not text.strip():
        raise GraphError(100, message="(#100) The parameter text['body'] is required.")
    return Content(kind="text", text=text)


def read_media(world: World, body: Json) -> Content:
    kind = body["type"]
    media = part(body, kind)
    caption = string(media, "caption", kind, MAX_CAPTION, least=0)
    if "link" in media:
        raise GraphError(131053, "The sandbox fetches nothing from the network: upload the file and send its id.")
    file = world.files.get(string(media, "id", kind, 100))
    if file is None:
        raise bad_parameter(f"Param {kind}['id'] is not a valid whatsapp business account media attachment ID")
    return Content(kind=file.kind if file.kind == "voice" else MEDIA[kind], text=caption, file=file)


def read_location(world: World, body: Json) -> Content:
    del world
    location = part(body, "location")
    try:
        latitude, longitude = float(location["latitude"]), float(location["longitude"])
    except (KeyError, TypeError, ValueError):
        raise missing("location['latitude']") from None
    shown = {**location, "latitude": latitude, "longitude": longitude}
    return Content(kind="location", text=str(location.get("name") or ""), extra={"location": shown})


def read_contacts(world: World, body: Json) -> Content:
    del world
    value = items(body, "contacts", 1, 257, "contacts")
    name = part(value[0], "name")
    shown = string(name, "formatted_name", "contacts[0]['name']", 1024)
    phones = objects(value[0], "phones") or [{}]
    contact = {"first_name": shown, "phone_number": str(phones[0].get("phone") or "")}
    return Content(kind="contact", extra={"contact": contact, "contacts": value})


def read_interactive(world: World, body: Json) -> Content:
    interactive = part(body, "interactive")
    kind = interactive.get("type")
    action = part(interactive, "action")
    limit = MAX_LIST_BODY if kind == "list" else MAX_BODY
    text = string(part(interactive, "body"), "text", "interactive['body']", limit)
    content = Content(kind="interactive", text=_framed(world, interactive, text))
    match kind:
        case "button":
            content.buttons = [[_reply_button(each)] for each in items(action, "buttons", 1, 3, "buttons")]
            _unique([row[0]["data"] for row in content.buttons], "Button ids")
        case "list":
            content.choices = _list(action)
        case "cta_url":
            parameters = part(action, "parameters")
            label = titled(parameters.get("display_text"), MAX_TITLE, "Button title")
            url = string(parameters, "url", "interactive['action']['parameters']", 2000)
            if not url.startswith(("https://", "http://")):
                raise invalid("The url must begin with https:// or http://")
            content.buttons = [[{"label": label, "url": url}]]
        case _:
            raise GraphError(131009, "Param interactive['type'] must be one of {button, list, cta_url}.")
    return content


def _framed(world: World, interactive: Json, text: str) -> str:
    """The body with its header above and its footer below."""
    parts = [text]
    if "header" in interactive:
        header = part(interactive, "header")
        if header.get("type") == "text":
            parts.insert(0, f"*{titled(header.get('text'), 60, 'Header text')}*")
        elif header.get("type") in ("image", "video", "document"):
            media = part(header, str(header["type"]))
            if "link" not in media and str(media.get("id")) not in world.files:
                raise bad_parameter("Param header['id'] is not a valid whatsapp business account media attachment ID")
        else:
            raise invalid("Header type must be one of {text, image, video, document}.")
    if "footer" in interactive:
        parts.append(f"_{titled(part(interactive, 'footer').get('text'), 60, 'Footer text')}_")
    return "\n".join(parts)


def _reply_button(button: Json) -> Json:
    if button.get("type") != "reply":
        raise invalid("Button type must be reply.")
    reply = part(button, "reply")
    label = titled(reply.get("title"), MAX_TITLE, "Button title")
    return {"label": label, "data": titled(reply.get("id"), 256, "Button id")}


def _list(action: Json) -> Json:
    sections: list[Json] = []
    ids: list[str] = []
    given = items(action, "sections", 1, MAX_ROWS, "sections")
    for section in given:
        title = section.get("title")
        if title or len(given) > 1:
            title = titled(title, 24, "Section title")
        rows: list[Json] = []
        for row in items(section, "rows", 1, MAX_ROWS, "rows"):
            ids.append(titled(row.get("id"), 200, "Row id"))
            shown: Json = {"id": ids[-1], "title": titled(row.get("title"), 24, "Row title")}
            if row.get("description"):
                shown["description"] = titled(row["description"], 72, "Row description")
            rows.append(shown)
        sections.append({"title": title or "", "rows": rows})
    if len(ids) > MAX_ROWS:
        raise invalid(f"Total row count exceed max allowed count: {MAX_ROWS}")
    _unique(ids, "Row ids")
    return {"button": titled(action.get("button"), MAX_TITLE, "Button title"), "sections": sections}


def _unique(ids: list[str], what: str) -> None:
    if len(set(ids)) != len(ids):
        raise invalid(f"{what} must be unique.")


READERS: dict[str, Callable[[World, Json], Content]] = {
    "text": read_text,
    "location": read_location,
    "contacts": read_contacts,
    "interactive": read_interactive,
    **dict.fromkeys(MEDIA, read_media),
}
