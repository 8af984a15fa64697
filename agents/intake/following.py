"""Lines that only go on with what was said before: “and how much is it?”, a bare reference."""

from collections.abc import Sequence
from dataclasses import replace

from agents.intake.request import Entities
from agents.intake.sentences import split_sentences
from agents.intake.understanding import Understood, is_unsure, understand
from agents.intake.vocabulary import split_apart

_LOOKED_BACK, _LONGEST = 4, 500
"""Lines, and characters of each."""
_GOING_ON = 8
"""Words of a line that may only go on."""
_ALONE = 3
"""Words besides the references of a line that only names them, and of one that can hardly stand alone."""
_SURE_ALONE = 0.7
_LESS_SURE = 0.05
_SUBJECTS = frozenset(["order", "shipment", "invoice", "document", "tech", "supplier", "ticket"])


def follow(
    understood: Understood, entities: Entities, history: Sequence[str], language: str
) -> tuple[Understood, frozenset[str]]:
    """The message in the light of the lines before it, and all the subjects it is to be routed by."""
    left = len(understood.words) - sum(len(split_apart(each)) for each in entities.references)
    asked = understood.intent.startswith("where_") and not is_unsure(understood)  # “Where is BA-1?” stands alone
    bare = bool(entities.references) and left <= _ALONE and understood.confidence < _SURE_ALONE and not asked
    short = len(understood.words) <= _GOING_ON and _SUBJECTS.isdisjoint(understood.names)
    goes_on = short and (not {"follow", "it"}.isdisjoint(understood.names) or len(understood.words) <= _ALONE)
    if not (bare or goes_on):
        return understood, understood.names
    for line in reversed(history[-_LOOKED_BACK:]):
        before = understand(split_sentences(line[:_LONGEST], Entities()), language)
        if is_unsure(before) or (_SUBJECTS.isdisjoint(before.names) and before.intent == "question"):
            continue
        subjects = understood.names | before.names
        if not (bare or is_unsure(understood)):
            return understood, subjects
        return replace(understood, intent=before.intent, confidence=round(before.confidence - _LESS_SURE, 3)), subjects
    return understood, understood.names
