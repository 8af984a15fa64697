"""Questions that ask the same, by the words they share. Pure."""

from collections.abc import Sequence
from dataclasses import dataclass

from core.office.knowledge import OpenQuestion
from memory.words import terms_in

ALIKE = 0.6
"""The share of the words of the shorter question that the other one must have, too."""
_MOST_QUESTIONS = 500


@dataclass(frozen=True, slots=True, kw_only=True)
class Gap:
    """One question as customers put it, newest first."""

    questions: tuple[OpenQuestion, ...]

    @property
    def first(self) -> OpenQuestion:
        return self.questions[0]

    @property
    def ids(self) -> tuple[str, ...]:
        return tuple(each.approval_id for each in self.questions)


def group_alike(questions: Sequence[OpenQuestion], language: str) -> tuple[Gap, ...]:
    """The most frequent first, and of those the one asked last. `questions` are the newest first."""
    terms = terms_in(language)
    groups: list[tuple[frozenset[str], list[OpenQuestion]]] = []
    for each in questions[:_MOST_QUESTIONS]:
        words = frozenset(terms.of_question(each.question))
        fitting = max(groups, key=lambda group: _share(words, group[0]), default=None)
        if fitting is not None and _share(words, fitting[0]) >= ALIKE:
            fitting[1].append(each)
        else:
            groups.append((words, [each]))
    gaps = [Gap(questions=tuple(asked)) for _, asked in groups]
    return tuple(sorted(gaps, key=lambda gap: (len(gap.questions), gap.first.at), reverse=True))


def _share(words: frozenset[str], others: frozenset[str]) -> float:
    """Of words that say what is asked; a single shared one is not enough unless there is no other."""
    shorter = min(len(words), len(others))
    if not shorter:
        return 1.0 if words == others else 0.0
    common = len(words & others)
    return 0.0 if common == 1 and max(len(words), len(others)) > 2 else common / shorter
