"""What is remembered of a person, as memory and a conversation read it. Written by `db/engine/person_changes.py`."""

import hashlib
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any

import orjson

from core.events import Channel
from core.ids import AccountId, ContactId, StreamId, TenantId, conversation_id
from core.people import Consent, Fact, LinkedConversation, OpenLink, Person, Summary
from core.turns import HistoryMessage
from db.database import Transaction
from db.sql import load_queries

_SQL = load_queries("people")
LINK_TRIES = 5
"""Codes that do not fit, for each contact and hour; then even a right one is refused."""
_MOST_FACTS = 200
_BUSIEST = 3
_Row = Mapping[str, Any]


@dataclass(frozen=True, slots=True, kw_only=True)
class Said:
    """A message of the history with its place."""

    seq: int
    message: HistoryMessage


def hash_link_code(tenant: TenantId, code: str) -> bytes:
    """Of the digits alone: people write them with spaces and dashes."""
    digits = "".join(letter for letter in code if letter.isascii() and letter.isdigit())
    return hashlib.sha256(f"link\x1f{tenant}\x1f{digits}".encode()).digest()


async def read_person(tx: Transaction, tenant: TenantId, contact: ContactId) -> Person:
    """With all that is linked to the contact; of somebody unknown only the id. Facts that hold, newest first."""
    rows = [dict(row) for row in await tx.fetch(_SQL["person"], tenant, contact)]
    contacts = tuple(ContactId(row["contact_id"]) for row in rows)
    forgotten: list[datetime] = [row["forgotten_at"] for row in rows if row["forgotten_at"]]
    return Person(
        contact_ids=contacts,
        conversations=await _conversations(tx, tenant, rows),
        name=next((row["name"] for row in rows if row["name"]), ""),
        language=next((row["language"] for row in rows if row["language"]), None),
        preferences=_preferences(rows),
        consent=_consent([row["consent"] for row in rows]),
        opted_out=frozenset(kind for row in rows for kind in row["opted_out"]),
        facts=await _facts(tx, tenant, contacts, ended=False),
        habits=_describe_habits(rows),
        forgotten_at=max(forgotten, default=None),
    )


async def list_facts(tx: Transaction, tenant: TenantId, contact: ContactId) -> tuple[Fact, ...]:
    """Those that ended, too; newest first."""
    rows = [dict(row) for row in await tx.fetch(_SQL["person"], tenant, contact)]
    return await _facts(tx, tenant, [ContactId(row["contact_id"]) for row in rows], ended=True)


async def read_summary(tx: Transaction, tenant: TenantId, stream: StreamId) -> Summary | None:
    row = await tx.fetchrow(_SQL["summary"], tenant, stream)
    return Summary(**dict(row)) if row else None


async def find_link(
    tx: Transaction, tenant: TenantId, contact: ContactId, channel: Channel, code: str
) -> OpenLink | None:
    """None alike for a code that is wrong, used, expired or of this channel, and for who has tried too often."""
    row = await tx.fetchrow(_SQL["find_link"], tenant, contact, hash_link_code(tenant, code), channel, LINK_TRIES)
    return OpenLink(**dict(row)) if row else None


async def list_said(
    tx: Transaction,
    tenant: TenantId,
    stream: StreamId,
    *,
    after_seq: int,
    upto_seq: int,
    limit: int,
    longest_text: int,
    since: datetime | None = None,
) -> tuple[Said, ...]:
    """The oldest messages after `after_seq`, each cut to `longest_text` characters."""
    rows = await tx.fetch(_SQL["said_since"], tenant, stream, after_seq, upto_seq, limit, longest_text, since)
    return tuple(
        Said(seq=row["seq"], message=HistoryMessage(author=row["author"], text=row["text"], at=row["at"]))
        for row in rows
    )


async def _facts(tx: Transaction, tenant: TenantId, contacts: Sequence[ContactId], *, ended: bool) -> tuple[Fact, ...]:
    return tuple(Fact(**dict(row)) for row in await tx.fetch(_SQL["facts"], tenant, contacts, ended, _MOST_FACTS))


async def _conversations(tx: Transaction, tenant: TenantId, rows: Sequence[_Row]) -> tuple[LinkedConversation, ...]:
    """With every bot of the tenant that the contacts may have written to, where they did."""
    possible = [
        LinkedConversation(
            channel=row["channel"],
            contact_id=ContactId(row["contact_id"]),
            stream_id=conversation_id(tenant, AccountId(account), row["external_id"]),
        )
        for row in rows
        for account in row["accounts"] or ()
    ]
    if not possible:
        return ()
    found = await tx.fetch(_SQL["known_streams"], tenant, [each.stream_id for each in possible])
    known = {row["stream_id"] for row in found}
    return tuple(each for each in possible if each.stream_id in known)


def _consent(all_of: Sequence[Consent]) -> Consent:
    """The stricter wins."""
    if "withdrawn" in all_of:
        return "withdrawn"
    return "given" if "given" in all_of else "unknown"


def _preferences(rows: Sequence[_Row]) -> Mapping[str, str]:
    wishes: list[tuple[str, str, str]] = [
        wish for row in rows if row["preferences"] for wish in orjson.loads(row["preferences"])
    ]
    return {name: value for name, value, _ in sorted(wishes, key=lambda wish: datetime.fromisoformat(wish[2]))}


def _describe_habits(rows: Sequence[_Row]) -> Mapping[str, str]:
    """The most frequent of each kind: `hours` as `18, 19`, `weekdays` as `1, 4` from Monday, which is 0; `channel`,
    `topics`, `messages`."""
    kinds: dict[str, dict[str, int]] = {}
    for row in rows:
        counted: dict[str, int] = orjson.loads(row["habits"]) if row["habits"] else {}
        for habit, times in counted.items():
            kind, _, value = habit.partition(":")
            of_kind = kinds.setdefault(kind, {})
            of_kind[value] = of_kind.get(value, 0) + times
    described: dict[str, str] = {}
    for kind, name, many in (("hour", "hours", 3), ("weekday", "weekdays", 2), ("channel", "channel", 1)):
        if busiest := _busiest(kinds.get(kind, {}), many):
            described[name] = ", ".join(busiest)
    if topics := _busiest(kinds.get("topic", {}), _BUSIEST):
        described["topics"] = "; ".join(topics)
    if messages := sum(kinds.get("channel", {}).values()):
        described["messages"] = str(messages)
    return described


def _busiest(counts: Mapping[str, int], many: int) -> list[str]:
    return sorted(counts, key=lambda value: (-counts[value], value))[:many]
