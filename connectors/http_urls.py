"""Filling the URL of a tenant's own action: whatever an argument says, it stays the one segment or value it is for."""

import re
from collections.abc import Mapping
from urllib.parse import quote, unquote

from pydantic import JsonValue
from yarl import URL

from core.errors import Rejected
from tenants.url_templates import PLACEHOLDER, UrlTemplate

_LONGEST = 2_048
_NOT_IN_A_PATH = re.compile(r"[/\\%;\x00-\x1f\x7f]")
"""Servers and proxies differ in when they decode these, so they are not even sent escaped."""


def fill_url(template: UrlTemplate, arguments: Mapping[str, JsonValue], *, below: str | None = None) -> URL:
    """`below` is one more segment at the end of the path. Raises Rejected, naming the field and never its value."""
    segments = [_fill_segment(segment, arguments) for segment in template.path.split("/")[1:]]
    if below is not None:
        kept = segments[:-1] if segments and not segments[-1] else segments  # one that ends in a slash
        segments = [*kept, _fill_segment("{id}", {"id": below})]
    query = PLACEHOLDER.sub(lambda found: _escape(found[1], arguments), template.query)
    text = template.origin + "".join(f"/{segment}" for segment in segments) + (f"?{query}" if query else "")
    if len(text) > _LONGEST:
        raise Rejected("The address would be too long with these arguments")
    return URL(text, encoded=True)


def _fill_segment(segment: str, arguments: Mapping[str, JsonValue]) -> str:
    for name in PLACEHOLDER.findall(segment):
        if _NOT_IN_A_PATH.search(_text_of(name, arguments)):
            raise Rejected(f"{name} has a character that cannot stand in the path of an address")
    filled = PLACEHOLDER.sub(lambda found: _escape(found[1], arguments), segment)
    if filled != segment and unquote(filled).strip(". ") == "":
        raise Rejected("An argument would leave the path of the address")
    return filled


def _escape(name: str, arguments: Mapping[str, JsonValue]) -> str:
    try:
        return quote(_text_of(name, arguments), safe="")
    except UnicodeEncodeError:
        raise Rejected(f"{name} is no valid text") from None


def _text_of(name: str, arguments: Mapping[str, JsonValue]) -> str:
    value = arguments.get(name)
    if isinstance(value, bool) or not isinstance(value, str | int):
        raise Rejected(f"{name} is missing, or nothing that can stand in an address")
    return str(value)
