"""The turn contract: the one interface between the workers and everything that decides.

A worker leases a stream, takes its pending events, and calls the handler of the stream's kind with values only. What
comes back is a value too; finishing writes all of it or nothing.
"""

from collections.abc import Awaitable, Callable, Collection, Mapping
from dataclasses import dataclass, field
from datetime import datetime
from typing import Literal, Protocol

from pydantic import JsonValue

from core.actions import ActionUses, Owners, ProposedAction, RecordKey, RecordKind
from core.business import BusinessRecord, CaseView, Shared, ShipmentView, Whose
from core.changes import AskedAction, Change
from core.clock import Clock
from core.desk_changes import HeldSeat
from core.events import (
    ActionAsked,
    ActionEnded,
    BudgetDecided,
    BudgetReached,
    Channel,
    CustomerRelayed,
    EscalationClosed,
    EscalationOpened,
    NewEvent,
    OwnerNotice,
    RecordedEvent,
)
from core.ids import AccountId, ApprovalId, ContactId, MemberId, StreamId, StreamKind, StreamMode, TenantId
from core.messages import OutMessage
from core.models import ChatModel
from core.money import Money
from core.office import Office
from core.people import OpenLink, Person


@dataclass(frozen=True, slots=True, kw_only=True)
class TenantProfile:
    """What of a tenant a turn needs; read once and replaced when the tenant changes."""

    tenant_id: TenantId
    slug: str
    name: str
    language: str
    time_zone: str
    currency: str
    persona: str
    templates: Mapping[str, str] = field(default_factory=dict[str, str])
    """WhatsApp template names by notice, e.g. `{"shipment_late": "shipment_delay"}`."""
    agents: str = "{}"
    """JSON of `tenants.agents.AgentPolicy`: which agents and actions the tenant has, and what they may do."""
    settings: str = "{}"
    """JSON of `tenants.settings.BusinessSettings`."""
    window: int = 20
    """How many of a conversation's last messages a turn sees: 10 to 50."""
    suspended: bool = False
    """By the operator: its bots are stopped, and its desks say so."""


@dataclass(frozen=True, slots=True, kw_only=True)
class HistoryMessage:
    author: Literal["customer", "bot", "owner", "system"]
    text: str
    at: datetime
    rank: int = 0
    """Among older messages found for a question: 0 fits best."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Passage:
    """A piece of the tenant's knowledge."""

    source: str
    """File and heading, for people: `opening.md › Holidays`."""
    text: str
    score: float
    """Between 0 and 1: how much of what the question is about the passage covers."""
    question: str = ""
    """The question it was found for: a burst may hold several. Empty outside a search."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Recalled:
    """The context that memory found for this turn, oldest message first, best passage first."""

    recent: tuple[HistoryMessage, ...] = ()
    knowledge: tuple[Passage, ...] = ()
    knowledge_version: int = 0
    """Of the knowledge that was searched, or an older one."""
    person: Person | None = None
    """Who writes. This and what follows only where a model is going to be asked; see `memory.recall`."""
    older: tuple[HistoryMessage, ...] = ()
    """From before the recent ones, of all the person's conversations: what fits the question."""
    summary: str = ""
    """Of what this conversation was about earlier."""
    why: Mapping[str, JsonValue] = field(default_factory=dict[str, JsonValue])
    """What was chosen and what was left out, each with the shares of its signals: ids and figures, never words."""


@dataclass(frozen=True, slots=True, kw_only=True)
class ContactProfile:
    """The whole of what is kept of a person; a later one replaces it."""

    contact_id: ContactId
    channel: Channel
    external_id: str
    """The sender's, as in `Sender.external_id`."""
    name: str = ""
    username: str | None = None
    phone: str | None = None
    language: str | None = None
    blocked: bool = False
    """True while the person blocks the bot."""


@dataclass(frozen=True, slots=True, kw_only=True)
class TurnInput:
    tenant: TenantProfile
    stream_id: StreamId
    stream_kind: StreamKind
    account_id: AccountId
    """0 for cases."""
    channel: Channel | None
    chat: str
    mode: StreamMode
    holder: StreamId | None = None
    """The desk that took the conversation over."""
    state: Mapping[str, JsonValue]
    """What the stream's handler put there last; empty at first."""
    window_open: bool
    """Whether a free-form message may be sent now (WhatsApp's 24 hours; always true elsewhere)."""
    events: tuple[RecordedEvent, ...]
    """Pending events, in order, at least one."""
    recalled: Recalled = Recalled()
    attempt: int = 0
    """How often this turn failed before."""

    @property
    def upto_seq(self) -> int:
        return self.events[-1].seq


@dataclass(frozen=True, slots=True, kw_only=True)
class Member:
    """A person who may use the desk of a tenant."""

    member_id: MemberId
    tenant_id: TenantId
    name: str
    role: Literal["owner", "manager", "viewer"]
    account_id: AccountId
    chat: str
    language: str | None
    desk: StreamId


@dataclass(frozen=True, slots=True, kw_only=True)
class Approval:
    approval_id: ApprovalId
    tenant_id: TenantId
    stream_id: StreamId
    kind: Literal["escalation", "action"]
    status: Literal["pending", "answer", "take_over", "dismiss", "release", "expired", "approve", "reject", "undone"]
    question: str
    reason: str
    contact_name: str
    channel: Channel
    created_at: datetime
    decided_by: str = ""
    decided_text: str = ""
    decided_at: datetime | None = None
    asked: AskedAction | None = None
    """Of kind `action`; after an edit the action as it was approved."""


