"""One update of the Bot API, read straight from its JSON: a twentieth of the CPU of aiogram's model of it.

Private chats only: groups and channels are ignored, as are people's service messages, polls and stories. A field of the
wrong type, where it is one that is read, makes the whole update malformed. Never raises, whatever it is given.
`tests/bots/telegram/test_parse.py` holds this against aiogram's own `Update`.

Source: core.telegram.org/bots/api#update, Bot API 10.3, November 2026.
"""

from collections.abc import Callable
from datetime import UTC, datetime
from typing import Literal, cast

from bots.intake import Arrival
from core.events import (
    BotCreated,
    ButtonTapped,
    ContactBlocked,
    Event,
    Location,
    MessageEdited,
    MessageReceived,
    ReactionReceived,
    Sender,
    SharedContact,
)
from core.media import Attachment, MediaKind

ALLOWED_UPDATES = ["message", "edited_message", "callback_query", "message_reaction", "my_chat_member", "managed_bot"]
_LAST_SECOND = 253402300799  # of the year 9999

Json = dict[str, object]
Fate = Literal["ignored", "rejected"]
_FILES: tuple[tuple[str, MediaKind], ...] = (
    ("voice", "voice"),
    ("document", "document"),  # an animation comes with a document that is the same file
    ("audio", "audio"),
    ("live_photo", "video"),
    ("video", "video"),
    ("video_note", "video"),
    ("sticker", "sticker"),
)


class _Malformed(Exception):
    pass


class _Ignored(Exception):
    pass


def parse_update(update: object, *, now: datetime) -> Arrival | Fate:
    """`now` dates what Telegram sends without a date: taps, and bots that were made."""
    try:
        fields = _dict(update)
        update_id = _int(fields, "update_id")
        for name, read in _READERS.items():
            if name in fields:
                chat, event = read(_dict(fields[name]), now)
                return Arrival(external_id=f"u{update_id}", chat=chat, event=event)
    except _Malformed:
        return "rejected"
    except _Ignored:
        pass
    return "ignored"


def _read_message(message: Json, _: datetime) -> tuple[str, Event]:
    chat = _private_chat(message)
    sender = _sender(message, "from")
    attachments = _attachments(message)
    location, shared = _location(message), _shared_contact(message)
    text = _text(message, "text") or _text(message, "caption")
    if not text and not attachments and location is None and shared is None:
        raise _Ignored
    replied = message.get("reply_to_message")
    return chat, MessageReceived(
        message_id=str(_int(message, "message_id")),
        sender=sender,
        at=_date(message),
        text=text,
        attachments=attachments,
        location=location,
        shared_contact=shared,
        reply_to=None if replied is None else str(_int(_dict(replied), "message_id")),
    )


def _read_edit(message: Json, _: datetime) -> tuple[str, Event]:
    chat = _private_chat(message)
    sender = _sender(message, "from")
    text = _text(message, "text") or _text(message, "caption")
    if not text:  # a live location that moved, a caption that was taken away
        raise _Ignored
    at = _date(message, "edit_date" if "edit_date" in message else "date")
    return chat, MessageEdited(message_id=str(_int(message, "message_id")), sender=sender, at=at, text=text)


def _read_tap(query: Json, now: datetime) -> tuple[str, Event]:
    if query.get("message") is None or query.get("data") is None:  # of an inline message, or a game
        raise _Ignored
    message = _dict(query["message"])
    chat = _private_chat(message)
    data = _text(query, "data")
    return chat, ButtonTapped(
        message_id=str(_int(message, "message_id")),
        sender=_sender(query, "from"),
        at=now,
        data=data,
        label=_label(message, data),
        callback_id=_required_text(query, "id"),
    )


def _read_reaction(reaction: Json, _: datetime) -> tuple[str, Event]:
    chat = _private_chat(reaction)
    sender = _sender(reaction, "user")
    given = [_dict(each) for each in _list(reaction.get("new_reaction"))]
    emoji = next((_required_text(each, "emoji") for each in given if each.get("type") == "emoji"), "")
    if given and not emoji:  # a custom emoji, which only its sender's app can show
        raise _Ignored
    message_id = str(_int(reaction, "message_id"))
    return chat, ReactionReceived(message_id=message_id, sender=sender, at=_date(reaction), emoji=emoji)


def _read_membership(change: Json, _: datetime) -> tuple[str, Event]:
    chat = _private_chat(change)
    status = _required_text(_dict(change.get("new_chat_member")), "status")
    if status not in ("kicked", "member"):
        raise _Ignored
    return chat, ContactBlocked(sender=_sender(change, "from"), at=_date(change), blocked=status == "kicked")


