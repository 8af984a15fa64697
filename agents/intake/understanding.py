"""What sentences are about, in one language or, where that leaves doubts, in the one of the six that says most."""

from collections.abc import Sequence, Set
from dataclasses import dataclass, replace

from agents.intake.grammar import judge
from agents.intake.request import UNSURE, Intent
from agents.intake.sentences import Sentence
from agents.intake.vocabulary import Vocabulary, vocabulary
from core.texts import LANGUAGES

_WEAKER = 0.04
"""What the whole message says weighs less than what one sentence of it does."""
_ENOUGH = 0.56
"""From this confidence on no other language is looked at; a mere question mark stays below."""
_PLAIN = 0.65
"""What another language has to reach: chance hits weigh less."""
_UNKNOWN = 0.3
_NEAR, _NEAR_WISH = 2, 4
"""Words from a negation to what it denies, and with “want” between them."""
_OPENING = 3
"""Words that may stand before one that makes a question."""
_REFUSABLE = frozenset(["refund", "credit", "cancel"])
_SAFETY = frozenset(["legal", "health", "personal", "urgent", "strong_out"])
"""Better noticed in a language that was guessed wrong than missed."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Understood:
    intent: Intent
    confidence: float
    names: frozenset[str]
    """All that the words stand for, with the marks."""
    words: Sequence[str]
    refused: Set[int]
    """Places of words that are said not to be wanted."""
    denies: bool
    """A refund or the like is named and refused: that is understood, however little else is."""


def understand(sentences: Sequence[Sentence], language: str) -> Understood:
    home = language if language in LANGUAGES else "en"
    own = _understand_in(sentences, home)
    if own.confidence >= _ENOUGH or own.denies or not any(len(word) > 1 and word.isalpha() for word in own.words):
        return own
    others = [_understand_in(sentences, other) for other in LANGUAGES if other != home]
    noticed = own.names.union(*(_SAFETY & each.names for each in others))
    best = max(others, key=lambda each: each.confidence)
    if best.confidence > own.confidence and best.confidence >= _PLAIN:
        return replace(best, names=best.names | (noticed & _SAFETY), refused=best.refused | own.refused)
    return replace(own, names=noticed)


def is_unsure(understood: Understood) -> bool:
    return understood.confidence < UNSURE


def _understand_in(sentences: Sequence[Sentence], language: str) -> Understood:
    known = vocabulary(language)
    best: tuple[Intent, float] = ("other", _UNKNOWN)
    words: list[str] = []
    refused: set[int] = set()
    everything = frozenset[str]()
    denies = False
    for sentence in sentences:
        names, unwanted, denied = _names(sentence, known)
        denies = denies or denied
        refused |= {len(words) + at for at in unwanted}
        words += sentence.words
        everything |= names
        if (found := judge(names)) and found[1] > best[1]:
            best = found
    whole = judge(everything) if len(sentences) > 1 else None
    if whole and whole[1] - _WEAKER > best[1]:
        best = (whole[0], whole[1] - _WEAKER)
    return Understood(
        intent=best[0],
        confidence=round(best[1], 3),
        names=everything,
        words=words,
        refused=frozenset(refused),
        denies=denies,
    )


def _names(sentence: Sentence, known: Vocabulary) -> tuple[frozenset[str], set[int], bool]:
    """What the words stand for, the places of what is said not to be wanted, and whether that takes a name away."""
    places = known.names_in(sentence.words)
    names = set(places) | sentence.marks
    if any(at <= _OPENING for at in places.get("asks", ())):
        names.add("question")
    refused: set[int] = set()
    unwished: set[int] = set()
    for no in places.get("neg", ()):
        wished = any(no < want <= no + _NEAR_WISH for want in places.get("want", ()))
        near = range(no + 1, no + 1 + (_NEAR_WISH if wished else _NEAR))
        refused.update(near)
        if wished:
            unwished.update(near)
    # “You did not refund me” asks for a refund; “do not cancel” asks for no cancellation.
    denied = {
        name
        for name in _REFUSABLE & names
        if all(at in (refused if name == "cancel" else unwished) for at in places[name])
    }
    return frozenset(names - denied), refused, bool(denied)
