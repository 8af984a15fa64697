"""What an owner's desk may change of the business itself; written by the finish of its turn or not at all."""

from dataclasses import dataclass
from datetime import datetime
from typing import Literal

from core.ids import ApprovalId, MemberId, StreamId, TenantId

Role = Literal["owner", "manager", "viewer"]


@dataclass(frozen=True, slots=True, kw_only=True)
class HeldSeat:
    """Who decided a desk's turn, and as what."""

    member_id: MemberId
    role: Role


@dataclass(frozen=True, slots=True, kw_only=True)
class OpenInvite:
    """A link by which one person joins."""

    code: str
    """Without its prefix; only its hash is stored."""
    role: Role
    expires_at: datetime
    made_by: MemberId | None = None
    invitee: str = ""
    """For whom, in the words of who made it."""


@dataclass(frozen=True, slots=True, kw_only=True)
class RevokeInvite:
    """`Stale` when it was used or revoked meanwhile."""

    invite_id: int


@dataclass(frozen=True, slots=True, kw_only=True)
class SetRole:
    """`Stale` when the member is gone, has another role by now, or would leave the business without an owner."""

    member_id: MemberId
    expected: Role
    role: Role


@dataclass(frozen=True, slots=True, kw_only=True)
class RemoveMember:
    """Takes the seat away. Where the chat spoke for this business, it speaks for another in which it has a seat, or for
    none. `Stale` as for `SetRole`."""

    member_id: MemberId
    expected: Role


@dataclass(frozen=True, slots=True, kw_only=True)
class SwitchDesk:
    """From now on this desk's chat speaks for another business. `Stale` when the chat has no seat there."""

    tenant_id: TenantId


@dataclass(frozen=True, slots=True, kw_only=True)
class ChangeBusiness:
    """What is given replaces what was. `Stale` when the business has another version than `expected`.

    Running processes read the business anew within two seconds, this one at once.
    """

    expected: int
    name: str | None = None
    language: str | None = None
    time_zone: str | None = None
    currency: str | None = None
    persona: str | None = None
    agents: str | None = None
    """JSON of `tenants.agents.AgentPolicy`."""
    settings: str | None = None
    """JSON of `tenants.settings.BusinessSettings`."""
    spend_ceiling_micros: int | None = None
    """Only as another currency's worth of what it was: a ceiling is the operator's."""


@dataclass(frozen=True, slots=True, kw_only=True)
class SnoozeApproval:
    """It stays open, and is out of sight until then. `Stale` when it is no longer pending."""

    approval_id: ApprovalId
    until: datetime


@dataclass(frozen=True, slots=True, kw_only=True)
class HideGaps:
    """Questions without an answer that are not for this business: they are counted as a gap no more."""

    approvals: tuple[ApprovalId, ...]


@dataclass(frozen=True, slots=True, kw_only=True)
class PauseWatch:
    watch_id: int
    paused: bool


@dataclass(frozen=True, slots=True, kw_only=True)
class KeepNote:
    """For colleagues: shown to members, never to the customer or a model."""

    stream_id: StreamId
    member_id: MemberId
    text: str


BusinessChange = (
    OpenInvite
    | RevokeInvite
    | SetRole
    | RemoveMember
    | SwitchDesk
    | ChangeBusiness
    | SnoozeApproval
    | HideGaps
    | PauseWatch
    | KeepNote
)
