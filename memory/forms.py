"""Which words of a history stand for a word of a question: forms of it, words of its family, words of its matter.

Nothing is stemmed when it is indexed. Words are kept by their first letters, and only the few that begin like a
question's word are stemmed when the question comes: a cold history is ready sooner, and one history may hold several
languages.
"""

import re
import tomllib
from collections import Counter
from collections.abc import Callable, Iterable, Iterator
from dataclasses import dataclass
from functools import lru_cache
from pathlib import Path
from typing import cast

import snowballstemmer

from memory.concepts import QUALIFIERS, find_concept
from memory.lexicon import CONCEPTS, FUNCTION_WORDS
from memory.segments import is_unspaced

FAMILY, RELATED = 0.4, 0.3
"""What a word counts for that shares its first letters (paint, painter), and one of the same matter (dog, puppy)."""
_FAMILY_LETTERS = 5
_KEY_LETTERS = 3
_ENDING = 4
"""Letters that may follow a stem of three; without a limit every word on `con` would be stemmed for that one."""
_LONGEST_WORD = 40

_ALGORITHMS = {
    "ca": "catalan", "cs": "czech", "da": "danish", "de": "german", "en": "english", "eo": "esperanto", "es": "spanish",
    "et": "estonian", "eu": "basque", "fi": "finnish", "fr": "french", "ga": "irish", "hu": "hungarian",
    "id": "indonesian", "it": "italian", "lt": "lithuanian", "nb": "norwegian", "nl": "dutch", "no": "norwegian",
    "pl": "polish", "pt": "portuguese", "ro": "romanian", "sv": "swedish", "tr": "turkish",
}  # fmt: skip
_SCRIPTS = (
    ("\u0370", "\u03ff", "greek"), ("\u0400", "\u04ff", "russian"), ("\u0530", "\u058f", "armenian"),
    ("\u0600", "\u06ff", "arabic"), ("\u0900", "\u097f", "hindi"), ("\u0b80", "\u0bff", "tamil"),
)  # fmt: skip
"""Scripts whose words name their stemmer by themselves."""
_ARABIC_START = re.compile(r"^[وف]?(?:[بكل]?ال|لل)(?=\w{3})")
"""Conjunction, preposition and article, written together with the word."""


def _load() -> dict[str, dict[str, str]]:
    return tomllib.loads(Path(__file__).with_name("forms.toml").read_text(encoding="utf-8"))


_SECTIONS = _load()
EMPTY_WORDS = FUNCTION_WORDS | {
    language: frozenset(words.split()) for language, words in _SECTIONS["function_words"].items()
}
TELLING = {name: frozenset(words.split()) for name, words in _SECTIONS["telling"].items()}
"""By what they tell of a turn: `first_person`, `when`, `number`."""
ASKER_WORDS = frozenset(_SECTIONS["asking"]["asker"].split())
SCRAPS = frozenset(_SECTIONS["asking"]["scraps"].split())
"""Empty only beside an apostrophe: “size M” is asked for, too."""
GREETINGS = frozenset(_SECTIONS["asking"]["greetings"].split())
_LANGUAGES: dict[str, tuple[str, ...]] = {}
for _language, _words in EMPTY_WORDS.items():
    for _word in _words:
        _LANGUAGES[_word] = (*_LANGUAGES.get(_word, ()), _language)


def count_languages(words: Iterable[str]) -> Counter[str]:
    """Languages that hold a text together, by how many of its words do so."""
    return Counter(language for word in words for language in _LANGUAGES.get(word, ()))


@lru_cache(maxsize=64)
def _stemmer(algorithm: str) -> Callable[[str], str]:
    return cast("Callable[[str], str]", snowballstemmer.stemmer(algorithm).stemWord)  # pyright: ignore[reportUnknownMemberType]


