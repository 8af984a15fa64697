"""A message as the grammar looks at it: its sentences, their words, and what stands in each besides words."""

import re
from dataclasses import dataclass

from agents.intake.naming import names_oneself
from agents.intake.references import is_case_reference
from agents.intake.request import Entities
from agents.intake.vocabulary import split_apart

_END = re.compile(r"[.!?…\n;]+(?=\s|$)|\n+")
_MOST_SENTENCES = 24
_MOST_WORDS = 400


@dataclass(frozen=True, slots=True, kw_only=True)
class Sentence:
    words: tuple[str, ...]
    marks: frozenset[str]
    """Of those that `rules.toml` lists: `question` where a mark of it ends the sentence, `reference`, `time`, …"""


def split_sentences(text: str, entities: Entities) -> tuple[Sentence, ...]:
    """At most 24, of 400 words together."""
    found: list[Sentence] = []
    left = _MOST_WORDS
    named = names_oneself(text)
    whole = _marks(entities)
    for sentence, end in _cut(text):
        if not sentence or len(found) >= _MOST_SENTENCES:
            continue
        words = tuple(split_apart(sentence)[:left])
        left -= len(words)
        marks = set(whole)
        if any(character.isdigit() for character in sentence):
            marks.add("number")
        else:
            marks -= {"reference", "case_reference"}
        if "?" in end or sentence[0] == "¿":
            marks.add("question")
        if named and names_oneself(sentence):
            marks.add("named")
        found.append(Sentence(words=words, marks=frozenset(marks)))
    return tuple(found)


def _cut(text: str) -> list[tuple[str, str]]:
    """Each sentence with what ends it."""
    cut: list[tuple[str, str]] = []
    start = 0
    for match in _END.finditer(text):
        cut.append((text[start : match.start()].strip(), match.group()))
        start = match.end()
    rest = text[start:].strip()
    return [*cut, (rest, rest)]


def _marks(entities: Entities) -> frozenset[str]:
    cases = sum(is_case_reference(each) for each in entities.references)
    there = {
        "reference": cases < len(entities.references),
        "case_reference": cases > 0,
        "time": bool(entities.times or entities.dates),
        "amount": bool(entities.amounts),
        "phone": bool(entities.phone),
        "email": bool(entities.email),
    }
    return frozenset(name for name, is_there in there.items() if is_there)
