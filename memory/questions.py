"""What a question says: its words, whose they are, the time it names and the kind of thing it wants."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from datetime import date

from memory.dates import find_spans
from memory.forms import ASKER_WORDS, EMPTY_WORDS, GREETINGS, SCRAPS, count_languages
from memory.index import Matches, TurnIndex
from memory.segments import LONGEST_TEXT, split_words
from memory.traits import wanted_things

_MOST_TERMS = 40


@dataclass(frozen=True, slots=True)
class Question:
    """Read against one index."""

    matches: Matches
    wanted: int
    """Kinds of thing, see memory/traits.py."""
    speakers: frozenset[str]
    """Who it is about; empty when that is everybody."""
    by_date: Mapping[int, float]
    """By session: how well its day fits, above 0."""
    similarity: dict[int, float] = field(default_factory=dict[int, float])
    """By position."""


def read_question(
    index: TurnIndex,
    query: str,
    today: date,
    *,
    speakers: Mapping[str, frozenset[str]],
    language: str | None,
    asker: str,
) -> Question:
    """`speakers` holds the words of each one's name; `asker` is who says “I” in the query."""
    query = query[:LONGEST_TEXT]
    words = split_words(query)
    named = {speaker for speaker, names in speakers.items() if not names.isdisjoint(words)}
    if asker and not ASKER_WORDS.isdisjoint(words):
        named.add(asker)
    # A name says whose turn to look for; in the text it mostly stands where the others call that person.
    names = {name for speaker in named for name in speakers.get(speaker, ())}
    languages = _languages(index, words, language)
    terms = _telling([word for word in dict.fromkeys(words) if word not in names], query, languages)
    return Question(
        matches=index.match(index.find(terms[:_MOST_TERMS], languages)),
        wanted=wanted_things(query),
        speakers=frozenset(named) if len(named) < len(speakers) else frozenset(),
        by_date=_by_date(index, query, today),
    )


def _telling(words: list[str], query: str, languages: Sequence[str]) -> list[str]:
    """Without the words that hold a sentence together, unless there are no others."""
    empty = GREETINGS.union(*(EMPTY_WORDS.get(language, frozenset()) for language in languages))
    if "'" in query or "’" in query:
        empty |= SCRAPS
    return [word for word in words if word not in empty] or words


def _languages(index: TurnIndex, words: Sequence[str], given: str | None) -> tuple[str, ...]:
    """The query's, the history's and the one given; English when none is known."""
    found: dict[str, None] = {}
    # A single letter tells no language: the M of a size is no French pronoun.
    for counts in (count_languages(word for word in words if len(word) > 1), index.languages):
        if counts:
            found[max(counts, key=lambda name: (counts[name], name == given, name == "en", name))] = None
    if given:
        found[given] = None
    return tuple(found) or ("en",)


def _by_date(index: TurnIndex, query: str, today: date) -> dict[int, float]:
    spans = find_spans(query, today)
    if not spans:
        return {}
    fits = {session: max(span.fits(day) for span in spans) for session, day in enumerate(index.first_days)}
    return {session: fit for session, fit in fits.items() if fit}
