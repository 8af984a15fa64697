"""What may be sent to a chat, whatever the channel. Each edge renders it in its own way."""

from dataclasses import dataclass
from typing import Annotated, Literal

from pydantic import Field

from core.ids import AccountId, TenantId

BUTTON_ID_BYTES = 64
Author = Literal["bot", "owner", "system"]
"""`bot` replies are withheld while a person has taken over; `owner` and `system` ones are not."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Button:
    id: str
    """Opaque, at most 64 bytes; comes back in `ButtonTapped.data`."""
    label: str
    """At most 20 characters, which is what WhatsApp shows."""


def address_button(tenant: TenantId, button_id: str) -> str:
    """One chat with the admin bot may serve several tenants: a desk's buttons say whose they are."""
    return f"{tenant}~{button_id}"


def read_button(data: str) -> tuple[TenantId | None, str]:
    """The tenant a tapped button claims, which is to be checked, and its id as the desk knows it."""
    tenant, found, button_id = data.partition("~")
    if found and tenant.isascii() and tenant.isdigit() and len(tenant) <= 18:
        return TenantId(int(tenant)), button_id
    return None, data


@dataclass(frozen=True, slots=True, kw_only=True)
class SendTemplate:
    """A WhatsApp template, for when the 24 hours are over. Other channels send `text`."""

    kind: Literal["template"] = "template"
    name: str
    language: str
    parameters: tuple[str, ...] = ()
    text: str
    """The same in plain words, for channels without templates and for the history."""
    author: Author = "system"


@dataclass(frozen=True, slots=True, kw_only=True)
class SendText:
    kind: Literal["text"] = "text"
    text: str
    """Markdown: bold, italic, code, links, lists. An edge that cannot render it sends it plain."""
    author: Author = "bot"
    buttons: tuple[tuple[Button, ...], ...] = ()
    """Rows of buttons. WhatsApp shows up to three in all as buttons and more as a list."""
    card: str | None = None
    """A name within the chat under which `EditCard` finds the message again."""
    reply_to: str | None = None
    template: SendTemplate | None = None
    """Sent instead where the channel says that its window for free messages is over."""


@dataclass(frozen=True, slots=True, kw_only=True)
class SendMedia:
    kind: Literal["media"] = "media"
    media: Literal["photo", "document", "voice", "audio", "video"]
    from_account: AccountId
    """The account that holds `ref`; a file crosses accounts by download and upload."""
    ref: str
    name: str = ""
    mime: str = ""
    caption: str = ""
    author: Author = "bot"


@dataclass(frozen=True, slots=True, kw_only=True)
class EditCard:
    """Changes a card sent before; where the channel cannot edit, a new message follows."""

    kind: Literal["edit_card"] = "edit_card"
    card: str
    text: str
    buttons: tuple[tuple[Button, ...], ...] = ()
    author: Author = "system"


@dataclass(frozen=True, slots=True, kw_only=True)
class React:
    kind: Literal["react"] = "react"
    message_id: str
    emoji: str
    author: Author = "bot"


OutMessage = Annotated[SendText | SendMedia | SendTemplate | EditCard | React, Field(discriminator="kind")]


def message_text(message: SendText | SendMedia | SendTemplate | EditCard | React) -> str:
    """The words of a message, for the history."""
    match message:
        case SendText() | SendTemplate() | EditCard():
            return message.text
        case SendMedia():
            return message.caption
        case React():
            return message.emoji
