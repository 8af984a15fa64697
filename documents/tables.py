"""Rows of cells as a Markdown table: clean, bounded, with or without a heading row. Pure."""

import csv
import io
import re
from collections.abc import Iterable, Sequence
from itertools import islice

MOST_ROWS = 1_000
"""Of one file, in all its sheets together."""
MOST_COLUMNS = 40
_LONGEST_CELL = 500
_LOOKED_AT = 20_000
"""Rows, with the empty ones: a sheet can be a million rows long with two words in it."""
_DELIMITERS = ";,\t|"
_SAMPLE_LINES = 20
_NUMBER = re.compile(r"[-+(]?\s?[€$£¥₽]?\s?\d[\d.,' %\u00a0]*\)?\s?(?:[€$£¥₽%]|[a-z]{1,3})?", re.IGNORECASE)


def write_table(rows: Iterable[Sequence[str]], most: int = MOST_ROWS) -> tuple[str, int, bool]:
    """The table, how many rows of data it has, and whether there were more. Empty rows and columns are left out."""
    kept: list[list[str]] = []
    looked = 0
    for row in islice(rows, _LOOKED_AT):
        looked += 1
        cells = [_clean(cell) for cell in row[:MOST_COLUMNS]]
        if any(cells):
            kept.append(cells)
        if len(kept) > most + 1:
            break
    cut = looked == _LOOKED_AT
    if not kept:
        return "", 0, cut
    width = max(map(len, kept))
    square = [row + [""] * (width - len(row)) for row in kept]
    used = [at for at in range(width) if any(row[at] for row in square)]
    table = [[row[at] for at in used] for row in square]
    heading = table.pop(0) if has_heading(table) else [""] * len(used)
    lines = [heading, ["---"] * len(used), *table[:most]]
    return "\n".join(_line(cells) for cells in lines), min(len(table), most), cut or len(table) > most


def has_heading(table: Sequence[Sequence[str]]) -> bool:
    """Whether the first row names the columns: words in every cell but at most the first, above something else."""
    if len(table) < 2 or len(table[0]) < 2:
        return False
    named = [cell for cell in table[0] if cell]
    return len(named) >= len(table[0]) - 1 and not any(_NUMBER.fullmatch(cell) for cell in named)


def read_csv(text: str) -> list[list[str]] | None:
    """The rows, or None when the text is no table: its lines have no sign that parts them all alike."""
    delimiter = _find_delimiter(text)
    if delimiter is None:
        return None
    try:
        reader = csv.reader(io.StringIO(text, newline=""), delimiter=delimiter)
        return list(islice(reader, _LOOKED_AT))
    except csv.Error:
        return None


def _find_delimiter(text: str) -> str | None:
    lines = [line for line in text.splitlines() if line.strip()][:_SAMPLE_LINES]
    if len(lines) < 2:
        return None
    best: tuple[int, str] | None = None
    for delimiter in _DELIMITERS:
        try:
            widths = [len(row) for row in csv.reader(lines, delimiter=delimiter)]
        except csv.Error:
            continue
        # Of columns that say the same in every row there may be more than of commas within words.
        if min(widths) >= 2 and max(widths) - min(widths) <= 1 and (best is None or min(widths) > best[0]):
            best = (min(widths), delimiter)
    return best[1] if best else None


def _clean(cell: str) -> str:
    return " ".join(cell.replace("|", "/").replace("\x00", "").split())[:_LONGEST_CELL]


def _line(cells: Sequence[str]) -> str:
    return f"| {' | '.join(cells)} |"
