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
class RequestBot:
    """A button by which a person makes a bot of their own, for the one that asks to manage. Telegram only."""

    label: str
    suggested_name: str
    suggested_username: str
    """Ends with `bot`; the person may choose another."""


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
    opener: str | None = None
    """What stands on the button that opens such a list, in the reader's language; at most 20 characters."""
    card: str | None = None
    """A name within the chat under which `EditCard` finds the message again."""
    reply_to: str | None = None
    template: SendTemplate | None = None
    """Sent instead where the channel says that its window for free messages is over."""
    request_bot: RequestBot | None = None
    """Shown in place of the keyboard, so not together with `buttons`. Channels without it leave it out."""
    close_keyboard: bool = False
    """Takes such a keyboard away again."""


@dataclass(frozen=True, slots=True, kw_only=True)
class SendMedia:
    kind: Literal["media"] = "media"
    media: Literal["photo", "document", "voice", "audio", "video"]
    from_account: AccountId
    """The account that holds `ref`; a file crosses accounts by download and upload. `INTERNAL`: a picture of ours."""
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
    opener: str | None = None
    """As of `SendText`."""
    author: Author = "system"
    message_id: str | None = None
    """The very message to change, such as the one that was tapped; None: the latest of that card."""
    quiet: bool = False
    """Only where it changes a message in its place: no new message follows."""


@dataclass(frozen=True, slots=True, kw_only=True)
class React:
    kind: Literal["react"] = "react"
    message_id: str
    emoji: str
    author: Author = "bot"


@dataclass(frozen=True, slots=True, kw_only=True)
class DeleteMessage:
    """Takes a message away from the chat, such as one with a token in it. Where the channel cannot, nothing happens."""

    kind: Literal["delete"] = "delete"
    message_id: str
    author: Author = "system"


OutMessage = Annotated[
    SendText | SendMedia | SendTemplate | EditCard | React | DeleteMessage, Field(discriminator="kind")
]


def message_text(message: SendText | SendMedia | SendTemplate | EditCard | React | DeleteMessage) -> str:
    """The words of a message, for the history."""
    match message:
        case SendText() | SendTemplate() | EditCard():
            return message.text
        case SendMedia():
            return message.caption
        case React():
            return message.emoji
        case DeleteMessage():
            return ""
