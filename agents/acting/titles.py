"""What an action is called to the customer, and what is said of it."""

import re
from decimal import Decimal

from pydantic import JsonValue

from agents.actions.declaration import find_amount
from agents.actions.registry import BUILT_IN, find_actions
from agents.texts import TEXTS
from core.money import MICROS, Money
from core.texts import escape_markdown, write_money
from core.turns import TenantProfile
from tenants.agents import read_policy

_AMOUNT = re.compile(r"\d{1,9}(\.\d{1,2})?")


def name_action(tenant: TenantProfile, name: str, language: str) -> str:
    """In the customer's language for ours, in the tenant's words for its own."""
    if name in BUILT_IN:
        return TEXTS.text(f"action_{name}", language)
    declared = find_actions(tenant.agents).get(name)
    return escape_markdown(declared.title) if declared else "…"


def describe_object(tenant: TenantProfile, name: str, arguments: dict[str, JsonValue], language: str) -> str:
    """The amount and the record it is about, `€125.00 · INV-7001`. Empty for ours that are about no money."""
    own = next((each for each in read_policy(tenant.agents).http if each.name == name), None)
    if own is None:
        micros = find_amount(BUILT_IN[name], arguments) if name in BUILT_IN else 0
        return write_money(Money(micros=micros, currency=tenant.currency), language) if micros else ""
    parts: list[str] = []
    for field, about in own.fields.items():
        value = arguments.get(field)
        if value is None:
            continue
        if about.type == "amount" and _AMOUNT.fullmatch(str(value)):  # it may have been of another type when asked for
            money = Money(micros=int(Decimal(str(value)) * MICROS), currency=tenant.currency)
            parts.insert(0, write_money(money, language))
        elif about.type == "reference":
            parts.append(escape_markdown(str(value)))
    return " · ".join(parts)
