"""What a turn may change besides what it says: decided by a handler, written by the finish of its turn or not at all.

What concerns a person is in `core/person_changes.py`.
"""

from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import datetime
from typing import Literal

from pydantic import JsonValue

from core.ids import AccountId, ApprovalId, MemberId, StreamId, StreamMode
from core.money import BudgetScope, Money
from core.person_changes import PersonChange


@dataclass(frozen=True, slots=True, kw_only=True)
class OpenApproval:
    approval_id: ApprovalId
    question: str
    reason: str
    contact_name: str


@dataclass(frozen=True, slots=True, kw_only=True)
class DecideApproval:
    """First tap wins: the finish is `Stale`, and the turn runs again, when the status is no longer `expected`."""

    approval_id: ApprovalId
    expected: Literal["pending", "take_over"]
    status: Literal["answer", "take_over", "dismiss", "release"]
    member_id: MemberId
    text: str = ""


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


Change = (
    OpenApproval
    | DecideApproval
    | SetMode
    | RedeemInvite
    | SetBudget
    | AddToBudget
    | DecideLimit
    | JudgeModel
    | SetTimer
    | PersonChange
)
