"""From text to the terms it is found by: folded, without function words, stemmed, everyday matters by their concept."""

import re
import unicodedata
from collections.abc import Callable
from functools import lru_cache
from typing import cast

import snowballstemmer

from memory.concepts import PHRASES, find_concept
from memory.lexicon import FUNCTION_WORDS, QUESTION_STARTS, REQUEST_WORDS

_ALGORITHMS = {
    "en": "english", "es": "spanish", "ru": "russian", "de": "german", "fr": "french", "pt": "portuguese",
    "it": "italian", "nl": "dutch", "sv": "swedish", "da": "danish", "no": "norwegian", "nb": "norwegian",
    "fi": "finnish", "hu": "hungarian", "ro": "romanian", "tr": "turkish", "pl": "polish", "cs": "czech",
    "el": "greek", "ca": "catalan", "ar": "arabic",
}  # fmt: skip
_WORD = re.compile(r"\d+(?:[.,:]\d+)+|[^\W_]+(?:['’][^\W_]+)*")
_SENTENCE = re.compile(r"[^.!?…\n。？！]*(?:[.!?…。？！]+|\n|$)")
_LONGEST_TEXT = 4_000
"""Characters of a question that are looked at; nobody asks in more."""
_LONGEST_WORD = 40
_UNSPACED = re.compile(r"[\u0e00-\u0e7f\u3040-\u30ff\u3400-\u9fff]+")
_FOLD = {
    code: base
    for code in range(0xC0, 0x250)
    if (base := unicodedata.normalize("NFD", chr(code).casefold())[0]) != chr(code) and base.isalpha()
} | {ord("ß"): "ss", ord("æ"): "ae", ord("ø"): "o", ord("œ"): "oe", ord("ё"): "е", ord("’"): "'"}


def fold(text: str) -> str:
    """Lower case without accents on Latin letters: people leave them out as often as they write them."""
    return unicodedata.normalize("NFKC", text).lower().translate(_FOLD)


def split_words(text: str) -> list[str]:
    """Folded words, in order; scripts without spaces come as pairs of characters."""
    words: list[str] = []
    for word in _WORD.findall(fold(text)):
        if _UNSPACED.search(word):
            words += [word[at : at + 2] for at in range(max(1, len(word) - 1))]
        elif len(word) <= _LONGEST_WORD:
            words.append(word)
    return words


class Terms:
    """Terms in one language. One instance a language: it remembers the stems it found."""

    def __init__(self, language: str) -> None:
        short = language.lower().replace("_", "-").partition("-")[0]
        self._empty = FUNCTION_WORDS.get(short, frozenset[str]()) | REQUEST_WORDS.get(short, frozenset[str]())
        algorithm = _ALGORITHMS.get(short)
        stem = cast("Callable[[str], str]", snowballstemmer.stemmer(algorithm).stemWord) if algorithm else str  # pyright: ignore[reportUnknownMemberType]
        self._stem = lru_cache(maxsize=20_000)(stem)
        self._term = lru_cache(maxsize=20_000)(self._make)

    def of(self, text: str) -> list[str]:
        """The terms in order, doubles included; concepts start with `§`."""
        return [term for word in split_words(text) if (term := self._term(word))]

    def of_question(self, text: str) -> list[str]:
        """Each term once, without the function words of any language: customers write in theirs."""
        asked = fold(text[:_LONGEST_TEXT])
        terms = [concept for phrase, concept in PHRASES.items() if phrase in asked]
        for word in split_words(asked):
            term = self._term(word)
            if term and (term[0] == "§" or word not in _EMPTY):
                terms.append(term)
        return list(dict.fromkeys(terms))

    def stem(self, word: str) -> str:
        """Of a folded word, whatever it means."""
        return fold(self._stem(word))

    def _make(self, word: str) -> str:
        if concept := find_concept(word):
            return concept
        bare = word.partition("'")[0] if "'" in word else word
        if word in self._empty or bare in self._empty:
            return ""
        if len(bare) < 2 and not bare.isdigit():
            return ""
        return self.stem(bare)


_EMPTY = QUESTION_STARTS.union(*FUNCTION_WORDS.values(), *REQUEST_WORDS.values())


@lru_cache(maxsize=32)
def terms_in(language: str) -> Terms:
    return Terms(language)


def split_questions(text: str) -> tuple[str, ...]:
    """The questions of a burst, each with the statements before it; the whole text when it asks nothing.

    A line that starts like a question is one, with or without its mark.
    """
    units: list[str] = []
    context = ""
    for sentence in _SENTENCE.findall(text[:_LONGEST_TEXT]):
        stripped = sentence.strip()
        if not stripped:
            continue
        context = f"{context} {stripped}".strip()
        if _asks(stripped):
            units.append(context)
            context = ""
    if not units:
        return (text.strip(),) if text.strip() else ()
    if context:
        units[-1] = f"{units[-1]} {context}"
    return tuple(units)


def last_question(unit: str) -> str:
    """The asking sentence of what `split_questions` gave, without the statements around it."""
    sentences = [stripped for sentence in _SENTENCE.findall(unit) if (stripped := sentence.strip())]
    return next((sentence for sentence in reversed(sentences) if _asks(sentence)), unit)


def _asks(sentence: str) -> bool:
    if sentence.endswith(("?", "？")) or sentence.startswith("¿"):
        return True
    first = _WORD.search(sentence)
    return first is not None and fold(first.group()) in QUESTION_STARTS and sentence.count(" ") >= 1
