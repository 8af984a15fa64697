"""Near misses: the word of a vocabulary that somebody probably meant."""

from collections import Counter
from collections.abc import Iterable

_SHORTEST, _SHORTEST_SLIP = 4, 5
"""Letters: of a word that is looked for at all, and of one that a slip may be forgiven in."""
SLIP, PART = 0.85, 0.7
"""How sure a near miss is: of a slip or two, and of a part of a compound."""
_CLOSEST = 12
"""Words compared letter by letter, of those that share most trigrams."""


class Spelling:
    def __init__(self, vocabulary: Iterable[str]) -> None:
        self._by_trigram: dict[str, list[str]] = {}
        for word in vocabulary:
            if len(word) >= _SHORTEST and not word.startswith("§"):
                for trigram in _trigrams(word):
                    self._by_trigram.setdefault(trigram, []).append(word)

    def nearest(self, word: str) -> tuple[str, float] | None:
        """The word meant and how sure that is: .85 for a slip or two, .7 for a part of a compound; None if too far."""
        if len(word) < _SHORTEST or not word.isalpha():
            return None
        shared = Counter(other for trigram in _trigrams(word) for other in self._by_trigram.get(trigram, ()))
        candidates = [other for other, _ in shared.most_common(_CLOSEST)]
        allowed = 1 if len(word) < 8 else 2
        alike = candidates if len(word) >= _SHORTEST_SLIP else []
        slips = [(distance, other) for other in alike if (distance := _distance(word, other, allowed)) <= allowed]
        if slips:
            return min(slips)[1], SLIP
        parts = [
            o for o in candidates if len(o) >= 5 and (word.endswith(o) or word.startswith(o) or o.startswith(word))
        ]
        return (max(parts, key=len), PART) if parts else None


def _trigrams(word: str) -> set[str]:
    padded = f"^{word}$"
    return {padded[at : at + 3] for at in range(len(padded) - 2)}


def _distance(one: str, other: str, allowed: int) -> int:
    """Insertions, deletions, swaps and replacements; anything above `allowed` is `allowed + 1`."""
    if abs(len(one) - len(other)) > allowed or (one[0] != other[0] and allowed == 1 and one[1:3] != other[1:3]):
        return allowed + 1
    before: list[int] = []
    last = list(range(len(other) + 1))
    for i, a in enumerate(one, 1):
        row = [i]
        for j, b in enumerate(other, 1):
            cost = min(last[j] + 1, row[j - 1] + 1, last[j - 1] + (a != b))
            if i > 1 and j > 1 and a == other[j - 2] and one[i - 2] == b:
                cost = min(cost, before[j - 2] + 1)
            row.append(cost)
        if min(row) > allowed:
            return allowed + 1
        before, last = last, row
    return last[-1]
