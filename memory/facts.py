"""What people tell of themselves, by rules in six languages: facts learnt, facts that ended, wishes. Pure.

Rules are meant to be right more than to be complete: what they do not see a model may find (`agents/learning.py`).
"""

import re
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from functools import cache
from typing import Literal

from memory.clauses import Clause, fold_letters, is_of_money_or_rights, names_others, split_clauses
from memory.forms import stem
from memory.lexicon import FUNCTION_WORDS
from memory.slots import ABOUT_OTHERS, EXCLUSIVE_DIETS, LONGEST_VALUE, SECTIONS, SINGLE

_VALUE = r"(?P<v>(?:[^.!?;\n,:()\[\]{}<>]|(?<=\bst)\.|(?<=\d)\.(?= )){1,120})"
_ADDRESS = r"(?P<v>[^!?;\n()\[\]{}<>]{4,120})"
_NAME = r"(?P<v>[^\W\d_][\w'.-]*(?: [^\W\d_][\w'.-]*){0,3})"
_LANGUAGES = ("en", "es", "ru", "de", "fr", "pt")
_SURE, _LIKELY, _UNSURE = 0.95, 0.8, 0.6
_MOST = 8
_MOST_BESIDE = 5
"""Words beside each value in a message that only tells: “hi, my name is”."""
_WORD = re.compile(r"[\w']+")
_LISTED = re.compile(r"\s*(?:,|/|&)\s*|\s+(?:and|or|y|o|и|или|und|oder|et|ou|e)\s+")
_ARTICLE = re.compile(r"(?:the|el|la|los|las|der|die|das|den|le|les|l'|des|du|o|os|as)\s+|l'", re.IGNORECASE)
_DIGIT = re.compile(r"\d")
_IMPERATIVE = re.compile(r"(?:.* )?(?:call|llam\w+|зов\w+|назыв\w+|nenn\w*|appel\w+|(?:me )?cham\w+)[ -]")
_PARTICLES = ("de", "da", "do", "dos", "van", "von", "der", "di", "la", "le", "el", "bin", "al")


def _pattern(section: str) -> re.Pattern[str]:
    return re.compile(rf"(?<!\w)(?:{SECTIONS[section]['words']})(?!\w)")


_CUTS = re.compile(rf"\s+(?:{SECTIONS['cuts']['words']})(?!\w).*$")
_NO_VALUE, _NO_NAME, _NO_WORK, _CUES = map(_pattern, ("not_values", "not_names", "not_work", "cues"))


@dataclass(frozen=True, slots=True, kw_only=True)
class Learnt:
    slot: str
    text: str
    key: str
    confidence: float
    ends: tuple[str, ...] = ()
    """Keys that it takes the place of, where the slot holds many."""
    corrects: bool = False

    @property
    def single(self) -> bool:
        return self.slot in SINGLE


@dataclass(frozen=True, slots=True, kw_only=True)
class Ended:
    slot: str
    keys: tuple[str, ...]
    text: str


@dataclass(frozen=True, slots=True, kw_only=True)
class Wish:
    """For how to be served."""

    name: Literal["channel", "tone", "delivery"]
    value: str


@dataclass(frozen=True, slots=True)
class Reading:
    learnt: tuple[Learnt, ...] = ()
    ended: tuple[Ended, ...] = ()
    wishes: tuple[Wish, ...] = ()
    whole: bool = False
    """Nothing else was said."""

    @property
    def empty(self) -> bool:
        return not (self.learnt or self.ended or self.wishes)


@dataclass(frozen=True, slots=True)
class _Rule:
    kind: Literal["say", "end", "wish"]
    slot: str
    language: str
    pattern: re.Pattern[str]


def read_facts(text: str) -> Reading:
    """Of one message in its writer's own words. Never raises."""
    found: list[Learnt | Ended | Wish] = []
    whole = True
    for sentence in split_clauses(text):
        whole = whole and not sentence.asks
        for clause in sentence.clauses:
            taken = list(_read_clause(clause))
            whole = whole and bool(taken)
            found += taken
    found = list(dict.fromkeys(found))[:_MOST]
    return Reading(
        learnt=tuple(each for each in found if isinstance(each, Learnt)),
        ended=tuple(each for each in found if isinstance(each, Ended)),
        wishes=tuple(each for each in found if isinstance(each, Wish)),
        whole=whole and bool(found) and _says_no_more(text, found),
    )


