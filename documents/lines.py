"""From boxes of text, as OCR finds them, to lines as a person reads them. Pure rules."""

import math
import statistics
from collections.abc import Sequence
from dataclasses import dataclass

Point = tuple[float, float]


@dataclass(frozen=True, slots=True, kw_only=True)
class Box:
    text: str
    score: float
    """0 to 1."""
    corners: tuple[Point, Point, Point, Point]
    """In pixels, clockwise from the text's own top left."""

    @property
    def angle(self) -> float:
        (left, top), (right, other) = self.corners[0], self.corners[1]
        return math.atan2(other - top, right - left)

    @property
    def width(self) -> float:
        return math.dist(self.corners[0], self.corners[1])

    @property
    def height(self) -> float:
        return math.dist(self.corners[0], self.corners[3])


@dataclass(frozen=True, slots=True, kw_only=True)
class _Placed:
    text: str
    left: float
    middle: float
    height: float


def arrange(boxes: Sequence[Box]) -> str:
    """Boxes side by side become one line, two spaces apart, in the reading direction of a tilted page."""
    if not boxes:
        return ""
    tilt = statistics.median(box.angle for box in boxes)
    placed = sorted((_place(box, tilt) for box in boxes), key=lambda one: one.middle)
    rows: list[list[_Placed]] = []
    for one in placed:
        row = rows[-1] if rows else []
        # Half the smaller height apart is still the same line; further is the next one.
        if row and one.middle - row[0].middle < min(one.height, row[0].height) / 2:
            row.append(one)
        else:
            rows.append([one])
    return "\n".join("  ".join(one.text for one in sorted(row, key=lambda one: one.left)) for row in rows)


def sparse_share(boxes: Sequence[Box]) -> float:
    """Share of the text's length that has fewer characters than box heights of width: letters were found but not read.

    Letters that were read come at about two for each height of width.
    """
    room = sum(_room(box) for box in boxes)
    sparse = sum(_room(box) for box in boxes if len("".join(box.text.split())) < _room(box))
    return sparse / room if room else 0.0


def mean_score(boxes: Sequence[Box]) -> float:
    """Weighted by length, so that a stray dot counts little."""
    weight = sum(len(box.text) for box in boxes)
    return sum(box.score * len(box.text) for box in boxes) / weight if weight else 0.0


def _room(box: Box) -> float:
    return box.width / box.height if box.height else 0.0


def _place(box: Box, tilt: float) -> _Placed:
    sine, cosine = math.sin(-tilt), math.cos(-tilt)
    turned = [(x * cosine - y * sine, x * sine + y * cosine) for x, y in box.corners]
    ys = [y for _, y in turned]
    return _Placed(
        text=box.text,
        left=min(x for x, _ in turned),
        middle=(min(ys) + max(ys)) / 2,
        height=max(ys) - min(ys),
    )
