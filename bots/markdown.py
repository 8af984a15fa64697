"""Markdown as models and people write it, as plain text and the entities that format it.

Both edges start from here: Telegram takes entities as they are, WhatsApp writes them as its own signs. Entities cannot
be refused for their syntax as HTML can, and can be cut at any place. Known: bold, italic, strike, code, code blocks,
links, headings (bold), quotes, lists. Everything else stays as it was typed.

Source: core.telegram.org/bots/api#messageentity, November 2026.
"""

import re
from collections.abc import Sequence
from dataclasses import dataclass, replace

from markdown_it import MarkdownIt
from markdown_it.token import Token

from bots.text import count_units, place_cut

MOST_ENTITIES = 100
"""In one message of Telegram's, which leaves further ones out."""
_MARKUP = re.compile(r"[*_`~\[\\<]|^[ \t]*(?:#{1,6}|[-+>])[ \t]", re.MULTILINE)
_LINK_SCHEMES = ("http://", "https://", "tg://", "mailto:", "tel:")
_SPANS = {"strong": "bold", "em": "italic", "s": "strikethrough", "heading": "bold", "blockquote": "blockquote"}

_parser = MarkdownIt("commonmark", {"html": False}).enable("strikethrough")
_parser.disable(["code", "hr", "lheading", "reference", "html_block", "html_inline", "entity", "image"])


@dataclass(frozen=True, slots=True, kw_only=True)
class Entity:
    type: str
    start: int
    """In characters of the text, as is `end`; `to_json` counts as Telegram does."""
    end: int
    url: str | None = None
    language: str | None = None

    def to_json(self, text: str) -> dict[str, object]:
        offset = count_units(text[: self.start])
        fields: dict[str, object] = {
            "type": self.type,
            "offset": offset,
            "length": count_units(text[self.start : self.end]),
        }
        if self.url:
            fields["url"] = self.url
        if self.language:
            fields["language"] = self.language
        return fields


@dataclass(frozen=True, slots=True, kw_only=True)
class Part:
    """What goes into one message; never blank."""

    text: str
    entities: tuple[Entity, ...] = ()


def render(markdown: str, *, limit: int) -> list[Part]:
    """Parts of at most `limit` UTF-16 units, cut where a reader would, formatting carried across the cuts."""
    if _MARKUP.search(markdown) is None:
        return _split(markdown, (), limit)
    writer = _Writer()
    writer.write_blocks(_parser.parse(markdown))
    return _split("".join(writer.pieces), writer.entities, limit) or _split(markdown, (), limit)


def _split(text: str, entities: Sequence[Entity], limit: int) -> list[Part]:
    parts: list[Part] = []
    start, end = 0, len(text)
    while True:
        while start < end and text[start].isspace():
            start += 1
        if start == end:
            return parts
        rest = text[start:]
        stop = start + (len(rest) if count_units(rest) <= limit else place_cut(rest, limit))
        piece = text[start:stop].rstrip()
        parts.append(Part(text=piece, entities=_clip(entities, piece, start) if entities else ()))
        start = stop


def _clip(entities: Sequence[Entity], piece: str, start: int) -> tuple[Entity, ...]:
    """What of the entities lies in a piece that starts at `start`, without white space at their ends."""
    clipped: list[Entity] = []
    for entity in entities:
        first, last = max(entity.start - start, 0), min(entity.end - start, len(piece))
        while first < last and piece[first].isspace():
            first += 1
        while first < last and piece[last - 1].isspace():
            last -= 1
        if first < last:
            clipped.append(replace(entity, start=first, end=last))
    clipped.sort(key=lambda entity: (entity.start, -entity.end))
    return tuple(clipped[:MOST_ENTITIES])


class _Writer:
    """Walks the parser's tokens once and notes text and entities."""

    def __init__(self) -> None:
        self.pieces: list[str] = []
        self.entities: list[Entity] = []
        self._length = 0
        self._open: list[tuple[str, int, str | None]] = []
        self._items: list[int | None] = []  # the next number of each open list; None for bullets
        self._after_marker = False
        self._ended_at = 0  # the source line on which the last block ended

    def write_blocks(self, tokens: Sequence[Token]) -> None:
        for token in tokens:
            kind = token.type
            if token.map and token.nesting >= 0 and kind not in ("inline", "bullet_list_open", "ordered_list_open"):
                self._start_block(token)
            if kind == "inline":
                self._write_inline(token.children or [])
                self._note_end(token)
            elif kind == "fence":
                self._note("pre", self._length, token.content.rstrip("\n"), language=token.info.strip() or None)
                self._note_end(token)
            elif kind == "list_item_open":
                self._write("  " * (len(self._items) - 1) + self._marker(token))
                self._after_marker = True
            elif kind in ("bullet_list_open", "ordered_list_open"):
                self._items.append(None if kind.startswith("bullet") else int(token.attrs.get("start", 1)))
            elif kind in ("bullet_list_close", "ordered_list_close"):
                self._items.pop()
            elif kind.rpartition("_")[0] in _SPANS:
                self._mark(kind)

    def _start_block(self, token: Token) -> None:
        """Keeps as many line breaks as the source has: one, or a blank line."""
        assert token.map is not None
        follows_marker = self._after_marker and token.type != "list_item_open"
        if self.pieces and not follows_marker and not self.pieces[-1].endswith("\n"):
            self._write("\n\n" if token.map[0] > self._ended_at else "\n")
        self._ended_at = max(self._ended_at, token.map[0])

    def _note_end(self, token: Token) -> None:
        if token.map:
            self._ended_at = token.map[1]

    def _marker(self, token: Token) -> str:
        number = self._items[-1]
        if number is None:
            return "• "
        self._items[-1] = number + 1
        return f"{number}{token.markup} "

    def _write_inline(self, children: Sequence[Token]) -> None:
        for token in children:
            if token.type in ("softbreak", "hardbreak"):
                self._write("\n")
            elif token.type == "code_inline":
                self._note("code", self._length, token.content)
            elif token.type == "link_open":
                self._open.append(("text_link", self._length, str(token.attrs.get("href", ""))))
            elif token.type == "link_close":
                self._close_link()
            elif token.type.rpartition("_")[0] in _SPANS:
                self._mark(token.type)
            else:
                self._write(token.content)

    def _mark(self, kind: str) -> None:
        name, _, side = kind.rpartition("_")
        if side == "open":
            self._open.append((_SPANS[name], self._length, None))
        else:
            entity_type, start, _ = self._open.pop()
            self._add(Entity(type=entity_type, start=start, end=self._length))

    def _close_link(self) -> None:
        _, start, url = self._open.pop()
        label = "".join(self.pieces)[start:]
        if url and not url.startswith(_LINK_SCHEMES):  # Telegram would drop it silently
            self._write(f" ({url})")
        elif url and not label:
            self._write(url)
        elif url and label != url:
            self._add(Entity(type="text_link", start=start, end=self._length, url=url))

    def _note(self, entity_type: str, start: int, text: str, *, language: str | None = None) -> None:
        self._write(text)
        self._add(Entity(type=entity_type, start=start, end=self._length, language=language))

    def _add(self, entity: Entity) -> None:
        if entity.end > entity.start:
            self.entities.append(entity)

    def _write(self, text: str) -> None:
        if text:
            self.pieces.append(text)
            self._after_marker = False
            self._length += len(text)
