"""What a turn may change besides what it says: decided by a handler, written by the finish of its turn or not at all.

What concerns a person is in `core/person_changes.py`, the business itself in `core/desk_changes.py`.
"""

from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import datetime
from typing import Literal

from pydantic import JsonValue

from core.actions import ProposedAction
from core.desk_changes import BusinessChange
from core.ids import AccountId, ApprovalId, ContactId, MemberId, StreamId, StreamMode
from core.money import BudgetScope, Money
from core.person_changes import PersonChange


@dataclass(frozen=True, slots=True, kw_only=True)
class AskedAction:
    """An action that waits for an owner. The approval holds for exactly this, once, until it expires."""

    action: ProposedAction
    action_hash: str
    """Of tenant, stream, name, arguments and expiry; see `agents.policy.hashing`."""
    expires_at: datetime
    approver: Literal["manager", "owner"]
    """Who may approve; an owner always may."""
    votes: Mapping[str, JsonValue] = field(default_factory=dict[str, JsonValue])
    """What the agents concerned said, by agent: `{"logistics": {"for": true, "why": "3 days late"}}`."""


@dataclass(frozen=True, slots=True, kw_only=True)
class OpenApproval:
    approval_id: ApprovalId
    question: str
    """The customer's words."""
    reason: str
    contact_name: str
    asked: AskedAction | None = None
    """None: a question for a person."""


@dataclass(frozen=True, slots=True, kw_only=True)
class DecideApproval:
    """First tap wins: the finish is `Stale`, and the turn runs again, when the status is no longer `expected`."""

    approval_id: ApprovalId
    expected: Literal["pending", "take_over", "approve"]
    status: Literal["answer", "take_over", "dismiss", "release", "approve", "reject", "expired", "undone"]
    member_id: MemberId | None
    """None: nobody did, the time was over."""
    text: str = ""
    edited: AskedAction | None = None
    """With `approve`: what the owner made of the action before approving it."""


@dataclass(frozen=True, slots=True, kw_only=True)
class SetMode:
    """Takes a conversation over or hands it back, at once: also replies already queued are withheld."""

    stream_id: StreamId
    mode: StreamMode
    holder: StreamId | None
    """The desk that has it."""


@dataclass(frozen=True, slots=True, kw_only=True)
class RedeemInvite:
    """`Stale` when the code was used or has expired meanwhile."""

    code: str
    account_id: AccountId
    chat: str
    name: str
    language: str | None
    desk: StreamId


@dataclass(frozen=True, slots=True, kw_only=True)
class SetBudget:
    limit: Money
    member_id: MemberId
    scope: BudgetScope = "month"
    name: str = ""
    """An agent's; empty: for each."""


@dataclass(frozen=True, slots=True, kw_only=True)
class DropBudget:
    """From now on there is no such limit."""

    scope: BudgetScope
    name: str = ""


@dataclass(frozen=True, slots=True, kw_only=True)
class AddToBudget:
    """Once: raises the limit of this day, in the tenant's time zone, and of the month it is in."""

    amount: Money
    member_id: MemberId


@dataclass(frozen=True, slots=True, kw_only=True)
class DecideLimit:
    """First tap wins: the finish is `Stale` when an owner has decided about this limit and period before."""

    scope: Literal["day", "month"]
    period: str
    limit: Money
    decision: Literal["extra", "raise", "stay"]
    member_id: MemberId


@dataclass(frozen=True, slots=True, kw_only=True)
class JudgeModel:
    """How a model's reply turned out, as QA, an escalation or an owner's correction shows."""

    model: str
    """`provider/model`, as `ModelReply.model` has it."""
    difficulty: int
    good: bool
    revised: bool = False
    """Not good after all: what was counted as good before is taken back."""


@dataclass(frozen=True, slots=True, kw_only=True)
class SetTimer:
    """Replaces the timer of that name; `due_at=None` cancels it."""

    name: str
    due_at: datetime | None
    payload: Mapping[str, JsonValue] = field(default_factory=dict[str, JsonValue])


@dataclass(frozen=True, slots=True, kw_only=True)
class SaveCase:
    """The row by which a case is found: for its customer, for owners, for whoever looks after the night.

    Its version grows by one with each write. `Stale` when the row has another version than `expected`.
    """

    kind: str
    reference: str
    """What people call it: `T-1042`, a shipment's number."""
    title: str
    step: str
    contact: ContactId | None = None
    conversation: StreamId | None = None
    pending_action: str = ""
    attempts: int = 0
    """Of the pending action, so far."""
    deadline: datetime | None = None
    closed: bool = False
    expected: int | None = None
    """None: whatever the version is."""


@dataclass(frozen=True, slots=True, kw_only=True)
class SaveShared:
    """State that several streams of a tenant share. `Stale`, and the turn runs again, when it has moved on from the
    `expected` version meanwhile; 0 when there was none."""

    key: str
    expected: int
    value: Mapping[str, JsonValue]


@dataclass(frozen=True, slots=True, kw_only=True)
class KeepExample:
    """For training: what was asked, what was drafted, what a person or QA made of it."""

    contact: ContactId
    """Whose words they are: deleted when they ask to be forgotten."""
    question: str
    draft: str
    correction: str
    reason: str


Change = (
    OpenApproval
    | DecideApproval
    | SetMode
    | RedeemInvite
    | SetBudget
    | DropBudget
    | AddToBudget
    | DecideLimit
    | JudgeModel
    | SetTimer
    | SaveCase
    | SaveShared
    | KeepExample
    | PersonChange
    | BusinessChange
)
