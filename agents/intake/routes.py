"""Who answers, and which of the tenant's own actions the words ask for."""

from collections.abc import Sequence, Set
from functools import lru_cache

from agents.intake.request import Intent
from agents.intake.vocabulary import split_apart
from memory.words import terms_in
from tenants.agents import AgentPolicy

_BY_INTENT: dict[Intent, str] = {
    "where_is_order": "sales", "where_is_shipment": "logistics", "invoice_question": "billing",
    "late_complaint": "logistics", "refund_or_credit": "billing", "cancel": "sales", "change_order": "sales",
    "technical_problem": "technical", "price_or_offer": "sales", "purchase": "sales", "document_help": "documents",
}  # fmt: skip
_BY_SUBJECT: dict[Intent, tuple[str, ...]] = {
    "cancel": ("shipment", "invoice"),
    "change_order": ("shipment", "invoice"),
    "open_ticket": ("invoice", "tech", "shipment"),
    "question": ("invoice", "document", "shipment", "tech", "order"),
    "other": ("invoice", "document", "shipment", "tech", "order"),
}
"""Where the intent alone does not say: the first of these subjects that is spoken of."""
_BY_NAME = {
    "shipment": "logistics",
    "invoice": "billing",
    "tech": "technical",
    "document": "documents",
    "order": "sales",
}
_SUPPLIED: frozenset[Intent] = frozenset(
    ["question", "other", "price_or_offer", "purchase", "where_is_order", "late_complaint", "open_ticket"]
)
"""Intents in which a word about suppliers leads to procurement."""
_LONGEST_GAP = 2
"""Words between those of a phrase: “credit on my invoice” for `credit invoice`."""


def available_agents(policy: AgentPolicy) -> tuple[str, ...]:
    """Those switched on, the tenant's own, and `general`."""
    return tuple(dict.fromkeys([*(each.name for each in policy.specialists if each.on), *policy.on, "general"]))


def choose_agent(intent: Intent, names: Set[str]) -> str:
    """Of the built-in ones, whether or not the tenant has it."""
    if "supplier" in names and intent in _SUPPLIED:
        return "procurement"
    subject = next((name for name in _BY_SUBJECT.get(intent, ()) if name in names), None)
    return _BY_NAME[subject] if subject else _BY_INTENT.get(intent, "general")


def own_agent(words: Sequence[str], language: str, policy: AgentPolicy) -> str | None:
    """The tenant's own specialist most of whose topics are spoken of; the first among equals."""
    own = [each for each in policy.specialists if each.on]
    if not own:
        return None
    stems = _stems(words, language)
    counted = [
        (sum(_find(phrase, words, stems) >= 0 for phrase in _phrases(each.topics, language)), each.name) for each in own
    ]
    most = max(count for count, _ in counted)
    return next(name for count, name in counted if count == most) if most else None


def find_wants(words: Sequence[str], refused: Set[int], language: str, policy: AgentPolicy) -> tuple[str, ...]:
    """In the policy's order. `refused`: places of words that are said not to be wanted."""
    if not policy.http:
        return ()
    stems = _stems(words, language)
    wanted: list[str] = []
    for action in policy.http:
        places = (_find(phrase, words, stems) for phrase in _phrases(action.phrases, language))
        if any(at >= 0 and at not in refused for at in places):
            wanted.append(action.name)
    return tuple(wanted)


@lru_cache(maxsize=2_048)
def _phrases(phrases: tuple[str, ...], language: str) -> tuple[tuple[tuple[str, str], ...], ...]:
    """Each as its words with their stems; empty ones left out."""
    split = [split_apart(phrase) for phrase in phrases]
    return tuple(tuple(zip(words, _stems(words, language), strict=True)) for words in split if words)


def _stems(words: Sequence[str], language: str) -> list[str]:
    terms = terms_in(language)
    return [terms.stem(word) for word in words]


def _find(phrase: Sequence[tuple[str, str]], words: Sequence[str], stems: Sequence[str]) -> int:
    """Where it begins: all its words in their order, with few between. -1: it is not there."""
    first_word, first_stem = phrase[0]
    for start, (word, stem) in enumerate(zip(words, stems, strict=True)):
        if word != first_word and stem != first_stem:
            continue
        at = start + 1
        for wanted, wanted_stem in phrase[1:]:
            ahead = range(at, min(at + _LONGEST_GAP + 1, len(words)))
            found = next((i for i in ahead if words[i] == wanted or stems[i] == wanted_stem), None)
            if found is None:
                break
            at = found + 1
        else:
            return start
    return -1
