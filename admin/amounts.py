"""Amounts of money as an owner types them."""

from typing import Final

from babel.numbers import get_currency_symbol

from admin.session import DeskTurn
from core.money import MICROS, Money, parse_amount
from core.texts import find_locale

HIGHEST_BUDGET: Final = 10_000_000 * MICROS
"""A month, in any currency: enough in the smallest unit people count in, and beyond it a slip of the finger."""


def read_amount(desk: DeskTurn, text: str) -> Money:
    """`50 EUR`, `€50` and `50` are the same. Raises ValueError, also for an amount in another currency."""
    currency = desk.turn.tenant.currency
    return parse_amount(_strip_currency(text, currency, desk.language), currency)


def _strip_currency(text: str, currency: str, language: str) -> str:
    text = text.strip()
    for mark in (currency, get_currency_symbol(currency, locale=find_locale(language))):
        if text.upper().startswith(mark.upper()):
            return text[len(mark) :]
        if text.upper().endswith(mark.upper()):
            return text[: -len(mark)]
    return text
