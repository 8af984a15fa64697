"""What a turn may change about a person. Written by `db/engine/person_changes.py`."""

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime
from typing import Literal

from core.events import Channel
from core.ids import ContactId, StreamId


@dataclass(frozen=True, slots=True, kw_only=True)
class LearnFact:
    """Ends what it contradicts, on every channel that is linked to the contact. Not written for a person who withdrew
    consent, or who asked to be forgotten after `since`; what is known already is not written twice."""

    contact_id: ContactId
    slot: str
    """Of `memory.slots`."""
    text: str
    key: str
    """What makes two values the same: folded, or the name of a notion in any language. Kept as a hash."""
    confidence: float
    source_seq: int
    since: datetime
    single: bool
    """The slot holds one value: any other ends."""
    ends: tuple[str, ...] = ()
    """Keys of this slot that end with it: `vegan` ends `vegetarian`."""


@dataclass(frozen=True, slots=True, kw_only=True)
class EndFacts:
    """What the person says no longer holds."""

    contact_id: ContactId
    slot: str
    keys: tuple[str, ...]
    """Empty: all of the slot."""
    until: datetime
    source_seq: int


@dataclass(frozen=True, slots=True, kw_only=True)
class ForgetPerson:
    """Deletes facts, preferences, habits and summaries of the contact and of those linked to it. The history stays:
    it is the tenant's record of what was agreed; memory does not read what was said before."""

    contact_id: ContactId
    at: datetime


@dataclass(frozen=True, slots=True, kw_only=True)
class ForgetFacts:
    """Deletes some facts, those that ended too."""

    contact_id: ContactId
    facts: tuple[tuple[str, str], ...]
    """Slot and key of each."""


@dataclass(frozen=True, slots=True, kw_only=True)
class SetPreference:
    """An empty value takes it back."""

    contact_id: ContactId
    name: str
    value: str
    since: datetime


@dataclass(frozen=True, slots=True, kw_only=True)
class SetConsent:
    """For the contact and those linked to it. Withdrawing deletes what is known; see `ForgetPerson`."""

    contact_id: ContactId
    consent: Literal["given", "withdrawn"]
    at: datetime


@dataclass(frozen=True, slots=True, kw_only=True)
class SetOptOut:
    """Of notices by kind, for the contact and those linked to it."""

    contact_id: ContactId
    kinds: frozenset[str]
    out: bool


@dataclass(frozen=True, slots=True, kw_only=True)
class CountHabits:
    """Adds to the counters of when and how the contact writes."""

    contact_id: ContactId
    counts: Mapping[str, int]
    """By `hour:14`, `weekday:2`, `channel:telegram`, `topic:Opening hours`."""
    since: datetime
    """Of the first that is counted: nothing is added for who asked to be forgotten after that."""


@dataclass(frozen=True, slots=True, kw_only=True)
class OpenLinkCode:
    """Replaces the contact's earlier code."""

    contact_id: ContactId
    channel: Channel
    code: str
    """Kept as a hash."""
    expires_at: datetime


@dataclass(frozen=True, slots=True, kw_only=True)
class RedeemLink:
    """`Stale` when the code was used, replaced or has expired meanwhile, or the contact has tried too often."""

    contact_id: ContactId
    code: str
    opened_by: ContactId
    """Who asked for it, as it was looked up: the code of another is not redeemed."""


@dataclass(frozen=True, slots=True, kw_only=True)
class CountLinkTry:
    """A code that does not fit was sent."""

    contact_id: ContactId


@dataclass(frozen=True, slots=True, kw_only=True)
class Unlink:
    """Takes the contact out of what its person shares; what was said on it stays with it."""

    contact_id: ContactId


@dataclass(frozen=True, slots=True, kw_only=True)
class SaveSummary:
    """Replaces an earlier one when it reaches further; never touches what it summarises. Not written for a person who
    withdrew consent or asked to be forgotten after `asked_at`."""

    contact_id: ContactId
    stream_id: StreamId
    upto_seq: int
    text: str
    asked_at: datetime


PersonChange = (
    LearnFact
    | EndFacts
    | ForgetPerson
    | ForgetFacts
    | SetPreference
    | SetConsent
    | SetOptOut
    | CountHabits
    | OpenLinkCode
    | RedeemLink
    | CountLinkTry
    | Unlink
    | SaveSummary
)
