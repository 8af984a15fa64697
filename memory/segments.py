"""Any text into words and sentences, in any script.

Words are folded: lower case, without accents on Latin and Greek letters, without vowel points and characters of no
width. Scripts written without spaces, and Korean, whose endings no stemmer knows, come as pairs of characters.
"""

import re
import unicodedata
from functools import lru_cache

LONGEST_TEXT = 6_000
"""Characters of a turn that are indexed: whoever pastes a book is found by its first pages."""
_KEPT_LETTERS = 24
_KEPT_FOLDS = 8_192
"""Characters remembered, so that a hostile text cannot fill the table with all of Unicode."""

MARKS = "".join(
    chr(code) for block in ((0x0300, 0x1D00), (0xA800, 0xAC00)) for code in range(*block)
    if unicodedata.category(chr(code)).startswith("M")
)  # fmt: skip
"""Vowel signs and the like: part of a word, though `\\w` does not count them."""
_NO_WIDTH = "\u00ad\u200b-\u200f\u202a-\u202e\u2060-\u2064\ufeff"
_WORD = re.compile(rf"[^\W_]+(?:[{MARKS}{_NO_WIDTH}]+[^\W_]*)*")
UNSPACED = (
    "\u0e00-\u0eff\u1000-\u109f\u1780-\u17ff\u3040-\u30ff\u3400-\u4dbf\u4e00-\u9fff\uac00-\ud7af\uf900-\ufaff"
    "\U00020000-\U0003ffff"
)
"""Scripts without spaces, and Korean, for a character class."""
_UNSPACED = re.compile(f"[{UNSPACED}]+")
_ASCII_WORD = bytes(code if chr(code).isalnum() and code < 128 else 32 for code in range(256))
_DROPPED = re.compile(r"[\u0300-\u036f\u0591-\u05c7\u0640\u064b-\u065f\u0670]")
_LETTERS = {"ß": "ss", "æ": "ae", "ø": "o", "œ": "oe", "đ": "d", "ð": "d", "ł": "l", "ı": "i", "ё": "е", "_": " "}
_SENTENCE_END = re.compile(r"(?:[.!?…؟۔।]+[\"'”’»)\]]*(?=\s|$)|[。！？｡]+[」』”）]*|\n)\s*")


class _Folds(dict[int, str | None]):
    """Fills itself with the characters that come up."""

    def __missing__(self, code: int) -> str | None:
        folded = _fold_character(chr(code))
        if len(self) < _KEPT_FOLDS:
            self[code] = folded
        return folded


def _fold_character(character: str) -> str | None:
    if character in _LETTERS:
        return _LETTERS[character]
    if unicodedata.category(character) in ("Cf", "Cc") and not character.isspace():
        return None
    if _DROPPED.match(character):
        return None
    apart = unicodedata.normalize("NFKD", character)
    if len(apart) > 1 and (apart[0] < "\u0250" or "\u0370" <= apart[0] < "\u0400"):
        apart = _DROPPED.sub("", apart)
    return unicodedata.normalize("NFC", apart).lower()


_FOLDS = _Folds()


def fold(text: str) -> str:
    """Lower case without what people leave out as often as they write it."""
    if text.isascii():
        return text.lower()
    return unicodedata.normalize("NFC", text).lower().translate(_FOLDS)


def split_words(text: str) -> list[str]:
    """The folded words in order, doubles included; an apostrophe parts words."""
    if text.isascii():
        return text.lower().encode().translate(_ASCII_WORD).decode().split()
    # Word by word, for the same ones come again and again; a word of nothing but vowel points folds to nothing.
    words = [
        folded
        for word in _WORD.findall(unicodedata.normalize("NFC", text))
        if (folded := _fold_word(word) if len(word) <= _KEPT_LETTERS else word.lower().translate(_FOLDS))
    ]
    if is_unspaced(text):
        return [piece for word in words for piece in _pieces(word)]
    return words


@lru_cache(maxsize=50_000)
def _fold_word(word: str) -> str:
    return word.lower().translate(_FOLDS)


def is_unspaced(text: str) -> bool:
    """Whether there is something of a script without spaces in it."""
    return _UNSPACED.search(text) is not None


def _pieces(word: str) -> list[str]:
    """`東京タワーtower` into 東京, 京タ, タワ, ワー and tower."""
    pieces: list[str] = []
    at = 0
    for run in _UNSPACED.finditer(word):
        if run.start() > at:
            pieces.append(word[at : run.start()])
        letters = run.group()
        pieces += [letters[n : n + 2] for n in range(max(1, len(letters) - 1))]
        at = run.end()
    return [*pieces, word[at:]] if at < len(word) else pieces


def split_sentences(text: str) -> list[str]:
    """Parts that give the text again when joined; each ends where a sentence or a line ends."""
    parts: list[str] = []
    at = 0
    for end in _SENTENCE_END.finditer(text):
        if end.end() > at:
            parts.append(text[at : end.end()])
            at = end.end()
    return [*parts, text[at:]] if at < len(text) else parts