def _says_no_more(text: str, found: Sequence[Learnt | Ended | Wish]) -> bool:
    """Whether little is left without the values: “I live in Gracia and want bread delivered” is an order as well."""
    rest = fold_letters(text)
    for each in found:
        rest = rest.replace(fold_letters(each.value if isinstance(each, Wish) else each.text), " ")
    return len(_WORD.findall(rest)) <= _MOST_BESIDE * len(found)


def load_rules() -> None:
    """Some 0.1 s of compiling: at start rather than with the first message."""
    _beginnings()


def may_hold_fact(text: str) -> bool:
    """Cheap: whether a model should look for facts that no rule found."""
    return any(
        _CUES.search(clause.plain) is not None and len(clause.plain.split()) > 2 and not _read_clause_any(clause)
        for sentence in split_clauses(text)
        for clause in sentence.clauses
    )


def make_learnt(slot: str, value: str, confidence: float, *, language: str = "en", corrects: bool = False) -> Learnt:
    """With the key that makes it the same as what was learnt before."""
    plain = fold_letters(value)
    key = find_diet(plain) if slot == "diet" else None
    ends = tuple(sorted(EXCLUSIVE_DIETS - {key})) if key in EXCLUSIVE_DIETS else ()
    return Learnt(
        slot=slot, text=value, key=key or make_key(plain, language), confidence=confidence, ends=ends, corrects=corrects
    )


def make_key(value: str, language: str) -> str:
    """The stems of a value without its small words: `the nuts` and `nut` are the same."""
    words = re.findall(r"[\w']+", fold_letters(value))
    empty = FUNCTION_WORDS.get(language, frozenset[str]())
    telling = [word for word in words if word not in empty] or words
    return " ".join(stem(word, language) for word in telling)


def find_diet(plain: str) -> str | None:
    return next((name for name, pattern in _diets().items() if pattern.search(plain)), None)


@cache
def _beginnings() -> tuple[re.Pattern[str], re.Pattern[str]]:
    """All rules in one pattern, those of addresses apart: they are looked for in the line with its commas."""

    def join(*, addresses: bool) -> re.Pattern[str]:
        rules = [rule for rule in _rules() if (rule.slot == "address") == addresses]
        return re.compile("|".join(f"(?:{rule.pattern.pattern.replace('(?P<v>', '(?:')})" for rule in rules))

    return join(addresses=False), join(addresses=True)


def _read_clause_any(clause: Clause) -> bool:
    return next(_read_clause(clause), None) is not None


def _read_clause(clause: Clause) -> Iterator[Learnt | Ended | Wish]:
    """By the first rule that fits and leaves a value worth keeping."""
    of_line, of_address = _beginnings()
    if of_line.match(clause.plain) is None and of_address.match(clause.plain_on) is None:
        return  # most clauses: one look instead of one for each of some two hundred rules
    for rule in _rules():
        on = rule.slot == "address"
        match = rule.pattern.match(clause.plain_on if on else clause.plain)
        if match is None or "://" in clause.plain_on:
            continue
        start, end = match.span("v")
        taken = list(_take(rule, clause, start, end, rest="" if on else clause.plain[match.end() :]))
        if taken:
            yield from taken
            return


def _take(rule: _Rule, clause: Clause, start: int, end: int, *, rest: str) -> Iterator[Learnt | Ended | Wish]:
    plain, text = clause.plain_on[start:end], clause.text_on[start:end]
    if rule.slot == "name" and text[0].islower() and _IMPERATIVE.match(clause.plain):
        return  # “call me later”
    cut = _CUTS.search(plain) if rule.slot not in ("household", "delivery", "name") else None
    several = rule.slot in ("allergy", "likes", "dislikes") and rule.kind != "wish"
    pieces = _split_list(plain, text) if several else [(plain, text)]
    if cut is not None and not several:
        pieces = [(plain[: cut.start()], text[: cut.start()])]
    if (
        rule.kind == "say"
        and rest.strip()
        and rule.slot in ("diet", "household")
        and not _CUTS.match(f" {rest.strip()}")
    ):
        return  # “vegan cakes” is no diet
    for folded, written in pieces:
        if value := _clean(rule, folded, written):
            yield from _make(rule, clause, value)


