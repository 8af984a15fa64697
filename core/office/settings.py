"""The business as its owner has set it up."""

from dataclasses import dataclass
from typing import Literal, Protocol

from core.events import Channel
from core.ids import AccountId, TenantId


@dataclass(frozen=True, slots=True, kw_only=True)
class BusinessState:
    """Fresh from the database; `version` is what `ChangeBusiness` expects."""

    tenant_id: TenantId
    slug: str
    name: str
    language: str
    time_zone: str
    currency: str
    persona: str
    agents: str
    """JSON of `tenants.agents.AgentPolicy`."""
    settings: str
    """JSON of `tenants.settings.BusinessSettings`."""
    version: int
    suspended: bool
    spend_ceiling_micros: int | None = None
    """What the operator lets it spend in a month, in its currency; None: as much as its owner says."""


@dataclass(frozen=True, slots=True, kw_only=True)
class AccountView:
    """A bot or number."""

    account_id: AccountId
    channel: Channel
    role: Literal["customer", "admin"]
    external_id: str
    name: str
    handle: str
    """What links to it are made of: a Telegram username without `@`, a WhatsApp number in digits. May be empty."""
    status: Literal["active", "paused"]
    trouble: str
    """What is wrong with it, for the operator. Empty: nothing, or an owner has paused it."""
    trouble_code: Literal["", "token", "conflict", "vendor"] = ""
    """The kind of trouble: its token no longer works, another program uses it, or the vendor refuses it."""
    manages_bots: bool = False
    """Of an admin bot: whether people can make bots through it by a tap."""
    managed_by: AccountId | None = None
    """The admin bot through which it was made, which can give it another token."""


class SettingsReader(Protocol):
    async def business(self) -> BusinessState: ...
    async def accounts(self) -> tuple[AccountView, ...]:
        """The business's own."""
        ...

    async def admin_accounts(self) -> tuple[AccountView, ...]:
        """The installation's admin bots, by which owners come to their desks."""
        ...
