"""How urgent a message is, what a wrong answer would cost, and whether it is about the business at all."""

from collections.abc import Set

from agents.intake.request import Entities, Intent, Level, Risk

_MONEY: frozenset[Intent] = frozenset(["refund_or_credit", "cancel"])
_BUSINESS = frozenset(
    ["order", "shipment", "invoice", "refund", "credit", "price", "offer", "document", "supplier", "shop", "ticket",
     "complain", "broken", "callme", "remind", "elsewhere", "profile", "fault",
     "cancel", "change", "late", "notyet", "track", "buy", "tech"]
)  # fmt: skip
"""What is spoken of where business is meant. `fault`: “the recipe page does not work”."""
_OWN_MATTER = _BUSINESS - {
    "document",
    "elsewhere",
    "remind",
    "callme",
    "price",
    "fault",
    "profile",
    "change",
    "late",
    "buy",
    "tech",
}
"""Those of them that make even a wish for a poem one about the business: “a poem on the cake”."""
_RANKS: tuple[Risk, ...] = ("low", "medium", "high")


def weigh_urgency(names: Set[str]) -> Level:
    """“Not urgent” has the word in it."""
    if "unhurried" in names:
        return "low"
    return "high" if "urgent" in names else "normal"


def weigh_risk(intent: Intent, names: Set[str], *, moves_money: bool) -> Risk:
    if not {"legal", "health", "personal"}.isdisjoint(names):
        return "high"
    if intent in _MONEY or moves_money or not {"refund", "credit", "cancel"}.isdisjoint(names):
        return "medium"
    return "low"


def higher_risk(one: Risk, other: Risk) -> Risk:
    return _RANKS[max(_RANKS.index(one), _RANKS.index(other))]


def is_in_scope(names: Set[str], entities: Entities, *, own: bool) -> bool:
    """In doubt it is. `own`: the tenant's topics or actions are spoken of."""
    if own or entities.references:
        return True
    if "strong_out" in names:
        return not _OWN_MATTER.isdisjoint(names)
    return "weak_out" not in names or not _BUSINESS.isdisjoint(names)
