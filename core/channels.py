"""A channel: how the one sender in `jobs` reaches people, without knowing any vendor."""

from dataclasses import dataclass
from datetime import timedelta
from typing import Literal, Protocol

from core.events import Channel as ChannelName
from core.ids import AccountId, TenantId
from core.messages import OutMessage


@dataclass(frozen=True, slots=True, kw_only=True)
class Account:
    """A bot or number, ready to be used."""

    account_id: AccountId
    tenant_id: TenantId
    channel: ChannelName
    role: Literal["customer", "admin"]
    external_id: str
    """Telegram's bot id, WhatsApp's phone number id."""
    path_id: str
    """Opaque and random: the last part of the webhook's path."""
    delivery: Literal["polling", "webhook"]


@dataclass(frozen=True, slots=True, kw_only=True)
class Target:
    account: Account
    chat: str
    card_message_id: str | None = None
    """For `EditCard`: the provider's id of the message to change; None when it was never sent."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Pace:
    """How fast an account may send. Source: Telegram Bots FAQ, WhatsApp Cloud API throughput, November 2026."""

    per_second: float
    per_chat_interval: timedelta
    chat_burst: int


class Channel(Protocol):
    """One a vendor. Knows every account of that vendor which runs in this process."""

    @property
    def name(self) -> ChannelName: ...

    @property
    def pace(self) -> Pace: ...

    async def send(self, target: Target, message: OutMessage) -> tuple[str, ...]:
        """Sends one message and returns the provider's ids of it, one for each part.

        Raises Transient (with `retry_after` where the vendor gives it), Blocked, Rejected, Misconfigured.
        """
        ...

    async def show_typing(self, target: Target, message_id: str) -> None:
        """Best effort; never raises for what the vendor answers."""
        ...

    async def fetch(self, account: Account, ref: str, *, limit_bytes: int) -> bytes:
        """Raises Transient, Rejected (gone, or larger than the limit)."""
        ...