@dataclass(frozen=True, slots=True, kw_only=True)
class ReachedLimit:
    """A limit that was reached, and what an owner chose to do about it."""

    scope: Literal["day", "month"]
    period: str
    limit: Money
    used: Money
    decision: Literal["extra", "raise", "stay"] | None
    decided_by: str


@dataclass(frozen=True, slots=True, kw_only=True)
class TenantStatus:
    """The figures behind `/status`."""

    conversations: int
    messages_today: int
    pending_approvals: int
    taken_over: int
    knowledge_passages: int
    budget: Money | None
    watches: int


class Reader(Protocol):
    """Look-ups of one tenant, each in its own short read-only transaction."""

    async def members(self) -> tuple[Member, ...]: ...
    async def member_at(self, account: AccountId, chat: str) -> Member | None: ...
    async def approval(self, approval_id: ApprovalId) -> Approval | None: ...
    async def pending_approvals(self, limit: int) -> tuple[Approval, ...]: ...
    async def taken_over(self, limit: int) -> tuple[Approval, ...]: ...
    async def history(self, stream: StreamId, limit: int) -> tuple[HistoryMessage, ...]: ...
    async def status(self) -> TenantStatus: ...
    async def invite_open(self, code: str) -> bool: ...
    async def person(self, contact: ContactId) -> Person: ...
    async def find_link(self, contact: ContactId, channel: Channel, code: str) -> OpenLink | None: ...
    async def reached_limit(self, scope: str, period: str, limit: Money) -> ReachedLimit | None: ...
    async def shipments(self, whose: Whose, reference: str | None) -> tuple[ShipmentView, ...]: ...
    async def records(self, whose: Whose, kind: RecordKind, reference: str | None) -> tuple[BusinessRecord, ...]: ...
    async def owners(self, keys: Collection[RecordKey], whose: Whose | None = None) -> Owners: ...
    async def action_uses(self, name: str, contacts: Collection[ContactId]) -> ActionUses: ...
    async def cases_of(self, contacts: Collection[ContactId]) -> tuple[CaseView, ...]: ...
    async def open_cases(self, limit: int) -> tuple[CaseView, ...]: ...
    async def find_case(self, reference: str) -> CaseView | None: ...
    async def shared(self, key: str) -> Shared: ...


@dataclass(frozen=True, slots=True, kw_only=True)
class RoutineAnswer:
    """What was answered to the same words before, from the same knowledge and nothing else."""

    text: str
    language: str
    at: datetime


class RoutineAnswers(Protocol):
    """Those of one tenant and of the knowledge that the turn has recalled."""

    async def find(self, question: str, language: str) -> RoutineAnswer | None:
        """In that language. None too while Redis is away."""
        ...


@dataclass(frozen=True, slots=True, kw_only=True)
class TurnTools:
    models: ChatModel
    reader: Reader
    clock: Clock
    routine: RoutineAnswers | None = None
    """None where no answers are kept."""
    office: Office | None = None
    """What a desk looks up of its business; None for other streams."""


@dataclass(frozen=True, slots=True, kw_only=True)
class AuditNote:
    """Who did what; never a customer's words."""

    action: str
    actor: str
    details: Mapping[str, JsonValue] = field(default_factory=dict[str, JsonValue])


@dataclass(frozen=True, slots=True, kw_only=True)
class DeskEvent:
    """An event for the desks of the tenant: all of them, or one."""

    event: (
        EscalationOpened
        | EscalationClosed
        | ActionAsked
        | ActionEnded
        | CustomerRelayed
        | OwnerNotice
        | BudgetReached
        | BudgetDecided
    )
    key: str
    """Makes the event unique for each desk."""
    only: StreamId | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class KeptAnswer:
    """An answer to give again when the same is asked. Only what depends on nothing but question and knowledge."""

    question: str
    text: str
    """Empty: the one that is kept was no good, and is forgotten."""
    language: str


@dataclass(frozen=True, slots=True, kw_only=True)
class TurnOutcome:
    messages: tuple[OutMessage, ...] = ()
    actions: tuple[ProposedAction, ...] = ()
    changes: tuple[Change, ...] = ()
    contact: ContactProfile | None = None
    """Written when given; leave it out when nothing about the person changed."""
    state: Mapping[str, JsonValue] | None = None
    """None keeps the state as it is."""
    events: tuple[NewEvent, ...] = ()
    """For other streams of the same tenant."""
    to_desks: tuple[DeskEvent, ...] = ()
    audit: tuple[AuditNote, ...] = ()
    seat: HeldSeat | None = None
    """Of a desk: what is decided is `Stale` when that member is gone or has another role by the time it is written."""
    keep: KeptAnswer | None = None
    """Kept once the turn is finished; it may be lost."""
    trace: Mapping[str, JsonValue] = field(default_factory=dict[str, JsonValue])
    """Why the turn ended as it did, for `python -m steward trace`: sources, scores, model, cost."""


Handler = Callable[[TurnInput, TurnTools], Awaitable[TurnOutcome]]