def _make(rule: _Rule, clause: Clause, value: str) -> Iterator[Learnt | Ended | Wish]:
    match rule.kind:
        case "say":
            if rule.slot in ABOUT_OTHERS or not names_others(fold_letters(value)):
                sure = _confidence(rule.slot, value)
                yield make_learnt(rule.slot, value, sure, language=rule.language, corrects=clause.corrects)
        case "end":
            plain = fold_letters(value)
            key = (find_diet(plain) if rule.slot == "diet" else None) or make_key(plain, rule.language)
            yield Ended(slot=rule.slot, keys=(key,), text=value)
        case "wish":
            if rule.slot in ("channel", "tone", "delivery"):
                yield Wish(name=rule.slot, value=value)


def _split_list(plain: str, text: str) -> list[tuple[str, str]]:
    pieces: list[tuple[str, str]] = []
    start = 0
    for found in _LISTED.finditer(plain):
        pieces.append((plain[start : found.start()], text[start : found.start()]))
        start = found.end()
    pieces.append((plain[start:], text[start:]))
    cut: list[tuple[str, str]] = []
    for folded, written in pieces:
        end = found.start() if (found := _CUTS.search(folded)) else len(folded)
        cut.append((folded[:end], written[:end]))
        if end < len(folded):
            break
    return cut


def _clean(rule: _Rule, plain: str, text: str) -> str | None:
    """The value as it was written, or None when it is none."""
    text = " ".join(text.strip(" \t\"'*_~-–—,.").split())
    if rule.slot not in ("home", "company", "work", "name", "address"):
        text = text[found.end() :] if (found := _ARTICLE.match(text)) else text
    if rule.slot == "name":
        text = _cut_name(text)
    plain = fold_letters(text)
    if not 2 <= len(text) <= LONGEST_VALUE or is_of_money_or_rights(plain):
        return None
    if rule.kind != "wish" and rule.slot not in ("household", "diet", "address") and _NO_VALUE.match(plain):
        return None
    return text if _fits(rule.slot, plain, text) else None


def _cut_name(text: str) -> str:
    """The words of it that are written like a name; of one in small letters the first."""
    words = text.split()
    if not words or not words[0][0].isupper():
        return words[0] if words else ""
    kept = [words[0]]
    for word in words[1:]:
        if not word[0].isupper() and word not in _PARTICLES:
            break
        kept.append(word)
    while kept[-1] in _PARTICLES:
        kept.pop()
    return " ".join(kept)


def _fits(slot: str, plain: str, text: str) -> bool:
    words = plain.split()
    match slot:
        case "name":
            return _NO_NAME.match(plain) is None and not names_others(plain) and all(len(word) < 25 for word in words)
        case "home":
            some_place = plain.startswith("the ") and words[1:] and not text.split()[1][0].isupper()
            return len(words) <= 6 and not some_place and (not _DIGIT.search(plain) or len(words) > 1)
        case "address":
            return _DIGIT.search(plain) is not None and not names_others(plain) and len(words) > 1
        case "birthday":
            return _DIGIT.search(plain) is not None and len(words) <= 6
        case "work" | "company":
            return len(words) <= 6 and not text[0].islower() and _NO_WORK.match(plain) is None
        case "allergy":
            return len(words) <= 4
        case "likes" | "dislikes":
            return len(words) <= 8
        case _:
            return True


def _confidence(slot: str, value: str) -> float:
    match slot:
        case "name" | "diet" | "allergy":
            return _SURE
        case "home" | "work" | "company" | "birthday":
            return _LIKELY if value[0].isupper() or value[0].isdigit() else _UNSURE
        case "household":
            return _LIKELY
        case _:
            return _UNSURE


@cache
def _diets() -> dict[str, re.Pattern[str]]:
    return {
        name: re.compile(rf"(?<!\w)(?:{'|'.join(words.values())})(?!\w)") for name, words in SECTIONS["diet"].items()
    }


@cache
def _rules() -> tuple[_Rule, ...]:
    """What ends comes before what is said: “no longer” must not be read as “am”. Wishes before likes."""
    rules: list[_Rule] = []
    for kind in ("end", "wish", "say"):
        for slot, by_language in SECTIONS[kind].items():
            for language in _LANGUAGES:
                diets = "|".join(words[language] for words in SECTIONS["diet"].values())
                for pattern in by_language.get(language, ()):
                    value = _ADDRESS if slot == "address" else _VALUE
                    filled = pattern.replace("{v}", value).replace("{name}", _NAME).replace("{diet}", f"(?:{diets})")
                    rules.append(_Rule(kind, slot, language, re.compile(filled + r"(?!\w)")))
    return tuple(rules)
