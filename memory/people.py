"""What a turn recalls of the person who writes: profile, facts, summary, and the older messages that fit the question.

The index says which messages fit; their words are read from PostgreSQL for each turn, so what was deleted there is not
said again by any process, and row-level security stands behind every word.
"""

from collections.abc import Callable
from dataclasses import dataclass, replace
from datetime import datetime

import structlog
from pydantic import JsonValue

from core.ids import ContactId, StreamId, TenantId
from core.people import Person, Summary
from core.turns import HistoryMessage, Recalled
from db.database import Database
from db.history import Stretch, Told, find_told, list_told
from db.people import read_person, read_summary
from memory.histories import LONGEST_TEXT, MOST_MESSAGES, PersonHistory, Place
from memory.indexes import Indexes
from memory.prompt import LIMITS, fitting_recent, shorten_message
from memory.selection import Selection

_log = structlog.get_logger(__name__)
_OLDER_TOKENS = LIMITS["recalled"].ceiling_tokens or 0


@dataclass(frozen=True, slots=True, kw_only=True)
class Asked:
    """Who asks what, where, and from which event on."""

    tenant: TenantId
    contact: ContactId
    stream: StreamId
    question: str
    before_seq: int
    now: datetime
    language: str


@dataclass(frozen=True, slots=True)
class _Known:
    person: Person
    summary: Summary | None
    history: PersonHistory | None
    """None when it has to be made."""

    @property
    def since(self) -> datetime | None:
        return self.person.forgotten_at


class PersonRecall:
    def __init__(
        self, database: Database, indexes: Indexes[PersonHistory], is_small_talk: Callable[[str], bool]
    ) -> None:
        self._database = database
        self._indexes = indexes
        self._is_small_talk = is_small_talk

    async def recall(self, asked: Asked, recalled: Recalled) -> Recalled:
        """`recalled` with what is known of the person. Raises Transient when PostgreSQL cannot be reached."""
        known = await self._read(asked)
        recent = tuple(message for message in recalled.recent if known.since is None or message.at >= known.since)
        why: dict[str, JsonValue] = {
            "window": len(recent),
            "conversations": len(_streams(asked, known.person)),
            "facts": len(known.person.facts),
        }
        if known.person.consent == "withdrawn":
            return replace(recalled, recent=recent, person=known.person, why=why | {"consent": "withdrawn"})
        history = known.history or await self._make(asked, known)
        selection = _select(history, asked, recent)
        older = await self._words(asked, _owner(known.person), history, selection)
        if known.summary is not None:
            why["summary_upto"] = known.summary.upto_seq
        return replace(
            recalled,
            recent=recent,
            person=known.person,
            older=older,
            summary=known.summary.text if known.summary else "",
            why=why | {"history": selection.trace()},
        )

    async def _read(self, asked: Asked) -> _Known:
        """One transaction: the person, the summary, and what was said since the index was last asked."""
        told: list[Told] = []
        async with self._database.tenant(asked.tenant, readonly=True) as tx:
            person = await read_person(tx, asked.tenant, asked.contact)
            summary = await read_summary(tx, asked.tenant, asked.stream)
            history = self._indexes.find(asked.tenant, _owner(person))
            if history is not None and not _covers(history, asked, person):
                self._indexes.drop(asked.tenant, _owner(person))
                history = None
            if history is not None and (missing := history.missing(asked.stream, asked.before_seq - 1)):
                told = await list_told(
                    tx, asked.tenant, missing, since=person.forgotten_at, longest_text=LONGEST_TEXT, limit=MOST_MESSAGES
                )
        if history is not None:
            await history.add(told, asked.stream, asked.before_seq - 1)
        return _Known(person, summary, history)

    async def _make(self, asked: Asked, known: _Known) -> PersonHistory:
        streams = _streams(asked, known.person)
        upto = asked.before_seq - 1

        async def make() -> PersonHistory:
            history = PersonHistory(
                streams, since=known.since, language=known.person.language or asked.language,
                is_small_talk=self._is_small_talk,
            )  # fmt: skip
            stretches = [Stretch(s, 0, upto) if s == asked.stream else Stretch(s, 0) for s in streams]
            async with self._database.tenant(asked.tenant, readonly=True) as tx:
                told = await list_told(
                    tx, asked.tenant, stretches, since=known.since, longest_text=LONGEST_TEXT, limit=MOST_MESSAGES
                )
            await history.add(told, asked.stream, upto)
            return history

        history = await self._indexes.get(asked.tenant, _owner(known.person), make)
        # Another conversation of the same person may have made it meanwhile, when they were linked or forgotten.
        return history if _covers(history, asked, known.person) else await make()

    async def _words(
        self, asked: Asked, owner: ContactId, history: PersonHistory, selection: Selection
    ) -> tuple[HistoryMessage, ...]:
        """The chosen messages as they stand in the database now, in the order of time."""
        places = {history.place(chosen.turn.id): rank for rank, chosen in enumerate(selection.chosen)}
        if not places:
            return ()
        async with self._database.tenant(asked.tenant, readonly=True) as tx:
            found = await find_told(tx, asked.tenant, list(places), longest_text=LONGEST_TEXT)
        if len(found) < len(places):
            _log.info("history_has_gaps", missing=len(places) - len(found))
            self._indexes.drop(asked.tenant, owner)
        found.sort(key=lambda message: (message.at, *_place(message)))
        return tuple(
            HistoryMessage(author=m.author, text=shorten_message(m.text), at=m.at, rank=places[_place(m)])
            for m in found
        )


def _select(history: PersonHistory, asked: Asked, recent: tuple[HistoryMessage, ...]) -> Selection:
    shown = fitting_recent(recent)
    return history.select(
        asked.question, asked.now, _OLDER_TOKENS, skip=history.latest(asked.stream, shown),
        said=[asked.question, *(message.text for message in recent[len(recent) - shown :])],
    )  # fmt: skip


def _place(message: Told) -> Place:
    return message.stream, message.seq, message.n


def _owner(person: Person) -> ContactId:
    """Linked contacts share one index."""
    return min(person.contact_ids)


def _streams(asked: Asked, person: Person) -> frozenset[StreamId]:
    return frozenset({asked.stream, *(each.stream_id for each in person.conversations)})


def _covers(history: PersonHistory, asked: Asked, person: Person) -> bool:
    return history.streams == _streams(asked, person) and history.since == person.forgotten_at
