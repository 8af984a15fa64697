"""Draws a chart as PNG. Runs in a child of `documents.workers`: matplotlib is large, slow to load and holds the GIL."""

import base64
import io
import os
from importlib import import_module
from itertools import accumulate
from typing import Any

from jobs.charts.spec import Chart, Outlook
from jobs.charts.style import (
    DPI,
    EXPECTED,
    FONT,
    HEIGHT,
    INK,
    LABEL,
    LIMIT,
    MUTED,
    PAPER,
    SMALL,
    SOFT,
    SPENT,
    TITLE,
    WIDTH,
    clean,
    write_value,
)

_FEW = 12
"""So many bars have room for their values."""
_WITHIN_SIGHT = 2.5
"""A limit that is further above what is spent than this is named and not drawn: it would flatten the rest."""


def draw(data: bytes, *, fonts: str) -> str:
    """A PNG in base 64. `data` is a `Chart` as JSON; `fonts` a folder for what matplotlib finds out about them."""
    os.environ.setdefault("MPLCONFIGDIR", fonts)  # read when matplotlib is first imported
    return base64.b64encode(draw_png(Chart.model_validate_json(data))).decode()


def draw_png(chart: Chart) -> bytes:
    mpl: Any = import_module("matplotlib")  # not before its folder is known
    from matplotlib.backends.backend_agg import FigureCanvasAgg
    from matplotlib.figure import Figure

    with mpl.rc_context({"font.family": FONT, "text.color": INK, "text.parse_math": False}):
        figure: Any = Figure(figsize=(WIDTH, HEIGHT), dpi=DPI, facecolor=PAPER)
        FigureCanvasAgg(figure)
        figure.text(0.035, 0.945, chart.title, fontsize=TITLE, fontweight="bold", va="center")
        figure.text(0.035, 0.885, chart.subtitle, fontsize=SMALL, color=MUTED, va="center")
        if chart.outlook is None:
            _draw_bars(figure.add_axes((0.10, 0.10, 0.865, 0.71)), chart)
        else:
            _draw_sum(figure.add_axes((0.10, 0.42, 0.865, 0.37)), chart, chart.outlook)
            _draw_bars(figure.add_axes((0.10, 0.08, 0.865, 0.24)), chart)
        written = io.BytesIO()
        figure.savefig(written, format="png", facecolor=PAPER, metadata={"Software": None})
    return written.getvalue()


def _draw_bars(axes: Any, chart: Chart) -> None:
    clean(axes)
    places = range(len(chart.values))
    bars = axes.bar(places, chart.values, width=0.72, color=SPENT, linewidth=0)
    top = max(chart.values) or 1
    axes.set_ylim(0, top * (1.18 if _labelled(chart) else 1.06))
    if _labelled(chart):
        names = [_write(value, chart) if value else "" for value in chart.values]
        axes.bar_label(bars, labels=names, fontsize=LABEL, color=INK, padding=3)
    if chart.outlook is not None:
        axes.set_title(chart.heading, loc="left", fontsize=SMALL, color=MUTED, pad=8)
    _label_days(axes, chart.days)
    _label_values(axes, chart, steps=2 if chart.outlook else 4)


def _draw_sum(axes: Any, chart: Chart, outlook: Outlook) -> None:
    """What the days add up to, where that leads, and what is allowed."""
    clean(axes)
    last = len(chart.days) - 1
    sums = list(accumulate(chart.values))[: outlook.so_far]
    today, total = len(sums) - 1, sums[-1]
    axes.fill_between(range(len(sums)), sums, color=SOFT, linewidth=0)
    axes.plot(range(len(sums)), sums, color=SPENT, linewidth=3, solid_capstyle="round")
    axes.plot([today], [total], marker="o", markersize=8, color=SPENT)
    top = total
    if outlook.expected is not None and today < last:
        top = max(top, outlook.expected)
        axes.plot([today, last], [total, outlook.expected], color=EXPECTED, linewidth=2.5, linestyle=(0, (3, 2)))
        axes.plot([last], [outlook.expected], marker="o", markersize=7, color=EXPECTED)
    seen = outlook.limit is not None and outlook.limit <= max(top, 1e-6) * _WITHIN_SIGHT
    if outlook.limit is not None and seen:
        top = max(top, outlook.limit)
        axes.axhline(outlook.limit, color=LIMIT, linewidth=2)
    axes.set_ylim(0, (top or 1) * 1.22)
    _name_points(axes, chart, outlook, today=today, total=total, limit_seen=seen)
    axes.set_title(outlook.heading, loc="left", fontsize=SMALL, color=MUTED, pad=8)
    axes.set_xlim(-0.6, last + 0.6)
    axes.set_xticks([])
    _label_values(axes, chart, steps=3)


def _name_points(axes: Any, chart: Chart, outlook: Outlook, *, today: int, total: float, limit_seen: bool) -> None:
    """Names stand where the thing is, so that no legend is needed."""
    last = len(chart.days) - 1
    style = {"fontsize": SMALL, "fontweight": "bold"}
    if today < 0.8 * last or outlook.expected is None:
        left = today < last / 2
        axes.annotate(
            _write(total, chart), (today, total), xytext=(9 if left else -9, 7), textcoords="offset points",
            ha="left" if left else "right", color=SPENT, **style,
        )  # fmt: skip
    if outlook.expected is not None and today < last:
        axes.annotate(
            outlook.expected_label, (last, outlook.expected), xytext=(-9, 8), textcoords="offset points", ha="right",
            color=SPENT, **style,
        )  # fmt: skip
    if outlook.limit is not None and limit_seen:
        axes.annotate(
            outlook.limit_label, (0, outlook.limit), xytext=(-4, 6), textcoords="offset points", ha="left",
            color=LIMIT, **style,
        )  # fmt: skip
    elif outlook.limit is not None:
        axes.text(0.995, 1.06, outlook.limit_label, transform=axes.transAxes, ha="right", color=LIMIT, **style)


def _label_days(axes: Any, days: tuple[str, ...]) -> None:
    """All of a few; of a month every fifth, and the first."""
    if len(days) <= _FEW:
        chosen = list(range(len(days)))
    else:
        chosen = [0, *range(4, len(days) - 2, 5), len(days) - 1]
    axes.set_xlim(-0.6, len(days) - 0.4)
    axes.set_xticks(chosen, [days[place] for place in chosen])


def _label_values(axes: Any, chart: Chart, *, steps: int) -> None:
    from matplotlib.ticker import FuncFormatter, MaxNLocator

    def write(value: float, position: int | None = None) -> str:
        del position
        return _write(value, chart)

    axes.yaxis.set_major_locator(
        MaxNLocator(nbins=steps, steps=[1, 2, 5, 10], integer=chart.currency is None, min_n_ticks=2)
    )
    axes.yaxis.set_major_formatter(FuncFormatter(write))


def _labelled(chart: Chart) -> bool:
    return len(chart.days) <= _FEW and chart.outlook is None


def _write(value: float, chart: Chart) -> str:
    return write_value(value, chart.language, chart.currency)
