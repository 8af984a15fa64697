"""Markdown in WhatsApp's own signs: *bold*, _italic_, ~strike~, `code`, ```code blocks```, > quotes.

WhatsApp has no links with a label, so the address follows in brackets; and no way to escape a sign, so one that stands
in the text by itself stays and may format something. Formatting ends with its line there: it is written line by line.

Source: WhatsApp help centre, "How to format your messages", November 2026.
"""

from collections import defaultdict
from collections.abc import Iterator

from bots.markdown import Entity, render

_NO_LIMIT = 1 << 30
_SIGNS = {"bold": "*", "italic": "_", "strikethrough": "~", "code": "`"}


def to_whatsapp(markdown: str) -> str:
    """Stripped; not yet cut to what fits into a message."""
    parts = render(markdown, limit=_NO_LIMIT)
    return _write(parts[0].text, parts[0].entities) if parts else ""


def _write(text: str, entities: tuple[Entity, ...]) -> str:
    if not entities:
        return text
    before: defaultdict[int, str] = defaultdict(str)
    after: defaultdict[int, str] = defaultdict(str)
    # Outer ones come first, so that their signs open first and close last.
    ends: dict[str, int] = {}
    for entity in entities:
        if entity.end <= ends.get(entity.type, 0):  # inside another of its kind, as bold in a heading is
            continue
        ends[entity.type] = entity.end
        for start, end, opening, closing in _spans(text, entity):
            before[start] += opening
            after[end] = closing + after[end]
    pieces: list[str] = []
    done = 0
    for place in sorted(before.keys() | after.keys()):
        pieces += (text[done:place], after[place], before[place])
        done = place
    return "".join([*pieces, text[done:]])


def _spans(text: str, entity: Entity) -> Iterator[tuple[int, int, str, str]]:
    """Where to write what: start, end, and the signs at both."""
    start, end = entity.start, entity.end
    if entity.type == "pre":
        yield start, end, "```", "```"
    elif entity.type == "text_link":
        yield start, end, "", f" ({entity.url})"
    elif entity.type == "blockquote":
        yield from ((first, last, "> ", "") for first, last in _lines(text, start, end))
    elif entity.type == "italic" and _inside_word(text, start, end):
        yield start, end, "*", "*"  # 2*3*4: what was typed, as WhatsApp formats whole words only
    else:
        sign = _SIGNS[entity.type]
        yield from ((first, last, sign, sign) for first, last in _lines(text, start, end))


def _inside_word(text: str, start: int, end: int) -> bool:
    return text[max(start - 1, 0) : start].isalnum() or text[end : end + 1].isalnum()


def _lines(text: str, start: int, end: int) -> Iterator[tuple[int, int]]:
    """The lines between two places, without the white space around them; blank ones are left out."""
    for line in text[start:end].splitlines(keepends=True):
        stripped = line.strip()
        if stripped:
            first = start + len(line) - len(line.lstrip())
            yield first, first + len(stripped)
        start += len(line)
