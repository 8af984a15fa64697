"""The words of one conversation's turns, and how well each turn and each session covers the words of a question."""

import sys
from array import array
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date, datetime, timedelta
from math import log

from memory.forms import Term, Vocabulary, count_languages
from memory.segments import LONGEST_TEXT, split_words
from memory.traits import AMOUNTS, LOOKED, find_amounts, find_traits, manner

_K1, _B = 1.0, 0.5
"""BM25 of a turn: a word said twice counts a third more; half of the length is held against a long turn."""
_SESSION_K1, _SESSION_B = 2.0, 0.5
_PAUSE = timedelta(hours=4)
"""A longer silence begins a new session."""
_LANGUAGE_TURNS = 100
"""The first so many turns tell the language."""
_MOST_POSTINGS = 8_000
"""Looked at for one question, rarest words first: what comes after hardly changes the order."""
_TURN_BYTES, _WORD_BYTES, _POSTING_BYTES = 350, 170, 7
"""Measured: a turn's own entries without its text, a distinct word, and a word of a turn."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Turn:
    id: str
    """Unique within the conversation."""
    speaker: str
    text: str
    at: datetime
    """Aware."""
    session: int | None = None
    """None: told by the pauses."""
    importance: float = 0.0
    """Between 0 and 1, such as 1 for what the person asked to remember."""
    small_talk: bool = False
    """A greeting, thanks, an “ok”: counts less with every day, unless it answers a question."""


@dataclass(frozen=True, slots=True)
class Matches:
    """Positions of turns and numbers of sessions with their BM25, as shares of the question: about 1 covers it all."""

    turns: dict[int, float]
    sessions: dict[int, float]


class TurnIndex:
    """Only grows. Positions are those of adding, from 0."""

    def __init__(self) -> None:
        self.turns: list[Turn] = []
        self.lengths = array("I")
        """Words of each turn."""
        self.sessions = array("I")
        """Of each turn, the number of its session, from 0."""
        self.first_days: list[date] = []
        """Of each session."""
        self.traits = array("I")
        """Of each turn, see memory/traits.py."""
        self.manners = array("d")
        """Of each turn, between -1 and 1: how much it tells."""
        self.vocabulary = Vocabulary()
        self.languages = count_languages(())
        """How many words of the first turns hold each language together."""
        self.size_bytes = 0
        """An estimate."""
        self._postings: dict[str, int | array[int]] = {}
        """Of each word the positions of its turns, as often as they say it; a bare one while there is one."""
        self._positions: dict[str, int] = {}
        self._session_lengths = array("I")
        self._words = 0

    def add(self, turn: Turn) -> bool:
        """False when a turn of that id is there already."""
        at = len(self.turns)
        if self._positions.setdefault(turn.id, at) != at:
            return False
        text = turn.text if len(turn.text) <= LONGEST_TEXT else turn.text[:LONGEST_TEXT]
        words = split_words(text)
        postings = self._postings
        known = len(postings)
        for word in words:
            found = postings.get(word)
            if found is None:
                postings[word] = at
                self.vocabulary.add(word)
            elif isinstance(found, int):
                postings[word] = array("I", (found, at))
            else:
                found.append(at)
        count = len(words)
        self._join_session(turn, count)
        self.turns.append(turn)
        self.lengths.append(count)
        traits = find_traits(text, words)
        self.traits.append(traits)
        self.manners.append(manner(traits, count))
        self._words += count
        if at < _LANGUAGE_TURNS:
            self.languages.update(count_languages(words))
        self.size_bytes += (
            _TURN_BYTES + sys.getsizeof(turn.text) + count * _POSTING_BYTES + (len(postings) - known) * _WORD_BYTES
        )
        return True

    def position(self, turn_id: str) -> int | None:
        return self._positions.get(turn_id)

    def has(self, at: int, things: int) -> bool:
        """Whether a turn has one of some kinds of thing."""
        traits = self.traits[at]
        if things & AMOUNTS and not traits & LOOKED:
            traits = self.traits[at] = traits | find_amounts(self.turns[at].text[:LONGEST_TEXT])
        return traits & things != 0

    def find(self, words: Sequence[str], languages: tuple[str, ...]) -> list[Term]:
        """The words of a question, each with the words of this history that stand for it."""
        terms: list[Term] = []
        for word in words:
            term = self.vocabulary.find(word, languages)
            if len(word) == 1 and word >= "\u2e80":
                term.others = [(pair, 0.5) for pair in self.vocabulary.holding(word) if pair != word]
            terms.append(term)
        return terms

    def match(self, terms: Sequence[Term]) -> Matches:
        """BM25 over the terms, each turn's and each session's, divided by what the question's words weigh together."""
        groups: list[tuple[float, list[Sequence[int]]]] = []
        total = 0.0
        for term in terms:
            own = [found for form in term.forms if (found := self._positions_of(form))]
            rarity = self._idf(sum(map(len, own)))
            total += rarity
            if own:
                groups.append((rarity, own))
            for other, worth in term.others:
                found = self._positions_of(other)
                groups.append((min(rarity, self._idf(len(found))) * worth, [found]))
        groups.sort(key=lambda group: -group[0])
        turns: dict[int, float] = {}
        sessions: dict[int, float] = {}
        left = _MOST_POSTINGS
        for weight, lists in groups:
            if weight <= 0 or left <= 0:
                break
            left -= self._score(weight / total, lists, turns, sessions)
        return Matches(turns, sessions)

    def _positions_of(self, word: str) -> Sequence[int]:
        found = self._postings.get(word, ())
        return (found,) if isinstance(found, int) else found

    def _idf(self, turns: int) -> float:
        """Of a word said in so many turns; a word said twice in one turn is counted twice, which hardly matters."""
        count = len(self.turns)
        return log(1 + (max(0, count - turns) + 0.5) / (turns + 0.5))

    def _score(
        self, weight: float, lists: list[Sequence[int]], turns: dict[int, float], sessions: dict[int, float]
    ) -> int:
        """Adds one word's scores, and says how many postings that took."""
        times: dict[int, int] = {}
        for found in lists:
            for at in found:
                times[at] = times.get(at, 0) + 1
        lengths, session_of = self.lengths, self.sessions
        mean = max(1.0, self._words / len(self.turns))
        base, slope = _K1 * (1 - _B), _K1 * _B / mean
        full = weight * (_K1 + 1)
        in_session: dict[int, int] = {}
        for at, count in times.items():
            turns[at] = turns.get(at, 0.0) + full * count / (count + base + slope * lengths[at])
            session = session_of[at]
            in_session[session] = in_session.get(session, 0) + count
        mean = max(1.0, self._words / len(self._session_lengths))
        for session, count in in_session.items():
            stretch = _SESSION_K1 * (1 - _SESSION_B + _SESSION_B * self._session_lengths[session] / mean)
            sessions[session] = sessions.get(session, 0.0) + weight * (_SESSION_K1 + 1) * count / (count + stretch)
        return sum(map(len, lists))

    def _join_session(self, turn: Turn, words: int) -> None:
        """Goes on with the last turn's session or begins one. A clock that went back does not tear a session apart."""
        if self.turns:
            last = self.turns[-1]
            if turn.session is None and last.session is None:
                same = turn.at - last.at <= _PAUSE
            else:
                same = turn.session == last.session
        else:
            same = False
        if not same:
            self.first_days.append(turn.at.date())
            self._session_lengths.append(0)
        self._session_lengths[-1] += words
        self.sessions.append(len(self.first_days) - 1)
