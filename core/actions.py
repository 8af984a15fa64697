"""Actions: what an agent may ask to be done in the world. Declared once, executed only from the outbox."""

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Literal, Protocol

from pydantic import JsonValue

from core.ids import AccountId, ApprovalId, ContactId, StreamId, TenantId

RecordKind = Literal["order", "shipment", "invoice", "case"]
"""What an id in an action's arguments may name; see `Reader.owners`."""


@dataclass(frozen=True, slots=True, kw_only=True)
class ProposedAction:
    name: str
    """Of a declared action; `agents/actions` holds the schemas."""
    arguments: dict[str, JsonValue]
    money_moving: bool = False
    """Never executed again when a crash leaves the first try in doubt; the owner is asked instead."""
    agent: str = ""
    """Who proposed it; empty: the platform itself."""
    contact: ContactId | None = None
    """On whose behalf. None: nobody's, which only the platform's own actions may be."""
    approval_id: ApprovalId | None = None
    """The owner's approval that allows it; used up when it is executed."""
    executor: str = ""
    """Who does it, by the name that the wiring connects; empty: the action's own."""


@dataclass(frozen=True, slots=True, kw_only=True)
class ActionCall:
    tenant_id: TenantId
    stream_id: StreamId
    account_id: AccountId
    seq: int
    """Of the turn that asked for it."""
    key: str
    """The idempotency key: the same for every try of this action."""
    name: str
    arguments: dict[str, JsonValue]
    executor: str = ""
    agent: str = ""
    contact: ContactId | None = None
    approval_id: ApprovalId | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class ActionUses:
    """What was done of one action so far: executed, or under way. Days begin where the tenant is."""

    person_today: int = 0
    """How often for this person, on all linked channels."""
    tenant_micros_today: int = 0
    tenant_micros_month: int = 0
    failed_lately: int = 0
    """Actions of the tenant, whatever their name, that failed within the last ten minutes."""


RecordKey = tuple[RecordKind, str]
Owners = Mapping[RecordKey, frozenset[ContactId]]
"""Whose each record is. A record that does not exist in the tenant is missing; one that is nobody's has no owners."""


class Executor(Protocol):
    """Does one kind of action. What it returns goes back to the stream as `ActionResult`."""

    async def __call__(self, call: ActionCall) -> dict[str, JsonValue]:
        """Raises Transient (tried again later), Rejected, Misconfigured (the stream is told)."""
        ...


class Admission(Protocol):
    """The last word before an executor is called; see `jobs/admission.py`."""

    async def admit(self, call: ActionCall) -> dict[str, JsonValue] | None:
        """None: go on. A result: the action has been done before under this key, and this came of it.

        Raises Rejected when it may not be done, Transient.
        """
        ...

    async def close(self, call: ActionCall, result: dict[str, JsonValue] | None, error: Exception | None) -> None:
        """What became of it, for limits and for whoever asks later. With Transient it was surely not done, and is tried
        again; one that is never closed is in doubt. Raises Transient."""
        ...
