"""SQL lives in `db/queries/*.sql`, in blocks named by a line `-- name: block`."""

import re
from collections.abc import Mapping
from functools import cache
from pathlib import Path

_FOLDER = Path(__file__).parent / "queries"
_NAME = re.compile(r"^-- name: (\w+)[^\n]*\n", re.MULTILINE)


@cache
def load_queries(file: str) -> Mapping[str, str]:
    """The blocks of `queries/{file}.sql` by name. Raises KeyError for a doubled name."""
    pieces = _NAME.split((_FOLDER / f"{file}.sql").read_text(encoding="utf-8"))
    blocks: dict[str, str] = {}
    for name, text in zip(pieces[1::2], pieces[2::2], strict=True):
        if name in blocks:
            raise KeyError(f"{file}.sql has two blocks named {name}")
        blocks[name] = text.strip()
    return blocks
