"""Finding the passages that answer a question: BM25 for the order, the share of the question covered for the score."""

from collections import Counter
from collections.abc import Sequence
from math import log

from core.turns import Passage
from memory.spelling import Spelling
from memory.words import last_question, split_questions, terms_in

_K1, _B = 1.2, 0.6
_HEADING_BOOST = 2
"""A word of a heading counts as often: it says what the whole passage is about."""
_WITHOUT_CONTEXT = 0.95
"""What a question is worth when only its own sentence matches and not what was said before it."""
_UNKNOWN_WEIGHT = 0.75
"""A word no passage has weighs nearly as much as the rarest one: the answer is probably not there."""


class KnowledgeIndex:
    """Over one tenant's passages. Made once, then only read."""

    def __init__(self, passages: Sequence[Passage], language: str) -> None:
        self._passages = tuple(passages)
        self._terms = terms_in(language)
        counts = [self._count(passage) for passage in passages]
        lengths = [sum(count.values()) for count in counts]
        mean = (sum(lengths) / len(lengths)) if lengths else 1.0
        self._postings: dict[str, list[tuple[int, float]]] = {}
        for at, (count, length) in enumerate(zip(counts, lengths, strict=True)):
            for term, times in count.items():
                weight = times * (_K1 + 1) / (times + _K1 * (1 - _B + _B * length / mean))
                self._postings.setdefault(term, []).append((at, weight))
        total = len(counts)
        self._idf = {t: log(1 + (total - len(p) + 0.5) / (len(p) + 0.5)) for t, p in self._postings.items()}
        self._unknown_idf = log(1 + (total + 0.5) / 0.5) * _UNKNOWN_WEIGHT
        self._spelling: Spelling | None = None

    def __len__(self) -> int:
        return len(self._passages)

    def search(self, text: str, limit: int = 5) -> tuple[Passage, ...]:
        """Up to `limit` passages for each question of the text, best first, each naming the question it answers."""
        found: list[Passage] = []
        for question in split_questions(text):
            own = last_question(question)
            best = self._score(question)
            if own != question:
                for at, (coverage, rank) in self._score(own).items():
                    if (fair := coverage * _WITHOUT_CONTEXT) > best.get(at, (0.0, 0.0))[0]:
                        best[at] = (fair, rank * _WITHOUT_CONTEXT)
            order = sorted(best.items(), key=lambda item: (-item[1][1], item[0]))[:limit]
            found += [
                Passage(source=p.source, text=p.text, score=round(coverage, 3), question=question)
                for at, (coverage, _) in order
                for p in (self._passages[at],)
            ]
        return tuple(sorted(found, key=lambda passage: -passage.score))

    def _score(self, question: str) -> dict[int, tuple[float, float]]:
        """Of every passage that has a word of it: the share of the question it covers, and its place in the order."""
        wanted = 0.0
        covered: dict[int, float] = {}
        relevance: dict[int, float] = {}
        for term in self._terms.of_question(question):
            known, sureness = self._find(term)
            if known is None:
                wanted += self._unknown_idf
                continue
            idf = self._idf[known]
            wanted += idf
            for at, weight in self._postings[known]:
                covered[at] = covered.get(at, 0.0) + idf * sureness
                relevance[at] = relevance.get(at, 0.0) + idf * sureness * weight
        if not covered:
            return {}
        top = max(relevance.values())
        return {at: (share / wanted, share / wanted + relevance[at] / top / 2) for at, share in covered.items()}

    def _find(self, term: str) -> tuple[str | None, float]:
        if term in self._postings:
            return term, 1.0
        if term.startswith("§"):
            return None, 0.0
        if self._spelling is None:
            self._spelling = Spelling(self._postings)
        return self._spelling.nearest(term) or (None, 0.0)

    def _count(self, passage: Passage) -> Counter[str]:
        count = Counter(self._terms.of(passage.text))
        _, _, headings = passage.source.partition(" › ")
        for term in self._terms.of(headings):
            count[term] += _HEADING_BOOST
        return count
