"""Markdown into passages: short enough to be an answer, each with the headings it stands under as its source.

Each row of a table is a passage of its own, so that a price is found and told without all the others.
"""

import re
from collections.abc import Iterator
from itertools import groupby, zip_longest

from core.turns import Passage

_HEADING = re.compile(r"^(#{1,6})\s+(.+?)\s*#*$")
_COMMENT = re.compile(r"<!--.*?-->", re.DOTALL)
_SENTENCE_END = re.compile(r"(?<=[.!?…])\s+")
MOST_WORDS = 120
_LEAST_WORDS = 12
"""A block shorter than this joins the one after it, under the same heading."""


def split_markdown(text: str, file: str) -> tuple[Passage, ...]:
    """Passages in the order of the file, their source like `hours.md › Opening hours › Holidays`, score 0."""
    found: list[Passage] = []
    for path, blocks in _sections(_COMMENT.sub("", text)):
        source = " › ".join((file, *path))
        found += [Passage(source=source, text=piece, score=0.0) for piece in _pieces_of(blocks)]
    return tuple(found)


def split_plain(text: str, source: str) -> tuple[Passage, ...]:
    """The same for text without headings, such as what was read in a document."""
    blocks = [" ".join(block.split("\n")).strip() for block in re.split(r"\n\s*\n", text)]
    return tuple(Passage(source=source, text=piece, score=0.0) for piece in _pack([b for b in blocks if b]))


def _sections(text: str) -> Iterator[tuple[tuple[str, ...], list[str]]]:
    path: list[str] = []
    blocks: list[str] = []
    lines: list[str] = []
    for line in [*text.splitlines(), "# end"]:
        heading = _HEADING.match(line)
        if heading or not line.strip():
            if lines:
                blocks.append("\n".join(lines))
                lines = []
        else:
            lines.append(line.rstrip())
        if heading:
            if blocks:
                yield tuple(path), blocks
                blocks = []
            depth = len(heading.group(1))
            path = [*path[: depth - 1], heading.group(2)]


def _pieces_of(blocks: list[str]) -> Iterator[str]:
    """In order: texts packed together, tables row by row."""
    for is_table, together in groupby(blocks, key=_is_table):
        if not is_table:
            yield from _pack(list(together))
            continue
        for block in together:
            for row in _rows(block):
                yield from _pack([row])


def _is_table(block: str) -> bool:
    lines = [line.strip() for line in block.split("\n")]
    if len(lines) < 2 or not all(line.startswith("|") and line.endswith("|") for line in lines):
        return False
    return "-" in lines[1] and not lines[1].strip(" \t:|-")


def _rows(table: str) -> Iterator[str]:
    """`Croissant – Price: 1.50 €, Weight: 80 g`; a table without headings has the values alone."""
    heading, _, *rows = ([cell.strip() for cell in line.strip().strip("|").split("|")] for line in table.split("\n"))
    for cells in rows:
        named = [
            f"{name}: {cell}" if name else cell
            for name, cell in zip_longest(heading[1:], cells[1:], fillvalue="")
            if cell
        ]
        first = cells[0] if named or not heading[0] else f"{heading[0]}: {cells[0]}"
        text = " – ".join(filter(None, (first, ", ".join(named))))
        if text:
            yield text


def _pack(blocks: list[str]) -> Iterator[str]:
    """Whole paragraphs and lists where they fit, whole lines or sentences where they do not."""
    waiting: list[str] = []
    words = 0
    for piece, glue in _pieces(blocks):
        size = len(piece.split())
        if waiting and (words + size > MOST_WORDS or (glue == "\n\n" and words >= _LEAST_WORDS)):
            yield "".join(waiting).strip()
            waiting, words = [], 0
        waiting += [glue if waiting else "", piece]
        words += size
    if waiting:
        yield "".join(waiting).strip()


def _pieces(blocks: list[str]) -> Iterator[tuple[str, str]]:
    for block in blocks:
        if len(block.split()) <= MOST_WORDS:
            yield block, "\n\n"
            continue
        glue = "\n\n"
        for line in block.split("\n"):
            for piece in _SENTENCE_END.split(line) if len(line.split()) > MOST_WORDS else [line]:
                words = piece.split()
                for at in range(0, len(words), MOST_WORDS):
                    yield " ".join(words[at : at + MOST_WORDS]) if len(words) > MOST_WORDS else piece, glue
                    glue = " " if piece != line else "\n"
            glue = "\n"
