"""Promises nobody may make for a business: guarantees, and money, arrivals and discounts that are said to be certain.

Allowed where the tenant's own notes say the same: then it is the business that promises.
"""

import re
import tomllib
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from functools import cache
from pathlib import Path

from agents.quality.grammar import leave_out, split_sentences
from memory.clauses import fold_letters
from memory.words import terms_in

_LONGEST_TEXT = 6_000
"""Of a reply; one that is longer is refused for its length."""
_KINDS = {"guarantee": "guarantee", "pay_promise": "payment", "arrival": "arrival", "discount": "discount"}
_GAP = r"(?: [^\s,]+){0,4}"
_COVERED = 0.6
"""Share of a sentence's terms that one sentence of the notes has to hold."""
_CUT = re.compile(r"; | (?:but|pero|но|aber|mais|mas) ")
_CLAUSE = re.compile(rf", |{_CUT.pattern}")
_THAT = re.compile(r"(?:that|que|что|dass|qu')\b")
_NUMBER = re.compile(r"\d+")


@dataclass(frozen=True, slots=True)
class Promise:
    kind: str
    """guarantee, payment, arrival or discount."""
    sentence: str


@dataclass(frozen=True, slots=True)
class _Rules:
    kinds: dict[str, re.Pattern[str]]
    negation: re.Pattern[str]
    excuses: re.Pattern[str]


def find_promises(text: str) -> tuple[Promise, ...]:
    """In six languages, whichever the text is in. Never raises."""
    text = text[:_LONGEST_TEXT]
    rules = [each for language, each in _rules().items() if language != leave_out(text)]
    return tuple(promise for sentence in split_sentences(text) for promise in _read(sentence, rules))


def unfounded(text: str, given: Sequence[str]) -> tuple[Promise, ...]:
    """Promises that the given notes do not make."""
    return tuple(promise for promise in find_promises(text) if not _is_founded(promise, given))


def _read(sentence: str, languages: Sequence[_Rules]) -> Iterator[Promise]:
    if sentence.endswith("?"):
        return
    plain = " ".join(fold_letters(sentence).split())
    seen: set[str] = set()
    for rules in languages:
        for kind, pattern in rules.kinds.items():
            if kind in seen or (found := pattern.search(plain)) is None or _is_denied(rules, plain, found):
                continue
            if not any(each.excuses.search(plain, *_part(_CUT, plain, found)) for each in languages):
                seen.add(kind)
                yield Promise(kind, sentence)


def _is_denied(rules: _Rules, plain: str, found: re.Match[str]) -> bool:
    """In its own clause, or in the one that a `that` hangs on: "I cannot say, that…"."""
    start, end = _part(_CLAUSE, plain, found)
    if _THAT.match(plain, start) and start > 2:
        start = max(plain.rfind(",", 0, start - 2), 0)
    return rules.negation.search(plain, start, end) is not None


def _part(cut: re.Pattern[str], plain: str, found: re.Match[str]) -> tuple[int, int]:
    starts = [each.end() for each in cut.finditer(plain, 0, found.start())]
    behind = cut.search(plain, found.end())
    return (starts[-1] if starts else 0), (behind.start() if behind else len(plain))


@cache
def _rules() -> dict[str, _Rules]:
    tables = tomllib.loads(Path(__file__).with_name("promises.toml").read_text(encoding="utf-8"))
    return {language: _compile(table) for language, table in tables.items()}


def _compile(table: dict[str, str | list[str]]) -> _Rules:
    macros = {name: words for name, words in table.items() if isinstance(words, str)}

    def union(name: str) -> re.Pattern[str]:
        listed = table[name]
        assert isinstance(listed, list)
        text = "|".join(f"(?:{pattern})" for pattern in listed)
        for macro, words in macros.items():
            text = text.replace(f"{{{macro}}}", words)
        return re.compile(rf"(?:(?<!\w)|(?='))(?:{text.replace('~', _GAP)})(?!\w)")

    return _Rules({kind: union(name) for name, kind in _KINDS.items()}, union("no"), union("not"))


def _is_founded(promise: Promise, given: Sequence[str]) -> bool:
    """By a sentence of the notes that promises the same, or that states it as a fact."""
    said, numbers = _terms(promise.sentence), set(_NUMBER.findall(promise.sentence))
    for sentence in (each for note in given for each in split_sentences(note)):
        if not said or not numbers <= set(_NUMBER.findall(sentence)):
            continue
        if len(said & _terms(sentence)) < _COVERED * len(said):
            continue
        kinds = {each.kind for each in find_promises(sentence)}
        if promise.kind in kinds or (promise.kind != "guarantee" and not _is_limited(sentence)):
            return True
    return False


def _terms(sentence: str) -> set[str]:
    """In every language's stems: which one it is need not be known."""
    return set(terms_in("en").of_question(sentence))


def _is_limited(sentence: str) -> bool:
    """A note that says no, or perhaps, founds nothing."""
    plain = fold_letters(sentence)
    languages = [rules for language, rules in _rules().items() if language != leave_out(sentence)]
    return any(rules.excuses.search(plain) or rules.negation.search(plain) for rules in languages)
