"""Sums of money as people type them: `12,50 €`, `R$ 50`, `1.234,56 EUR`, “a credit of 20”."""

import re
from dataclasses import replace
from decimal import Decimal

from agents.intake.request import Entities
from memory.words import fold

_MOST = 12
_CURRENCIES = {
    "EUR": "€ eur euro euros евро", "USD": "$ usd us$ dollar dollars bucks dolares dolar доллар доллара долларов",
    "GBP": "£ gbp pound pounds quid", "RUB": "₽ rub руб рубль рубля рублей р", "BRL": "r$ brl reais real",
    "CHF": "chf franken", "MXN": "mxn", "ARS": "ars", "COP": "cop", "CLP": "clp", "PEN": "pen", "UAH": "uah",
    "PLN": "pln", "CNY": "cny", "CAD": "cad", "AUD": "aud",
}  # fmt: skip
CURRENCY_NAMES = {name: code for code, names in _CURRENCIES.items() for name in names.split()}
"""Codes by folded name or sign."""
_NAMES = "|".join(re.escape(name) for name in sorted(CURRENCY_NAMES, key=len, reverse=True))
_NUMBER = r"\d{1,3}(?:[.,' \u00a0]\d{3})+(?:[.,]\d{1,2})?(?!\d)|\d{1,9}(?:[.,]\d{1,2})?(?!\d)"
_AMOUNT = re.compile(
    rf"(?<![\w.,-])(?:(?P<before>{_NAMES})\s?(?P<first>{_NUMBER})|(?P<second>{_NUMBER})\s?(?P<after>{_NAMES})(?!\w))"
)
_GIVING = re.compile(
    r"(?<!\w)(?:refund|credit|compensat|discount|reembols|abono|descuento|devolu|devolv|верн|возврат|компенс|скидк|erstatt|"
    r"gutschrift|gutschreib|rabatt|rembours|avoir|remise|estorn|desconto|abat)\w*\s(?:[^\W\d]{1,9}\s){0,3}"
    r"(?P<n>\d{1,6}(?:[.,]\d{1,2})?)"
    r"(?=\s*(?:$|[.!?,;)](?!\d)|\s(?:for|on|because|please|por|para|за|fur|wegen|bitte|pour|svp|na|no)\b))"
)
"""A number after what speaks of giving money, and nothing that is counted after it."""
_CENTS = re.compile(r"(?<![\w.,:/-])\d{1,6}[.,]\d\d(?!\w|[.,:/-]\d|\.\s?\d|\s?(?:uhr|h\b|%|am\b|pm\b|kg|m\b))")
_BARE = re.compile(rf"({_NUMBER})[.!]?")
_TIME_LEADS = frozenset(
    ["um", "at", "am", "on", "в", "к", "до", "las", "as", "a", "el", "le", "dia", "bis", "ab", "vom", "на", "с", "by"]
)


def find_amounts(text: str) -> tuple[tuple[str, ...], str]:
    """With two decimals, in the text's order, and the first currency named; bare numbers only where none has one."""
    if not any(character.isdigit() for character in text):
        return (), ""
    folded = fold(text)
    found: dict[int, str] = {}
    currency = ""
    for match in _AMOUNT.finditer(folded):
        found[match.start()] = match["first"] or match["second"]
        currency = currency or CURRENCY_NAMES[match["before"] or match["after"]]
    if not found:
        found = {match.start("n"): match["n"] for match in _GIVING.finditer(folded)}
    if not found:
        found = {match.start(): match.group() for match in _CENTS.finditer(folded) if not _is_time(folded, match)}
    values = [_plain(typed) for _, typed in sorted(found.items())]
    return tuple(dict.fromkeys(values))[:_MOST], currency


def read_bare_amount(text: str, entities: Entities) -> Entities:
    """“12”, as the answer to the question how much."""
    if entities.amounts or entities.references or (match := _BARE.fullmatch(text.strip())) is None:
        return entities
    return replace(entities, amounts=(_plain(match[1]),))


def _is_time(text: str, match: re.Match[str]) -> bool:
    """“um 10.30”, “on 3.12”: a number that a preposition of time leads."""
    before = text[max(0, match.start() - 8) : match.start()].split()
    return bool(before) and before[-1] in _TIME_LEADS


def _plain(typed: str) -> str:
    """`1.234,56` and `1,234.56` are the same; three digits after the only mark are thousands."""
    digits = re.sub(r"['\s]", "", typed)
    whole, cents = digits, ""
    if last := re.search(r"[.,](\d{1,2})$", digits):
        whole, cents = digits[: last.start()], f".{last[1]}"
    return f"{Decimal(re.sub('[.,]', '', whole) + cents):.2f}"
