"""Formatted text as the Bot API reads it: a parse mode or given entities in, plain text and checked entities out.

Offsets and lengths of entities count UTF-16 code units; offsets in complaints count UTF-8 bytes, as the original's do.
"""

import re
from typing import Any

from sandbox.records import Json
from sandbox.telegram.errors import bad_request
from sandbox.telegram.html import parse_html
from sandbox.telegram.markdown import parse_markdown, parse_markdown_v2

PARSERS = {"html": parse_html, "markdown": parse_markdown, "markdownv2": parse_markdown_v2}
GIVEN = frozenset(
    [
        "bold",
        "italic",
        "underline",
        "strikethrough",
        "spoiler",
        "blockquote",
        "expandable_blockquote",
        "code",
        "pre",
        "text_link",
        "text_mention",
        "custom_emoji",
        "date_time",
        "mention",
        "hashtag",
        "cashtag",
        "bot_command",
        "url",
        "email",
        "phone_number",
    ]
)
FOUND = re.compile(
    r"(?P<url>\bhttps?://[^\s<>\"']+[^\s<>\"'.,;:!?)\]])"
    r"|(?P<email>\b[\w.+-]+@[\w-]+(?:\.[\w-]+)+)"
    r"|(?<![\w/@])(?P<bot_command>/[A-Za-z0-9_]{1,64}(?:@[A-Za-z0-9_]{3,32})?)(?![\w/])"
    r"|(?<!\w)(?P<mention>@[A-Za-z]\w{3,31})\b"
    r"|(?<!\w)(?P<hashtag>#\w*[^\W\d]\w*)"
)
CLOSED = frozenset(("code", "pre", "text_link", "text_mention", "custom_emoji"))
"""Nothing is detected inside these."""


def units(text: str) -> int:
    """Length in UTF-16 code units."""
    return len(text) if text.isascii() else len(text.encode("utf-16-le", "surrogatepass")) // 2


def read_text(text: str, parse_mode: str, given: list[Json] | None) -> tuple[str, list[Json]]:
    """Plain text without surrounding blanks, and its entities. Raises: ApiError `can't parse entities: …`."""
    if parse_mode:
        parser = PARSERS.get(parse_mode.lower())
        if parser is None:
            raise bad_request("unsupported parse_mode")
        plain, entities = parser(text)
    else:
        plain, entities = text, _checked(given or [], text)
    plain, entities = _trimmed(plain, entities)
    entities += [each for each in detect(plain) if not _covered(each, entities)]
    if len(entities) > 1:
        entities.sort(key=lambda each: (each["offset"], -each["length"]))
    return plain, entities


def detect(text: str) -> list[Json]:
    """What Telegram marks by itself: commands, links, addresses, mentions and hashtags."""
    if not any(sign in text for sign in "/@#"):
        return []
    return [
        {"type": found.lastgroup, "offset": units(text[: found.start()]), "length": units(found[0])}
        for found in FOUND.finditer(text)
    ]


def _checked(given: list[Json], text: str) -> list[Json]:
    length = units(text)
    entities: list[Json] = []
    for entity in given:
        kind: Any = entity.get("type")
        if not isinstance(kind, str) or kind not in GIVEN:
            raise bad_request("can't parse entities: Unsupported type specified")
        offset, size = entity.get("offset"), entity.get("length")
        if not isinstance(offset, int) or not isinstance(size, int):
            raise bad_request('can\'t parse entities: Field "offset" and "length" must be of type Number')
        if offset < 0 or size < 0 or offset > length or offset + size > length:
            raise bad_request(
                f"can't parse entities: entity beginning at UTF-16 offset {offset} ends after the end of the text"
            )
        if kind == "text_link" and not entity.get("url"):
            raise bad_request("can't parse entities: Can't find field \"url\"")
        if size:
            entities.append({name: value for name, value in entity.items() if value is not None})
    return entities


def _trimmed(text: str, entities: list[Json]) -> tuple[str, list[Json]]:
    plain = text.strip()
    if plain == text or not entities:
        return plain, entities
    shift = units(text[: len(text) - len(text.lstrip())])
    length = units(plain)
    kept: list[Json] = []
    for entity in entities:
        start = max(0, entity["offset"] - shift)
        end = min(length, entity["offset"] + entity["length"] - shift)
        if end > start:
            kept.append({**entity, "offset": start, "length": end - start})
    return plain, kept


def _covered(found: Json, entities: list[Json]) -> bool:
    start, end = found["offset"], found["offset"] + found["length"]
    return any(
        (each["type"] in CLOSED or each["type"] == found["type"])
        and each["offset"] < end
        and start < each["offset"] + each["length"]
        for each in entities
    )
