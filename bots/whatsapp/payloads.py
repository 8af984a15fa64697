"""What Meta's webhook holds, item by item, and the event that each kind of message becomes.

Every item is validated on its own, so one of a wrong shape costs the others nothing. Types are strict: a number where a
text belongs makes the item wrong. Unknown fields are ignored, as Meta adds some every quarter.

Source: Meta, WhatsApp Cloud API webhooks reference (messages, statuses) and business-scoped user IDs, November 2026.
"""

from abc import ABC, abstractmethod
from datetime import UTC, datetime
from typing import Annotated, Literal

from pydantic import BaseModel, BeforeValidator, ConfigDict, Field, StringConstraints

from core.events import ButtonTapped, Event, Location, MessageEdited, MessageReceived, ReactionReceived
from core.events import Sender as Person
from core.events import SharedContact as SharedPerson
from core.media import Attachment, MediaKind

LATEST_SECOND = 4_102_444_800
"""The year 2100: later timestamps are nonsense."""


def _moment(value: object) -> datetime:
    """Meta sends seconds as a text; some examples have them as a number."""
    if isinstance(value, str) and value.isascii() and value.isdigit() and len(value) <= 10:
        value = int(value)
    if isinstance(value, bool) or not isinstance(value, int) or not 0 <= value <= LATEST_SECOND:
        raise ValueError("no timestamp")
    return datetime.fromtimestamp(value, UTC)


def _none_if_empty(value: object) -> object:
    return None if value == "" else value


Id = Annotated[str, StringConstraints(min_length=1, max_length=512, pattern=r"^[!-~]+$")]
MediaId = Annotated[str, StringConstraints(min_length=1, max_length=200, pattern=r"^[A-Za-z0-9_.-]+$")]
Moment = Annotated[datetime, BeforeValidator(_moment)]
MaybeId = Annotated[Id | None, BeforeValidator(_none_if_empty)]
"""Meta leaves a hidden phone number out, or sends it empty."""


class Item(BaseModel):
    model_config = ConfigDict(strict=True, extra="ignore", frozen=True)


class Profile(Item):
    name: str | None = None
    username: str | None = None


class Contact(Item):
    """Who wrote, or who was written to."""

    user_id: MaybeId = None
    """The business-scoped user id (BSUID); some of Meta's examples and older versions lack it."""
    wa_id: MaybeId = None
    profile: Profile = Profile()


class Context(Item):
    id: MaybeId = None


class Head(Item, ABC):
    """What all kinds of messages share."""

    id: Id
    timestamp: Moment
    from_number: MaybeId = Field(default=None, alias="from")
    from_user_id: MaybeId = None
    context: Context | None = None
    group_id: str | None = None

    @abstractmethod
    def event(self, sender: Person) -> Event | None:
        """None for what an agent has no use of."""

    def received(
        self,
        sender: Person,
        *,
        text: str = "",
        attachments: tuple[Attachment, ...] = (),
        location: Location | None = None,
        shared_contact: SharedPerson | None = None,
    ) -> MessageReceived:
        return MessageReceived(
            message_id=self.id,
            sender=sender,
            at=self.timestamp,
            text=text,
            attachments=attachments,
            location=location,
            shared_contact=shared_contact,
            reply_to=self.context.id if self.context else None,
        )

    def tapped(self, sender: Person, data: str, label: str) -> ButtonTapped:
        # On WhatsApp a tap is a message of its own: with its id it can be marked read and answered.
        return ButtonTapped(message_id=self.id, sender=sender, at=self.timestamp, data=data, label=label)


class Recipient(Item):
    """Whom the owner wrote to, beside the bot. Source: Meta, smb_message_echoes webhook reference, November 2026."""

    to: MaybeId = None
    to_user_id: MaybeId = None


class Body(Item):
    body: str


class TextMessage(Head):
    text: Body

    def event(self, sender: Person) -> Event:
        return self.received(sender, text=self.text.body)


class QuickReply(Item):
    payload: str
    text: str = ""


class TemplateButton(Head):
    """A tap on a quick reply of a template."""

    button: QuickReply

    def event(self, sender: Person) -> Event:
        return self.tapped(sender, self.button.payload, self.button.text)


class Reply(Item):
    id: str
    title: str = ""


class Choice(Item):
    """A tap on a reply button or a list's row; forms (`nfm_reply`) and the like have neither."""

    button_reply: Reply | None = None
    list_reply: Reply | None = None