@lru_cache(maxsize=50_000)
def stem(word: str, language: str) -> str:
    """Of a folded word; by its own script where that tells the language."""
    algorithm = _ALGORITHMS.get(language)
    for first, last, name in _SCRIPTS:
        if first <= word[0] <= last:
            algorithm = name
    if algorithm == "arabic":
        word = _ARABIC_START.sub("", word)
    return _stemmer(algorithm)(word) if algorithm and len(word) <= _LONGEST_WORD else word


def _group(name: str) -> dict[str, frozenset[str]]:
    """Of each word, and of its stem, the words of all groups that it is in."""
    found: dict[str, frozenset[str]] = {}
    for language, text in _SECTIONS[name].items():
        for group in text.split("|"):
            words = frozenset(group.split())
            for key in {*words, *(stem(word, language) for word in words)}:
                found[key] = found.get(key, frozenset()) | words
    return found


_IRREGULAR = _group("irregular")
_MATTERS = _group("related")


@dataclass(slots=True)
class Term:
    """A word of a question and the words of the history that stand for it."""

    word: str
    forms: list[str]
    """Of the word itself: they count as one."""
    others: list[tuple[str, float]]
    """Each with what it counts for, between 0 and 1."""


class Vocabulary:
    """The distinct words of one history."""

    def __init__(self) -> None:
        self._by_start: dict[str, list[str]] = {}

    def add(self, word: str) -> None:
        start = word[:_KEY_LETTERS] if word.isascii() else _start(word)
        alike = self._by_start.get(start)
        if alike is None:
            self._by_start[start] = [word]
        else:
            alike.append(word)

    def find(self, word: str, languages: tuple[str, ...]) -> Term:
        """What stands for the word in this history. Order: forms, then family, then matter."""
        if is_unspaced(word):
            return Term(word, [word], [])
        forms = dict.fromkeys(self._forms(word, languages))
        for other in _IRREGULAR.get(word, ()):
            forms.update(dict.fromkeys(self._forms(other, languages)))
        others: dict[str, float] = {}
        for other in self._family(word):
            if other not in forms:
                others[other] = FAMILY
        for other in self._matter(word, languages):
            if other not in forms and other not in others:
                others[other] = RELATED
        return Term(word, list(forms), list(others.items()))

    def holding(self, character: str) -> list[str]:
        """The pairs that hold one character of a script without spaces."""
        return [word for words in self._by_start.values() for word in words if character in word]

    def _forms(self, word: str, languages: tuple[str, ...]) -> Iterator[str]:
        alike = self._by_start.get(_start(word), ())
        for language in languages:
            wanted = stem(word, language)
            start = "" if "\u0600" <= word[0] <= "\u06ff" else wanted[:-1] if len(wanted) > _KEY_LETTERS else wanted
            longest = len(wanted) + _ENDING if len(wanted) <= _KEY_LETTERS else _LONGEST_WORD
            for other in alike:
                if other == word or (
                    len(other) <= longest and other.startswith(start) and stem(other, language) == wanted
                ):
                    yield other

    def _family(self, word: str) -> Iterator[str]:
        start = word[:_FAMILY_LETTERS]
        if len(start) == _FAMILY_LETTERS and not start.isdigit():
            yield from (other for other in self._by_start.get(_start(word), ()) if other.startswith(start))

    def _matter(self, word: str, languages: tuple[str, ...]) -> Iterator[str]:
        matters = {word, *(stem(word, language) for language in languages)}
        for other in sorted(frozenset[str]().union(*(_MATTERS.get(each, ()) for each in matters)) - {word}):
            yield from self._forms(other, languages)
        concept = find_concept(word)
        if concept is not None and concept not in QUALIFIERS:
            for start in sorted(CONCEPTS[concept[1:]]):
                bare = start.removeprefix("=")
                for other in self._by_start.get(_start(bare), ()):
                    if other.startswith(bare) and find_concept(other) == concept:
                        yield other


def _start(word: str) -> str:
    if "\u0600" <= word[0] <= "\u06ff":
        word = _ARABIC_START.sub("", word)
    return word[:_KEY_LETTERS]
