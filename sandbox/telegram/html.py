"""HTML as the Bot API understands it: few tags, all of them closed in order, few character references.

Source: core.telegram.org/bots/api#html-style, November 2026.
"""

import html
import re
from dataclasses import dataclass

from sandbox.records import Json
from sandbox.telegram.spans import Spans

KINDS = {
    "b": "bold",
    "strong": "bold",
    "i": "italic",
    "em": "italic",
    "u": "underline",
    "ins": "underline",
    "s": "strikethrough",
    "strike": "strikethrough",
    "del": "strikethrough",
    "tg-spoiler": "spoiler",
    "span": "spoiler",
    "a": "text_link",
    "code": "code",
    "pre": "pre",
    "blockquote": "blockquote",
    "tg-emoji": "custom_emoji",
    "tg-time": "date_time",
}
SPECIAL = re.compile(r"[<&]")
REFERENCE = re.compile(r"&(?:lt|gt|amp|quot|#\d{1,7}|#[xX][0-9a-fA-F]{1,6});?")
NAME = re.compile(r"[^\s/>]*")
ATTRIBUTE = re.compile(r"\s*([^\s=>\"']+)\s*(?:=\s*(?:\"([^\"]*)\"|'([^']*)'|([^\s>\"']+)))?")


@dataclass(slots=True, kw_only=True)
class Open:
    tag: str
    start: int
    attributes: dict[str, str]


def parse_html(source: str) -> tuple[str, list[Json]]:
    """Raises: ApiError with the byte offset of what is wrong."""
    spans = Spans(source)
    stack: list[Open] = []
    at = 0
    while at < len(source):
        special = SPECIAL.search(source, at)
        if special is None:
            spans.write(source[at:])
            break
        spans.write(source[at : special.start()])
        at = special.start()
        if source[at] == "&":
            at = _read_reference(source, at, spans)
        elif source.startswith("</", at):
            at = _close(source, at, spans, stack)
        else:
            at = _open(source, at, spans, stack)
    if stack:
        raise spans.complain(f'Can\'t find end tag corresponding to start tag "{stack[-1].tag}"')
    return spans.text, spans.entities


def _read_reference(source: str, at: int, spans: Spans) -> int:
    found = REFERENCE.match(source, at)
    if found is None:
        spans.write("&")
        return at + 1
    spans.write(html.unescape(found[0] if found[0].endswith(";") else found[0] + ";"))
    return found.end()


def _open(source: str, at: int, spans: Spans, stack: list[Open]) -> int:
    name = NAME.match(source, at + 1)
    tag = name[0].lower() if name else ""
    if name is None or not tag:
        raise spans.complain("Empty start tag", at) if ">" in source[at:] else spans.complain("Unclosed start tag", at)
    if tag not in KINDS:
        raise spans.complain(f'Unsupported start tag "{tag}"', at)
    position = name.end()
    attributes: dict[str, str] = {}
    while True:
        while position < len(source) and source[position].isspace():
            position += 1
        if position >= len(source):
            raise spans.complain("Unclosed start tag", at)
        if source[position] == ">":
            break
        found = ATTRIBUTE.match(source, position)
        if found is None:
            raise spans.complain(f'Expected equal sign in declaration of an attribute of the tag "{tag}"', at)
        attributes[found[1].lower()] = html.unescape(found[2] or found[3] or found[4] or "")
        position = found.end()
    if tag == "span" and attributes.get("class") != "tg-spoiler":
        raise spans.complain('Tag "span" must have class "tg-spoiler"', at)
    stack.append(Open(tag=tag, start=spans.at, attributes=attributes))
    return position + 1


def _close(source: str, at: int, spans: Spans, stack: list[Open]) -> int:
    end = source.find(">", at)
    if not stack:
        raise spans.complain("Unexpected end tag", at)
    if end < 0:
        raise spans.complain("Unclosed end tag", at)
    found = source[at + 2 : end].strip().lower()
    top = stack[-1]
    if found and found != top.tag:
        complaint = spans.complain("Unmatched end tag", at)
        raise type(complaint)(complaint.code, f'{complaint.description}, expected "</{top.tag}>", found "</{found}>"')
    stack.pop()
    _mark(spans, top, stack)
    return end + 1


def _mark(spans: Spans, tag: Open, stack: list[Open]) -> None:
    attributes = tag.attributes
    match tag.tag:
        case "a":
            url = attributes.get("href") or spans.since(tag.start)
            if "." in url or ":" in url:
                spans.mark("text_link", tag.start, url=url)
        case "code":
            language = attributes.get("class", "")
            inside = stack[-1] if stack else None
            if inside and inside.tag == "pre" and inside.start == tag.start:
                inside.attributes["language"] = language.removeprefix("language-") if language else ""
            else:
                spans.mark("code", tag.start)
        case "pre":
            language = attributes.get("language")
            spans.mark("pre", tag.start, **({"language": language} if language else {}))
        case "blockquote":
            spans.mark("expandable_blockquote" if "expandable" in attributes else "blockquote", tag.start)
        case "tg-emoji":
            spans.mark("custom_emoji", tag.start, custom_emoji_id=attributes.get("emoji-id", ""))
        case "tg-time":
            if attributes.get("unix", "").isdigit():
                spans.mark("date_time", tag.start, unix_time=int(attributes["unix"]))
        case name:
            spans.mark(KINDS[name], tag.start)
