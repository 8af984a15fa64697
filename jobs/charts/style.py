"""How charts look: one colour for what is, one for what limits it, and as little else as possible."""

from decimal import Decimal
from typing import Any, Final

from babel.numbers import format_decimal

from core.money import MICROS, Money
from core.texts import find_locale, write_rounded_money

WIDTH, HEIGHT, DPI = 9.0, 6.0, 100
"""Inches and dots an inch: 900 by 600."""
PAPER: Final = "#ffffff"
"""Opaque, so that it reads the same in a dark chat and in a light one."""
INK, MUTED, GRID = "#1f2933", "#67727e", "#e4e8ec"
SPENT, SOFT, EXPECTED, LIMIT = "#2563c9", "#dbe7fa", "#7fa6e6", "#c2410c"
TITLE, SMALL, LABEL = 20, 13, 12.5
FONT: Final = "DejaVu Sans"
"""Comes with matplotlib, and writes Latin, Cyrillic and Greek."""


def write_value(value: float, language: str, currency: str | None) -> str:
    """As short as it stays true: `€12.30`, `€0.042`, `€1,250`, `17`."""
    if currency is None:
        return format_decimal(round(value), locale=find_locale(language))
    amount = Decimal(str(value))
    whole = abs(amount) >= 100 or amount == amount.to_integral_value()
    places = 0 if whole else 3 if abs(amount) < Decimal("0.1") else 2
    return write_rounded_money(Money(micros=round(amount * MICROS), currency=currency), language, places)


def clean(axes: Any) -> None:
    """No frame, no ticks, pale lines across."""
    for side in ("top", "right", "left", "bottom"):
        axes.spines[side].set_visible(False)
    axes.tick_params(axis="both", length=0, labelsize=LABEL, labelcolor=MUTED)
    axes.grid(axis="y", color=GRID, linewidth=1)
    axes.set_axisbelow(True)
    axes.margins(x=0.02)
