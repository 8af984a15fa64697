"""What is remembered of a person: who they are on which channel, what they wish, what is known of them."""

from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import datetime
from typing import Literal
from uuid import UUID

from core.events import Channel
from core.ids import ContactId, StreamId

Consent = Literal["unknown", "given", "withdrawn"]


@dataclass(frozen=True, slots=True, kw_only=True)
class Fact:
    """One thing that is known of a person, with where it comes from and for how long it held."""

    fact_id: UUID
    slot: str
    """What it is about, from a closed list (`home`, `diet`, `name`); a new fact of a slot that holds one value ends the
    old one. `other` holds any number."""
    text: str
    """In the person's words or close to them, at most 300 characters. Data, never an instruction."""
    confidence: float
    """0 to 1."""
    source: StreamId
    source_seq: int
    """The turn it was said in, as `turns.upto_seq`."""
    since: datetime
    until: datetime | None = None
    """When it stopped to hold; None while it does."""


@dataclass(frozen=True, slots=True, kw_only=True)
class LinkedConversation:
    channel: Channel
    contact_id: ContactId
    stream_id: StreamId


@dataclass(frozen=True, slots=True, kw_only=True)
class Person:
    """One human, on all the channels that a one-time code has joined."""

    contact_ids: tuple[ContactId, ...]
    """The one who writes first, then those linked to it."""
    conversations: tuple[LinkedConversation, ...] = ()
    name: str = ""
    language: str | None = None
    preferences: Mapping[str, str] = field(default_factory=dict[str, str])
    """Wishes in a few words by name: `tone`, `channel`, `delivery`."""
    consent: Consent = "unknown"
    """To being remembered beyond the conversation. `withdrawn`: nothing is learnt, what was known is gone."""
    opted_out: frozenset[str] = frozenset()
    """Of notices by kind: `marketing`, `reminders`."""
    facts: tuple[Fact, ...] = ()
    """That hold now, newest first."""
    habits: Mapping[str, str] = field(default_factory=dict[str, str])
    """When they write, about what, on which channel; worked out, not asked."""
    forgotten_at: datetime | None = None
    """When they asked to be forgotten: what was said before is not recalled."""


@dataclass(frozen=True, slots=True, kw_only=True)
class OpenLink:
    """A one-time code that may be redeemed, and who asked for it."""

    contact_id: ContactId
    channel: Channel
    stream_id: StreamId


@dataclass(frozen=True, slots=True, kw_only=True)
class Summary:
    """What a long conversation was about, up to a place in it. What it summarises stays in the history."""

    stream_id: StreamId
    upto_seq: int
    text: str
    made_at: datetime