class Interactive(Head):
    interactive: Choice

    def event(self, sender: Person) -> Event | None:
        reply = self.interactive.button_reply or self.interactive.list_reply
        return self.tapped(sender, reply.id, reply.title) if reply else None


class Media(Item):
    id: MediaId
    mime_type: str = ""
    filename: str | None = None
    caption: str | None = None
    voice: bool = False

    def attachment(self, kind: MediaKind) -> Attachment:
        return Attachment(kind=kind, ref=self.id, name=self.filename or "", mime=self.mime_type)


class Image(Head):
    image: Media

    def event(self, sender: Person) -> Event:
        return self.received(sender, text=self.image.caption or "", attachments=(self.image.attachment("photo"),))


class Document(Head):
    document: Media

    def event(self, sender: Person) -> Event:
        file = self.document
        return self.received(sender, text=file.caption or "", attachments=(file.attachment("document"),))


class Audio(Head):
    audio: Media

    def event(self, sender: Person) -> Event:
        kind: MediaKind = "voice" if self.audio.voice else "audio"
        return self.received(sender, attachments=(self.audio.attachment(kind),))


class Video(Head):
    video: Media

    def event(self, sender: Person) -> Event:
        return self.received(sender, text=self.video.caption or "", attachments=(self.video.attachment("video"),))


class Sticker(Head):
    sticker: Media

    def event(self, sender: Person) -> Event:
        return self.received(sender, attachments=(self.sticker.attachment("sticker"),))


class Place(Item):
    latitude: float = Field(ge=-90, le=90)
    longitude: float = Field(ge=-180, le=180)
    name: str | None = None
    address: str | None = None


class LocationMessage(Head):
    location: Place

    def event(self, sender: Person) -> Event:
        place = self.location
        name = ", ".join(part for part in (place.name, place.address) if part)
        return self.received(sender, location=Location(latitude=place.latitude, longitude=place.longitude, name=name))


class Phone(Item):
    phone: str | None = None
    wa_id: str | None = None


class CardName(Item):
    formatted_name: str = ""


class Card(Item):
    name: CardName = CardName()
    phones: tuple[Phone, ...] = Field(default=(), strict=False)

    @property
    def number(self) -> str:
        return next((phone.phone or phone.wa_id or "" for phone in self.phones if phone.phone or phone.wa_id), "")


class ContactsMessage(Head):
    """One or more visiting cards; an event has room for one, so the first with a number is taken."""

    contacts: tuple[Card, ...] = Field(min_length=1, strict=False)

    def event(self, sender: Person) -> Event:
        card = next((card for card in self.contacts if card.number), self.contacts[0])
        return self.received(sender, shared_contact=SharedPerson(name=card.name.formatted_name, phone=card.number))


class Emoji(Item):
    message_id: Id
    emoji: str | None = None


class Reaction(Head):
    reaction: Emoji

    def event(self, sender: Person) -> Event:
        given = self.reaction
        return ReactionReceived(message_id=given.message_id, sender=sender, at=self.timestamp, emoji=given.emoji or "")


class EditedContent(Item):
    text: Body | None = None
    image: Media | None = None
    video: Media | None = None
    document: Media | None = None


class Correction(Item):
    original_message_id: Id
    message: EditedContent


class Edit(Head):
    edit: Correction

    def event(self, sender: Person) -> Event | None:
        content = self.edit.message
        file = content.image or content.video or content.document
        text = content.text.body if content.text else file.caption if file else None
        if text is None:
            return None
        return MessageEdited(message_id=self.edit.original_message_id, sender=sender, at=self.timestamp, text=text)


KINDS: dict[str, type[Head]] = {
    "text": TextMessage,
    "button": TemplateButton,
    "interactive": Interactive,
    "image": Image,
    "document": Document,
    "audio": Audio,
    "video": Video,
    "sticker": Sticker,
    "location": LocationMessage,
    "contacts": ContactsMessage,
    "reaction": Reaction,
    "edit": Edit,
}
"""Every other type (system, order, unsupported, revoke, …) is let pass without an event."""


class Trouble(Item):
    code: int
    title: str | None = None
    message: str | None = None

    def __str__(self) -> str:
        return f"{self.code} {self.title or self.message or ''}".rstrip()


class Status(Item):
    id: Id
    status: str
    timestamp: Moment
    errors: tuple[Trouble, ...] = Field(default=(), strict=False)


STATUSES: dict[str, Literal["sent", "delivered", "read", "failed"]] = {
    "sent": "sent",
    "delivered": "delivered",
    "read": "read",
    "played": "read",
    "failed": "failed",
}


class Metadata(Item):
    phone_number_id: Id
