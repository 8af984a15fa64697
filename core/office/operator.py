"""What the person who runs the installation sees of all tenants: figures, and words only while that is allowed."""

from dataclasses import dataclass
from datetime import datetime
from typing import Literal, Protocol

from core.events import Channel
from core.ids import MemberId, TenantId
from core.money import Money
from core.office.settings import AccountView


@dataclass(frozen=True, slots=True, kw_only=True)
class TenantLine:
    tenant_id: TenantId
    slug: str
    name: str
    suspended: bool
    deleting: bool
    messages_today: int
    """From customers; today is where the tenant is."""
    waiting: int
    spent: Money
    """This month."""
    limit: Money | None
    """With what was added to it this month."""
    bots: int
    troubled: int
    """Bots that are paused."""


@dataclass(frozen=True, slots=True, kw_only=True)
class TenantCard:
    line: TenantLine
    owners: tuple[str, ...]
    accounts: tuple[AccountView, ...]
    dead_letters: int
    last_error: str
    """The class of the latest dead letter's error; never a customer's words."""
    last_error_at: datetime | None
    queued: int
    """Messages and actions that are not sent yet."""
    queued_since: datetime | None


@dataclass(frozen=True, slots=True, kw_only=True)
class TenantPage:
    lines: tuple[TenantLine, ...]
    total: int


@dataclass(frozen=True, slots=True, kw_only=True)
class Health:
    workers: int
    pending: int
    """Streams with events that nobody has answered yet."""
    pending_since: datetime | None
    queued: int
    queued_since: datetime | None
    dead_letters: int
    troubled: int
    tenants: int
    suspended: int
    database_bytes: int


@dataclass(frozen=True, slots=True, kw_only=True)
class ReadMessage:
    author: Literal["customer", "bot", "owner", "system"]
    text: str
    at: datetime


@dataclass(frozen=True, slots=True, kw_only=True)
class ReadConversation:
    """Without the customer's name: the reason given was for the words."""

    channel: Channel | None
    messages: tuple[ReadMessage, ...]


@dataclass(frozen=True, slots=True, kw_only=True)
class Reading:
    """What a member of the operator may read of a tenant, and for how long."""

    until: datetime
    conversations: tuple[ReadConversation, ...]
    """The latest first."""


class OperatorReader(Protocol):
    """Of all tenants, for the operator's desks only. All raise Transient."""

    async def tenants(self, first: int, limit: int) -> TenantPage:
        """From the `first` one on, counted from 0. Without the operator's own."""
        ...

    async def tenant(self, tenant: TenantId) -> TenantCard | None: ...
    async def find(self, slug: str) -> TenantId | None: ...
    async def health(self) -> Health: ...
    async def reading(self, tenant: TenantId, member: MemberId) -> Reading | None:
        """None while that member has given no reason, or no longer may."""
        ...
