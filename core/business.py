"""What the business has on file, as agents may see it: always of one person, never a whole table."""

from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import date, datetime

from pydantic import JsonValue

from core.actions import RecordKind
from core.events import Channel
from core.ids import ContactId, StreamId
from core.money import Money


@dataclass(frozen=True, slots=True, kw_only=True)
class Whose:
    """The customer whose files are looked into, as the channel vouches for them."""

    contacts: frozenset[ContactId]
    """With those that a code has joined."""
    channel: Channel | None = None
    external_id: str = ""
    """Of whoever writes now: somebody new has no row of their own yet."""
    phone: str | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class ShipmentView:
    reference: str
    status: str
    promised_at: datetime
    eta: datetime | None


@dataclass(frozen=True, slots=True, kw_only=True)
class BusinessRecord:
    """An order or an invoice."""

    kind: RecordKind
    reference: str
    status: str
    amount: Money | None = None
    due_on: date | None = None
    details: Mapping[str, str] = field(default_factory=dict[str, str])
    """By name, in the tenant's words. `shipment` names the shipment an invoice or order is about."""


@dataclass(frozen=True, slots=True, kw_only=True)
class CaseView:
    """Where a case stands."""

    stream_id: StreamId
    kind: str
    reference: str
    title: str
    step: str
    contact_id: ContactId | None
    conversation: StreamId | None
    pending_action: str
    attempts: int
    version: int
    deadline: datetime | None
    opened_at: datetime
    changed_at: datetime
    closed_at: datetime | None


@dataclass(frozen=True, slots=True, kw_only=True)
class Shared:
    """State that several streams share, as it was read. Version 0: there is none yet."""

    version: int = 0
    value: Mapping[str, JsonValue] = field(default_factory=dict[str, JsonValue])
