"""Sentences as strings of word classes, one letter a word, so that a rule of grammar is a pattern of letters.

`I have just refunded you` is `UHAPY` in English; the frame `U[AHh]*(P)` finds it, and every other sentence of its
build. The classes and frames of a language stand in a TOML file; see the head of `claims.toml`.
"""

import re
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from functools import lru_cache

from agents.language import detect_language
from memory.clauses import fold_letters

Table = Mapping[str, str | list[str]]
_WORD = re.compile(
    r"(?P<code>#?[^\W\d_]{0,8}-?\d(?:[\w/-]|[.,:](?=\d))*|[#€$£₽¥%№])"
    r"|(?P<word>(?<!\w)(?:j|l|d|c|n|s|t|m|qu|lorsqu|jusqu|puisqu)'(?=\w)|'(?:ve|re|s|m|ll|d)(?!\w)|[^\W\d]+'t(?!\w)|[^\W]+)"
    r"|(?P<stop>[.!?…:;\n]+)|(?P<comma>[,()–—]|\s-\s)"
)
_DAY = " (?:[^\\W\\d_A-ZА-Я]|Jan|Feb|Mär|Apr|Mai|Jun|Jul|Aug|Sep|Okt|Nov|Dez)"
"""Behind a full stop that ends no sentence: `am 5. Mai`."""
_SENTENCE = re.compile(
    rf"(?:[^.!?…\n。？！]|(?<=\d)\.(?=\d)|(?<=\b\d)\.(?={_DAY})|(?<=\b\d\d)\.(?={_DAY}))+[.!?…。？！]*"
)
_LONGEST_SENTENCE = 1_000
_WINDOW = 40
"""Words to the left of a verb among which its subject and auxiliary are looked for."""
_JOIN = re.compile("[ '-]")
_PARENTHESIS = "(?:,[^.,]{1,8},)?"


@dataclass(frozen=True, slots=True)
class Word:
    letter: str
    kind: str
    at: int
    """Where it starts in the sentence."""


@dataclass(frozen=True, slots=True)
class Match:
    kind: str
    left: int
    """The first word of the frame, and the word that bears the kind."""
    word: int


@dataclass(frozen=True, slots=True)
class _Frame:
    letters: str
    """Of the word that bears the kind."""
    needs: str
    """A class without which there is no match; most frames end here."""
    left: re.Pattern[str]
    right: re.Pattern[str]


def split_sentences(text: str) -> Iterator[str]:
    for found in _SENTENCE.finditer(text):
        sentence = found.group().strip()
        for start in range(0, len(sentence), _LONGEST_SENTENCE):
            yield sentence[start : start + _LONGEST_SENTENCE]


@dataclass(frozen=True, slots=True)
class Spelling:
    """A sentence in lower case, with and without its accents: as long as each other, and with its single words."""

    exact: str
    plain: str
    words: tuple[tuple[str, str], ...]


def spell(sentence: str) -> Spelling:
    exact = "".join(low if len(low := letter.lower()) == 1 else letter for letter in sentence)
    plain = fold_letters(exact)
    if len(plain) != len(exact):  # composed letters: the words are still there, the accents are not told apart
        exact = plain
    found = _WORD.finditer(plain)
    words = {(each.group(), exact[slice(*each.span())]) for each in found if each.lastgroup == "word"}
    return Spelling(exact, plain, tuple(words))


_TWINS = {"es": "pt", "pt": "es"}


def leave_out(text: str) -> str:
    """The language whose rules would misread the text, as Portuguese does Spanish; empty when none, or not known."""
    return _TWINS.get(detect_language(text) or "", "")


