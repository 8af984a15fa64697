"""Who runs the business."""

from dataclasses import dataclass
from datetime import datetime
from typing import Protocol

from core.desk_changes import Role
from core.ids import AccountId, ApprovalId, MemberId, StreamId, TenantId


@dataclass(frozen=True, slots=True, kw_only=True)
class SeatView:
    """A business in which a chat has a seat."""

    tenant_id: TenantId
    name: str
    role: Role


@dataclass(frozen=True, slots=True, kw_only=True)
class PersonView:
    member_id: MemberId
    name: str
    role: Role
    language: str | None
    desk: StreamId
    joined_at: datetime


@dataclass(frozen=True, slots=True, kw_only=True)
class InviteView:
    """One that is open. Its code is known to nobody but those it was shown to."""

    invite_id: int
    role: Role
    invitee: str
    made_by: str
    """Empty: the command line, or somebody who is gone."""
    created_at: datetime
    expires_at: datetime


class PeopleReader(Protocol):
    async def seats(self, account: AccountId, chat: str) -> tuple[SeatView, ...]:
        """All businesses in which this chat has a seat, whichever it speaks for right now."""
        ...

    async def people(self) -> tuple[PersonView, ...]:
        """Those who joined first come first."""
        ...

    async def invites(self) -> tuple[InviteView, ...]:
        """Open ones, those that expire first first."""
        ...

    async def invited_as(self, code: str) -> Role | None:
        """What an open invite makes of who redeems it. None: it is not open."""
        ...

    async def held_by(self, desk: StreamId) -> tuple[ApprovalId, ...]:
        """The approvals by which the desk has taken conversations over."""
        ...
