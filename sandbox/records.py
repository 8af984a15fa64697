"""What the sandbox remembers: people, their chats and messages, files, and the bots and numbers they write to.

These records are mutable on purpose: they are the state itself, kept in memory and mirrored to SQLite (`store.py`).
"""

import hashlib
import time
from dataclasses import dataclass, field
from typing import Any, Literal

Json = dict[str, Any]
Channel = Literal["telegram", "whatsapp"]
DAY = 24 * 3600.0


class Saved:
    """A record that says itself what of it is kept; the others are kept whole."""

    __slots__ = ()

    def saved(self) -> Json:
        raise NotImplementedError


@dataclass(slots=True, kw_only=True)
class Person:
    id: str
    name: str
    role: str
    language: str
    user_id: int
    """Telegram's number for this person."""
    wa_id: str
    """Phone number, digits only; hidden from businesses while `hide_number`."""
    hide_number: bool = False

    def bsuid(self, phone_number_id: str) -> str:
        """WhatsApp's business-scoped id: another one for each business, and a new one with a new phone number."""
        digest = hashlib.sha256(f"{phone_number_id}:{self.id}:{self.wa_id}".encode()).digest()
        return f"US.{int.from_bytes(digest[:7]) + 10**16}"


@dataclass(slots=True, kw_only=True)
class Webhook:
    url: str
    secret: str = ""
    max_connections: int = 40
    allowed_updates: list[str] | None = None


@dataclass(slots=True, kw_only=True)
class Bot:
    """A bot at Telegram, as BotFather made it."""

    token: str
    id: int
    username: str
    name: str
    tenant: str = ""
    tenant_name: str = ""
    role: str = "customer"
    revoked: bool = False
    webhook: Webhook | None = None
    commands: dict[str, list[Json]] = field(default_factory=dict[str, list[Json]])
    """By `scope/language_code`."""
    texts: dict[str, str] = field(default_factory=dict[str, str])
    """Description, short description by language."""
    next_update_id: int = 1
    allowed_updates: list[str] | None = None
    confirmed: int = 0
    """The highest update id that `getUpdates` confirmed."""
    manages: bool = False
    """Whether people may make bots through it: BotFather's switch "Bot Management Mode"."""
    owner: str = ""
    """The person who made it, where a person did."""
    manager: int = 0
    """The id of the bot through which it was made; 0 for none."""
    restricted: bool = False
    """Whether only its owner and `guests` may write to it."""
    guests: list[int] = field(default_factory=list[int])
    """User ids."""


@dataclass(slots=True, kw_only=True)
class Number:
    """A WhatsApp business number, as Meta's dashboard made it."""

    id: str
    token: str
    app_secret: str
    verify_token: str
    webhook_url: str
    display_phone_number: str
    name: str
    waba_id: str
    owner: str = ""
    """The person who made it, where a person did."""
    tenant: str = ""
    tenant_name: str = ""
    role: str = "customer"
    webhook_ok: bool = False
    statuses: bool = True
    """Whether `sent` and `delivered` follow a send; `failed` and `read` always do."""


@dataclass(slots=True, kw_only=True)
class File:
    id: str
    """Digits, as WhatsApp's media ids are."""
    name: str
    mime: str
    size: int
    kind: str
    sha256: str = ""
    duration: int = 0
    width: int = 0
    height: int = 0
    variants: list["File"] = field(default_factory=list["File"])
    """The smaller sizes of a photo, smallest first, without the photo itself."""
    owner: str = ""
    """The phone number id that uploaded it; empty when a person sent it."""


@dataclass(slots=True, kw_only=True)
class Message:
    id: str
    key: str
    sender: Literal["person", "bot"]
    name: str
    text: str
    at: float
    """Seconds since the epoch."""
    status: str = "sent"
    kind: str = "text"
    entities: list[Json] | None = None
    reply_to: str | None = None
    edited_at: int = 0
    reaction: str | None = None
    buttons: list[list[Json]] | None = None
    choices: Json | None = None
    """WhatsApp's list: `{button, sections}`."""
    keyboard: list[list[Json]] | None = None
    """Telegram's reply keyboard; an empty one takes it away."""
    keyboard_options: Json | None = None
    """`one_time`, `placeholder`: what else the bot said about it."""
    markup: Json | None = None
    """Telegram's inline keyboard as the bot sent it."""
    file: str | None = None
    extra: Json | None = None
    """Location, contact or media group as the channel words it."""
    template: str | None = None
    opaque: str | None = None
    """WhatsApp's `biz_opaque_callback_data`."""


@dataclass(slots=True, kw_only=True)
class Chat(Saved):
    key: str
    channel: Channel
    account: str
    """Bot token or phone number id."""
    person: str
    last_id: int = 0
    last_inbound_at: float = 0.0
    blocked: bool = False
    typing_until: float = 0.0
    messages: dict[str, Message] = field(default_factory=dict[str, Message])
    inbound_ns: int = 0
    """When the latest delivery of this chat to Steward began, `time.time_ns`; not kept across restarts."""
    acked_ns: int = 0
    inbound_id: str = ""

    def saved(self) -> Json:
        return {
            "key": self.key,
            "channel": self.channel,
            "account": self.account,
            "person": self.person,
            "last_id": self.last_id,
            "last_inbound_at": self.last_inbound_at,
            "blocked": self.blocked,
        }

    def next_id(self) -> int:
        self.last_id += 1
        return self.last_id

    def window_open(self) -> bool:
        """WhatsApp's customer service window: 24 hours since the person last wrote."""
        return time.time() - self.last_inbound_at < DAY