def _read_managed_bot(made: Json, now: datetime) -> tuple[str, Event]:
    """At the desk of whoever made it: a private chat has the id of its person."""
    sender, bot = _sender(made, "user"), _dict(made.get("bot"))
    first, last = _required_text(bot, "first_name"), _text(bot, "last_name")
    return sender.external_id, BotCreated(
        sender=sender,
        at=now,
        bot_id=str(_int(bot, "id")),
        username=_text(bot, "username"),
        name=f"{first} {last}" if last else first,
    )


_READERS: dict[str, Callable[[Json, datetime], tuple[str, Event]]] = {
    "message": _read_message,
    "callback_query": _read_tap,
    "edited_message": _read_edit,
    "message_reaction": _read_reaction,
    "my_chat_member": _read_membership,
    "managed_bot": _read_managed_bot,
}


def _private_chat(holder: Json) -> str:
    chat = _dict(holder.get("chat"))
    chat_id = _int(chat, "id")
    if _required_text(chat, "type") != "private":
        raise _Ignored
    return str(chat_id)


def _sender(holder: Json, name: str) -> Sender:
    user = _dict(holder.get(name))
    first, last = _required_text(user, "first_name"), _text(user, "last_name")
    if user.get("is_bot") is True:
        raise _Ignored
    return Sender(
        external_id=str(_int(user, "id")),
        name=f"{first} {last}" if last else first,
        username=_text(user, "username") or None,
        language=_text(user, "language_code") or None,
    )


def _attachments(message: Json) -> tuple[Attachment, ...]:
    if "photo" in message and "live_photo" not in message:
        sizes = [_dict(size) for size in _list(message["photo"])]
        if not sizes:
            raise _Malformed
        largest = max(sizes, key=lambda size: _int(size, "width") * _int(size, "height"))
        return (_attachment(largest, "photo", mime="image/jpeg"),)
    for name, kind in _FILES:
        if name in message:
            return (_attachment(_dict(message[name]), kind),)
    return ()


def _attachment(file: Json, kind: MediaKind, *, mime: str = "") -> Attachment:
    return Attachment(
        kind=kind,
        ref=_required_text(file, "file_id"),
        name=_text(file, "emoji" if kind == "sticker" else "file_name"),
        mime=_text(file, "mime_type") or mime,
        size_bytes=_optional_int(file, "file_size"),
        duration_seconds=_optional_int(file, "duration"),
    )


def _location(message: Json) -> Location | None:
    place = message.get("venue")
    venue: Json = {} if place is None else _dict(place)
    found = venue.get("location") if venue else message.get("location")
    if found is None:
        return None
    point = _dict(found)
    latitude, longitude = _degrees(point, "latitude", 90), _degrees(point, "longitude", 180)
    return Location(latitude=latitude, longitude=longitude, name=_text(venue, "title"))


def _shared_contact(message: Json) -> SharedContact | None:
    found = message.get("contact")
    if found is None:
        return None
    contact = _dict(found)
    first, last = _required_text(contact, "first_name"), _text(contact, "last_name")
    return SharedContact(name=f"{first} {last}" if last else first, phone=_required_text(contact, "phone_number"))


def _label(message: Json, data: str) -> str:
    """What the tapped button says; empty when the message is too old for Telegram to tell."""
    markup = message.get("reply_markup")
    if markup is None:
        return ""
    for row in _list(_dict(markup).get("inline_keyboard")):
        for item in _list(row):
            button = _dict(item)
            if button.get("callback_data") == data:
                return _required_text(button, "text")
    return ""


def _dict(value: object) -> Json:
    if type(value) is not dict:
        raise _Malformed
    return cast("Json", value)


def _list(value: object) -> list[object]:
    if type(value) is not list:
        raise _Malformed
    return cast("list[object]", value)


def _int(fields: Json, name: str) -> int:
    value = fields.get(name)
    if type(value) is not int:
        raise _Malformed
    return value


def _optional_int(fields: Json, name: str) -> int | None:
    return None if fields.get(name) is None else _int(fields, name)


def _text(fields: Json, name: str) -> str:
    value = fields.get(name)
    if value is None:
        return ""
    if type(value) is not str:
        raise _Malformed
    return value


def _required_text(fields: Json, name: str) -> str:
    value = fields.get(name)
    if type(value) is not str:
        raise _Malformed
    return value


def _degrees(fields: Json, name: str, most: int) -> float:
    value = fields.get(name)
    if (type(value) is not float and type(value) is not int) or not -most <= value <= most:
        raise _Malformed
    return float(value)


def _date(fields: Json, name: str = "date") -> datetime:
    seconds = _int(fields, name)
    if not 0 <= seconds <= _LAST_SECOND:
        raise _Malformed
    return datetime.fromtimestamp(seconds, UTC)
