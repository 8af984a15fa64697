"""From words to what they stand for, by `words/*.toml`: beginnings carry all endings, a slip is forgiven."""

import re
import tomllib
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from functools import cache, lru_cache
from pathlib import Path
from typing import Final

from core.texts import LANGUAGES
from memory.lexicon import FUNCTION_WORDS
from memory.words import split_words

_FOLDER = Path(__file__).with_name("words")
_ELISION = re.compile(r"^(?:[cdjlmnst]|qu|jusqu|lorsqu)(?=')")
_GAP: Final = ".."
_LONGEST_GAP = 4
"""Words that may stand where an entry has `..`."""
_SHORTEST_BEGINNING = 2
_SHORTEST_SLIP = 6
"""Letters of an entry in which a slip is forgiven; shorter words are too much alike."""
_STRICT = "_out"
"""Names in whose entries no slip is forgiven: nobody is turned away for a word that was not said."""


@dataclass(slots=True)
class _Node:
    next: dict[str, "_Node"] = field(default_factory=dict[str, "_Node"])
    names: set[str] = field(default_factory=set[str])


class Vocabulary:
    """Of one language. Keys are folded words, those of beginnings end in `*`."""

    def __init__(self, entries: Mapping[str, Sequence[str]], plain: frozenset[str] = frozenset()) -> None:
        """`plain`: words that are no slips of others."""
        self._plain = plain
        self.names = frozenset(entries)
        self._root = _Node()
        self._keys: set[str] = set()
        self._forgiving: set[str] = set()
        self._alike: dict[str, list[str]] = {}
        """Keys by three of their letters, of which a slip leaves the first or the second three alone."""
        for name, listed in entries.items():
            for entry in listed:
                self._add(name, entry)
        self._starts = {key[:_SHORTEST_BEGINNING] for key in self._keys if key[-1] == "*"}
        self._longest = max(map(len, self._keys), default=0)
        for key in sorted(self._forgiving):
            bare = key.rstrip("*")
            if len(bare) >= _SHORTEST_SLIP and bare.isalpha():
                self._alike.setdefault(bare[:3], []).append(key)
                self._alike.setdefault(f"{bare[0]}-{bare[3:6]}", []).append(key)
        self._find = lru_cache(maxsize=20_000)(self._look_up)

    def _add(self, name: str, entry: str) -> None:
        node = self._root
        for part in entry.split():
            words = [_GAP] if part == _GAP else split_apart(part)
            for at, word in enumerate(words):
                key = f"{word}*" if part.endswith("*") and at == len(words) - 1 else word
                self._keys.add(key)
                if not name.endswith(_STRICT):
                    self._forgiving.add(key)
                node = node.next.setdefault(key, _Node())
        node.names.add(name)

    def names_in(self, words: Sequence[str]) -> dict[str, list[int]]:
        """What the words stand for, each with where it begins."""
        keys = [self._find(word) for word in words]
        found: dict[str, list[int]] = {}
        for at in range(len(words)):
            if not keys[at]:
                continue
            for name in self._walk(self._root, keys, at):
                places = found.setdefault(name, [])
                if not places or places[-1] != at:
                    places.append(at)
        return found

    def _walk(self, node: _Node, keys: Sequence[tuple[str, ...]], at: int) -> Iterator[str]:
        yield from node.names
        if at < len(keys):
            for key in keys[at]:
                if (then := node.next.get(key)) is not None:
                    yield from self._walk(then, keys, at + 1)
        if (gap := node.next.get(_GAP)) is not None:
            for skipped in range(_LONGEST_GAP + 1):
                yield from self._walk(gap, keys, at + skipped)

    def _look_up(self, word: str) -> tuple[str, ...]:
        exact = [word] if word in self._keys else list[str]()
        if not word[0].isalpha():
            return tuple(exact)
        if word[:_SHORTEST_BEGINNING] in self._starts:
            most = min(len(word), self._longest)
            exact += [key for n in range(_SHORTEST_BEGINNING, most + 1) if (key := f"{word[:n]}*") in self._keys]
        if exact or len(word) < _SHORTEST_SLIP or not word.isalpha() or word in self._plain:
            return tuple(exact)
        return tuple(dict.fromkeys(self._near(word)))

    def _near(self, word: str) -> Iterator[str]:
        """Keys that the word is, or begins with, but for one slip."""
        for place in (word[:3], *(f"{word[0]}-{word[at : at + 3]}" for at in (2, 3, 4))):
            for key in self._alike.get(place, ()):
                bare = key.rstrip("*")
                pieces = [word] if bare == key else [word[: len(bare) + more] for more in (-1, 0, 1)]
                if any(_one_slip(piece, bare) for piece in pieces):
                    yield key


def split_apart(text: str) -> list[str]:
    """Folded words; what an apostrophe cuts off in French stands by itself."""
    words: list[str] = []
    for word in split_words(text):
        if "'" in word and (cut := _ELISION.match(word)):
            words += [cut.group(), word[cut.end() + 1 :]]
        else:
            words.append(word)
    return words


@cache
def vocabulary(language: str) -> Vocabulary:
    """English for a language that has none."""
    shared = _read("shared")
    own = _read(language if language in LANGUAGES else "en")
    entries = {name: [*own.get(name, ()), *shared.get(name, ())] for name in {**own, **shared}}
    return Vocabulary(entries, FUNCTION_WORDS.get(language, frozenset()))


def _read(name: str) -> dict[str, list[str]]:
    listed = tomllib.loads((_FOLDER / f"{name}.toml").read_text(encoding="utf-8"))
    return {key: [entry.strip() for entry in str(value).split(",")] for key, value in listed.items()}


def _one_slip(one: str, other: str) -> bool:
    """A letter too many, too few, wrong, or two swapped. Not the first; nor the last, which may be another ending."""
    if one[:1] != other[:1] or one[-1:] != other[-1:] or abs(len(one) - len(other)) > 1:
        return False
    short, long = sorted((one, other), key=len)
    at = next((i for i, (a, b) in enumerate(zip(short, long, strict=False)) if a != b), len(short))
    if len(short) < len(long):
        return short[at:] == long[at + 1 :]
    swapped = short[:at] + short[at + 1 : at + 2] + short[at : at + 1] + short[at + 2 :]
    return short[at + 1 :] == long[at + 1 :] or swapped == long
