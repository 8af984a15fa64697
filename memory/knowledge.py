"""Finding the passages that answer a question: BM25 for the order, the share of the question covered for the score."""

from collections import Counter
from collections.abc import Iterator, Sequence
from itertools import zip_longest
from math import log

from core.turns import Passage
from memory.answers import ANSWER_KINDS, MARKERS, find_kinds
from memory.concepts import QUALIFIERS, guess_concept
from memory.sounds import is_cyrillic, sound_out, to_latin
from memory.spelling import PART, SLIP, Spelling
from memory.words import Terms, last_question, split_questions, terms_in

_K1, _B = 1.2, 0.6
_OWN_HEADING, _UPPER_HEADING = 1.8, 0.1
"""What a word in a heading adds: the nearest one says what the passage is about, the others where it stands."""
_WITHOUT_CONTEXT = 0.95
"""What a question is worth when only its own sentence matches and not what was said before it."""
_UPPER_COVERS = 0.25
"""A word that only stands in an upper heading is hardly covered: the passage may be about something else."""
_UNKNOWN_WEIGHT = 0.9
"""A word no passage has weighs nearly as much as the rarest one: the answer is probably not there."""


_QUALIFIER_WEIGHT = 0.4
_PRICE = "§price"
_FITTING = 0.25
"""What a passage gains in the order that holds the kind of thing asked for, such as a price."""


class KnowledgeIndex:
    """Over one tenant's passages. Made once, then only read."""

    def __init__(self, passages: Sequence[Passage], language: str, *, alone: bool = False) -> None:
        """`alone`: made in a thread, so with a stemmer of its own: one must not work for two at once."""
        self._passages = tuple(passages)
        self._terms = Terms(language) if alone else terms_in(language)
        counts = [Counter(self._terms.of(passage.text)) for passage in passages]
        lengths = [count.total() for count in counts]
        mean = max(1.0, sum(lengths) / max(1, len(lengths)))
        self._postings: dict[str, list[tuple[int, float]]] = {}
        for at, (count, length) in enumerate(zip(counts, lengths, strict=True)):
            stretch = _K1 * (1 - _B + _B * length / mean)
            weights = {term: times * (_K1 + 1) / (times + stretch) for term, times in count.items()}
            for term, weight in self._headings(self._passages[at]):
                weights[term] = weights.get(term, 0.0) + weight
            for term, weight in weights.items():
                self._postings.setdefault(term, []).append((at, weight))
        total = len(counts)
        self._idf = {t: log(1 + (total - len(p) + 0.5) / (len(p) + 0.5)) for t, p in self._postings.items()}
        for term in QUALIFIERS & self._idf.keys():
            self._idf[term] *= _QUALIFIER_WEIGHT
        self._kinds = [find_kinds(passage.text) for passage in passages]
        self._unknown_idf = log(1 + (total + 0.5) / 0.5) * _UNKNOWN_WEIGHT
        self._spelling: Spelling | None = None
        self._sounds: dict[str, str] = {}
        self._alike: Spelling | None = None

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

    def topics(self, limit: int = 3) -> tuple[Passage, ...]:
        """What one can ask about: the first passage of each file, then the second of each, score 0."""
        by_file: dict[str, list[Passage]] = {}
        for passage in self._passages:
            by_file.setdefault(passage.source.partition(" › ")[0], []).append(passage)
        rounds = zip_longest(*by_file.values())
        return tuple(passage for each in rounds for passage in each if passage is not None)[:limit]

    def _score(self, question: str) -> dict[int, tuple[float, float]]:
        """Of every passage that has a word of it: the share of the question it covers, and its place in the order."""
        wanted = 0.0
        covered: dict[int, float] = {}
        relevance: dict[int, float] = {}
        terms = self._terms.of_question(question)
        kinds = {ANSWER_KINDS[term] for term in terms if term in ANSWER_KINDS}
        if kinds and not MARKERS.isdisjoint(terms):
            terms = [term for term in terms if term != "§price"]  # «сколько» and “cuánto” ask for a price by themselves
        if terms == ["§time"]:
            terms = ["§hours"]
        for term in terms:
            if term in MARKERS:
                continue
            known, sureness = self._find(term)
            if known is None:
                wanted += self._unknown_idf * (_QUALIFIER_WEIGHT if term in QUALIFIERS else 1)
                continue
            idf = self._idf[known]
            wanted += idf
            for at, weight in self._postings[known]:
                covers = sureness if weight > _UPPER_HEADING else sureness * _UPPER_COVERS
                covered[at] = covered.get(at, 0.0) + idf * covers
                relevance[at] = relevance.get(at, 0.0) + idf * sureness * weight
        if not covered:
            return {}
        if _PRICE in terms:
            self._cover_prices(covered)
        top = max(relevance.values())
        return {
            at: (
                share / wanted,
                share / wanted + relevance[at] / top / 2 + (_FITTING if kinds & self._kinds[at] else 0),
            )
            for at, share in covered.items()
        }

    def _cover_prices(self, covered: dict[int, float]) -> None:
        """Of passages that have something else of a question after a price: “Rye loaf 4.80” does not call it one."""
        weight = self._idf.get(_PRICE, self._unknown_idf)
        named = {at for at, _ in self._postings.get(_PRICE, ())}
        for at in covered.keys() - named:
            if ANSWER_KINDS[_PRICE] in self._kinds[at]:
                covered[at] += weight

    def _find(self, term: str) -> tuple[str | None, float]:
        if term in self._postings:
            return term, 1.0
        if term.startswith("§"):
            return None, 0.0
        if self._spelling is None:
            self._spelling = Spelling(self._postings)
        near = self._spelling.nearest(term)
        if (near is None or near[1] < SLIP or len(near[0]) != len(term)) and (concept := guess_concept(term)):
            return (concept, SLIP) if concept in self._postings else (near or (None, 0.0))
        return near or (self._find_sound(term) if is_cyrillic(term) else (None, 0.0))

    def _find_sound(self, term: str) -> tuple[str | None, float]:
        """For a name that the customer writes in Cyrillic and the notes in Latin letters."""
        if self._alike is None:
            latin = (word for word in self._postings if word[0] != "§" and not is_cyrillic(word))
            self._sounds = {sound_out(word): word for word in latin}
            self._alike = Spelling(self._sounds)
        sound = sound_out(self._terms.stem(to_latin(term)))
        if sound in self._sounds and len(sound) >= 4:
            return self._sounds[sound], SLIP
        near = self._alike.nearest(sound)
        return (self._sounds[near[0]], near[1]) if near and near[1] > PART else (None, 0.0)

    def _headings(self, passage: Passage) -> Iterator[tuple[str, float]]:
        _, *upper = passage.source.split(" › ")
        own = upper.pop() if upper else ""
        yield from ((term, _OWN_HEADING) for term in set(self._terms.of(own)))
        yield from ((term, _UPPER_HEADING) for term in set(self._terms.of(" ".join(upper))))
