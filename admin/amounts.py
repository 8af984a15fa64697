"""Amounts of money as an owner types them."""

from typing import Final

from babel.numbers import get_currency_symbol

from admin.session import DeskTurn
from core.money import MICROS, Money, parse_amount
from core.texts import find_locale, write_money

HIGHEST_BUDGET: Final = 10_000_000 * MICROS
"""A month, in any currency: enough in the smallest unit people count in, and beyond it a slip of the finger."""


async def refuse_amount(desk: DeskTurn, scope: str, amount: Money) -> bool:
    """Whether a limit is higher than may be, after saying so. The ledger keeps to the ceiling in any case."""
    ceiling = (await desk.business()).spend_ceiling_micros if scope == "month" else None
    if ceiling is not None and amount.micros > ceiling:
        highest = Money(micros=ceiling, currency=amount.currency)
        desk.say("mon_ceiling", highest=write_money(highest, desk.language))
        return True
    if amount.micros > HIGHEST_BUDGET:
        highest = Money(micros=HIGHEST_BUDGET, currency=amount.currency)
        desk.say("mon_too_high", highest=write_money(highest, desk.language))
        return True
    return False


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
