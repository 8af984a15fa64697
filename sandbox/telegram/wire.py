"""The Bot API's objects, made from the world's records."""

import base64
from typing import Any

from sandbox.records import Bot, Chat, File, Json, Message, Person
from sandbox.telegram.errors import bad_request
from sandbox.world import World

FILE_PREFIX = {"photo": "AgAC", "voice": "AwAC", "audio": "CQAC", "video": "BAAC", "document": "BQAC"}
KEY_REQUESTS = ("request_managed_bot", "request_contact", "request_location")
"""What a key of a reply keyboard asks for instead of sending its label."""
FOLDERS = {"photo": "photos", "voice": "voice", "audio": "music", "video": "videos", "document": "documents"}


def user(person: Person) -> Json:
    return {
        "id": person.user_id,
        "is_bot": False,
        "first_name": person.name,
        "language_code": person.language,
    }


def bot_user(bot: Bot) -> Json:
    return {"id": bot.id, "is_bot": True, "first_name": bot.name, "username": bot.username}


def private_chat(person: Person) -> Json:
    return {"id": person.user_id, "first_name": person.name, "type": "private"}


def message(world: World, bot: Bot, chat: Chat, record: Message, *, depth: int = 1) -> Json:
    """A Message; `depth` says how many messages it may quote in turn."""
    person = world.people[chat.person]
    wire: Json = {
        "message_id": int(record.id),
        "from": bot_user(bot) if record.sender == "bot" else user(person),
        "chat": private_chat(person),
        "date": int(record.at),
    }
    if record.edited_at:
        wire["edit_date"] = record.edited_at
    if record.reply_to and depth:
        quoted = chat.messages.get(record.reply_to)
        if quoted is not None:
            wire["reply_to_message"] = message(world, bot, chat, quoted, depth=depth - 1)
    if record.kind == "text":
        wire["text"] = record.text
        if record.entities:
            wire["entities"] = record.entities
    else:
        wire.update(content(world, record))
        if record.text and record.file:
            wire["caption"] = record.text
            if record.entities:
                wire["caption_entities"] = record.entities
    if record.markup:
        wire["reply_markup"] = record.markup
    return wire


def content(world: World, record: Message) -> Json:
    """The part of a message that is not text."""
    wire: Json = dict(record.extra or {})
    file = world.files.get(record.file) if record.file else None
    if file is None:
        return wire
    if file.kind == "photo":
        wire["photo"] = [photo_size(each) for each in (*file.variants, file)]
        return wire
    body: Json = {
        "file_id": file_id(file),
        "file_unique_id": unique_id(file),
        "file_size": file.size,
        "mime_type": file.mime,
    }
    if file.kind in ("voice", "audio", "video"):
        body["duration"] = file.duration
    if file.kind == "video":
        body |= {"width": file.width, "height": file.height}
    if file.kind != "voice":
        body["file_name"] = file.name
    wire[file.kind] = body
    return wire


def photo_size(file: File) -> Json:
    return {
        "file_id": file_id(file),
        "file_unique_id": unique_id(file),
        "width": file.width,
        "height": file.height,
        "file_size": file.size,
    }


def file_id(file: File) -> str:
    raw = base64.urlsafe_b64encode(f"sandbox:{file.kind}:{file.id}".encode()).decode().rstrip("=")
    return FILE_PREFIX.get(file.kind, "BQAC") + raw


def unique_id(file: File) -> str:
    return "AQAD" + base64.urlsafe_b64encode(file.id.encode()).decode().rstrip("=")


def file_path(file: File) -> str:
    suffix = ".oga" if file.kind == "voice" else "." + file.name.rpartition(".")[2] if "." in file.name else ""
    return f"{FOLDERS.get(file.kind, 'documents')}/file_{file.id}{suffix}"


def find_file(world: World, given: str) -> File:
    """The file of a file id. Raises: ApiError when the id is not one of ours."""
    raw = given[4:]
    try:
        scheme, _, number = base64.urlsafe_b64decode(raw + "=" * (-len(raw) % 4)).decode().split(":")
    except ValueError:
        raise bad_request("wrong file_id or the file is temporarily unavailable") from None
    file = find_by_number(world, number) if scheme == "sandbox" else None
    if file is None:
        raise bad_request("wrong file_id or the file is temporarily unavailable")
    return file


def find_by_number(world: World, number: str) -> File | None:
    """A file, or one of the smaller sizes of a photo (`12-0` is the first of file 12)."""
    main, _, variant = number.partition("-")
    file = world.files.get(main)
    if file is None or not variant:
        return file
    return next((each for each in file.variants if each.id == number), None)


def shown_buttons(markup: Json | None) -> list[list[Json]] | None:
    """An inline keyboard as the page shows it."""
    if not markup:
        return None
    rows: list[list[Json]] = []
    for row in markup["inline_keyboard"]:
        shown: list[Json] = []
        for button in row:
            item: Json = {"label": button["text"]}
            if "callback_data" in button:
                item["data"] = button["callback_data"]
            if "url" in button:
                item["url"] = button["url"]
            shown.append(item)
        rows.append(shown)
    return rows


def shown_keyboard(markup: Json) -> list[list[Json]]:
    """A reply keyboard as the page shows it; an empty one takes it away."""
    rows: list[list[Any]] = markup.get("keyboard") or []
    return [[_shown_key(button) for button in row] for row in rows]


def _shown_key(button: Any) -> Json:
    if isinstance(button, str):
        return {"label": button}
    requests = {name: button[name] for name in KEY_REQUESTS if button.get(name)}
    return {"label": button["text"], **requests}


def keyboard_options(markup: Json) -> Json | None:
    options: Json = {}
    if markup.get("one_time_keyboard"):
        options["one_time"] = True
    if markup.get("input_field_placeholder"):
        options["placeholder"] = str(markup["input_field_placeholder"])
    return options or None
