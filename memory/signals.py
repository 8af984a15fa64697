"""Why a turn is chosen: the signals and what each weighs.

Every signal is scaled so that a turn which says all the words of the question once has about 1 of `words`; the weights
are round numbers set by hand. The score is the sum.
"""

from dataclasses import dataclass
from typing import Literal, get_args

Signal = Literal[
    "words",
    "neighbours",
    "answers",
    "session",
    "date",
    "similarity",
    "speaker",
    "kind",
    "manner",
    "importance",
    "fading",
]
SIGNALS: tuple[Signal, ...] = get_args(Signal)
"""In the order of shares."""
FITTING = 6
"""The first so many say that a turn is about the question; the others only which of two such turns is better."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Weights:
    """What each signal counts. Set one to 0 to leave the signal out."""

    words: float = 1.0
    """BM25 of the turn itself."""
    neighbours: float = 0.3
    """BM25 of the turn before and of the one after; those two away count a third of it."""
    answers: float = 0.3
    """BM25 of the turn before, once more, when it asks something: its words need not be said again in the answer."""
    session: float = 0.3
    """BM25 of the whole session: the talk that was about this."""
    speaker: float = 0.1
    """The question names who said it. Small: others speak about people, too."""
    date: float = 0.3
    """The question names a time and the turn is from it."""
    kind: float = 0.1
    """The turn has the kind of thing asked for: a time for “when”, a number for “how many”, …"""
    manner: float = 0.1
    """The turn tells (long, first person) rather than asks; between -1 and 1 before it is weighed."""
    importance: float = 0.2
    """As given with the turn, between 0 and 1."""
    similarity: float = 0.5
    """As given with the question, such as the cosine of embeddings, between 0 and 1."""
    fading: float = 0.3
    """Taken from small talk, the more the older it is, all of it after a month."""
