"""A small table in a chat: a block of code, since nothing else keeps columns on a phone."""

from collections.abc import Sequence

_WIDEST_NAME = 18


def lay_out(rows: Sequence[Sequence[str]]) -> str:
    """The first column to the left, the others to the right. Nobody's words can end the block."""
    cut = [[_cut(row[0]), *row[1:]] for row in rows]
    widths = [max(len(row[at]) for row in cut) for at in range(len(cut[0]))]
    lines = [
        "  ".join(
            [row[0].ljust(widths[0]), *(cell.rjust(width) for cell, width in zip(row[1:], widths[1:], strict=True))]
        )
        for row in cut
    ]
    return "\n".join(("```", *lines, "```"))


def _cut(name: str) -> str:
    plain = " ".join(name.replace("`", "'").split())
    return plain if len(plain) <= _WIDEST_NAME else f"{plain[: _WIDEST_NAME - 1]}…"
