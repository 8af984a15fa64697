"""Which language somebody writes in: by script, then by the small words that hold a sentence together."""

from functools import lru_cache

from core.texts import LANGUAGES
from memory.lexicon import FUNCTION_WORDS, REQUEST_WORDS
from memory.words import split_words

_LOOKED_AT = 400
"""Characters; the language shows early."""
_ENOUGH, _MARGIN = 0.8, 1.25
_LETTERS = {"ñ": "es", "¿": "es", "¡": "es", "ß": "de", "ä": "de", "ö": "de", "ü": "de", "ã": "pt", "õ": "pt",
            "ê": "fr", "è": "fr", "à": "fr", "ù": "fr", "œ": "fr", "î": "fr", "û": "fr", "ç": "fr"}  # fmt: skip
_LETTER_WEIGHT = 0.6
_ELISIONS = frozenset("cdjlmnqst")


def _weigh_words() -> dict[str, tuple[tuple[str, float], ...]]:
    """A word of several languages says less for each of them."""
    homes: dict[str, dict[str, float]] = {}
    for words, weight in ((FUNCTION_WORDS, 1.0), (REQUEST_WORDS, 0.9)):
        for language, listed in words.items():
            for word in listed:
                homes.setdefault(word, {}).setdefault(language, weight)
    return {word: tuple((lang, w / len(langs)) for lang, w in langs.items()) for word, langs in homes.items()}


_WORDS = _weigh_words()


@lru_cache(maxsize=512)
def detect_language(text: str) -> str | None:
    """One of `core.texts.LANGUAGES`, or None when the words do not show it."""
    text = text[:_LOOKED_AT]
    scores: dict[str, float] = dict.fromkeys(LANGUAGES, 0.0)
    words = split_words(text)
    cyrillic = sum("а" <= word[0] <= "я" for word in words)
    if cyrillic * 2 > len(words):
        return "ru"
    for word in words:
        if word in _ELISIONS:  # of "c'est" and "C-1001" only the first is French
            continue
        for language, weight in _WORDS.get(word) or _WORDS.get(word.partition("'")[0], ()):
            scores[language] += weight
    for letter in set(text.lower()) & _LETTERS.keys():
        scores[_LETTERS[letter]] += _LETTER_WEIGHT
    first, second = sorted(scores.values(), reverse=True)[:2]
    if first < _ENOUGH or first < second * _MARGIN:
        return None
    return max(scores, key=lambda language: scores[language])


def choose_language(text: str, *others: str | None) -> str:
    """The words decide, then the first of `others` that is given: what was used before, the app's, the tenant's."""
    return detect_language(text) or next((other for other in others if other), "en")