class Grammar:
    """Of one language."""

    def __init__(self, table: Table) -> None:
        self._frames = [_read_frame(frame) for frame in table["frames"]]
        self._kinds = frozenset(letter for frame in self._frames for letter in frame.letters)
        self._classes: list[tuple[str, str, re.Pattern[str] | None, re.Pattern[str] | None]] = []
        several: list[str] = []
        bearing: list[str] = []
        for name, words in table.items():
            if isinstance(words, str) and name != "Q":
                letter, _, kind = name.partition(".")
                plain = [word for word in words.split() if not _is_exact(word)]
                exact = [word.lstrip("=") for word in words.split() if _is_exact(word)]
                self._classes.append((letter, kind, _union(plain), _union(exact)))
                joined = [word.replace("_", "[ '-]") for word in plain if "_" in word]
                several += joined
                bearing += joined if letter in self._kinds else []
        self._several, self._bearing = _join(several), _join(bearing)
        asking = table.get("Q", "")
        self._asking = _union(asking.split()) if isinstance(asking, str) else None
        self._classify = lru_cache(maxsize=8_192)(self._find_class)

    def concerns(self, spelling: Spelling) -> bool:
        """Whether any of its words could bear a kind; most sentences end here."""
        classify, kinds = self._classify, self._kinds
        return any(classify(*word)[0] in kinds for word in spelling.words) or bool(self._bearing.search(spelling.plain))

    def read(self, spelling: Spelling) -> tuple[Word, ...]:
        plain = self._several.sub(lambda found: _JOIN.sub("_", found.group()), spelling.plain)
        return tuple(self._read_words(plain, spelling.exact))

    def begins_question(self, spelling: Spelling) -> bool:
        first = re.search(r"[^\W\d]+", spelling.plain)
        return first is not None and self._asking is not None and self._asking.fullmatch(first.group()) is not None

    def match(self, words: tuple[Word, ...]) -> Iterator[Match]:
        letters = "".join(word.letter for word in words)
        if self._kinds.isdisjoint(letters):
            return
        for at, word in enumerate(words):
            if word.letter not in self._kinds:
                continue
            start = max(0, at - _WINDOW)
            for frame in self._frames:
                if word.letter not in frame.letters or letters.find(frame.needs, start, at) < 0:
                    continue
                if frame.right.match(letters, at + 1) and (found := frame.left.search(letters, start, at)):
                    yield Match(word.kind or "done", found.start(), at)

    def _read_words(self, plain: str, exact: str) -> Iterator[Word]:
        for found in _WORD.finditer(plain):
            start, end = found.span()
            match found.lastgroup:
                case "code":
                    yield Word("#", "", start)
                case "stop":
                    yield Word(".", "", start)
                case "comma":
                    yield Word(",", "", start)
                case _:
                    letter, kind = self._classify(found.group(), exact[start:end])
                    yield Word(letter, kind, start)

    def _find_class(self, plain: str, exact: str) -> tuple[str, str]:
        for letter, kind, by_plain, by_exact in self._classes:
            if (by_plain and by_plain.fullmatch(plain)) or (by_exact and by_exact.fullmatch(exact)):
                return letter, kind
        return "x", ""


def _is_exact(word: str) -> bool:
    """Words that are told from others by their accents alone, or written `=a`."""
    return word.startswith("=") or any("\u00df" <= letter < "\u0250" for letter in word)


def _join(several: list[str]) -> re.Pattern[str]:
    """The longest first: an alternation takes the first that fits."""
    several.sort(key=len, reverse=True)
    return re.compile(rf"(?<!\w)(?:{'|'.join(several) or '(?!)'})(?!\w)")


def _union(words: list[str]) -> re.Pattern[str] | None:
    return re.compile("|".join(f"(?:{word})" for word in words)) if words else None


def _read_frame(text: str) -> _Frame:
    left, _, rest = text.partition("«")
    letters, _, right = rest.partition("»")
    needs = left[0] if left[:1].isalpha() and left[1:2] not in ("*", "?", "|", "{") else ""
    pattern = re.compile(f"(?:{left.replace('~', _PARENTHESIS)})\\Z")
    return _Frame(letters, needs, pattern, re.compile(right))
