"""What a person does, worded as Meta's webhooks word it."""

from sandbox.records import Chat, File, Json, Message
from sandbox.whatsapp.line import Line
from sandbox.whatsapp.server import new_wamid

KINDS = {"photo": "image", "voice": "audio"}


def wrote(line: Line, chat: Chat, message: Message, file: File | None) -> None:
    body: Json = {}
    if message.reply_to:
        quoted = chat.messages.get(message.reply_to)
        body["context"] = _context(line, chat, message.reply_to, own=quoted is not None and quoted.sender == "person")
    if file is not None:
        kind = KINDS.get(file.kind, file.kind)
        body |= {"type": kind, kind: _media(file, message.text, kind)}
    elif message.extra and "location" in message.extra:
        body |= {"type": "location", "location": message.extra["location"]}
    elif message.extra and "contact" in message.extra:
        contact = message.extra["contact"]
        name: Json = {"formatted_name": contact["first_name"], "first_name": contact["first_name"]}
        digits = "".join(sign for sign in contact["phone_number"] if sign.isdigit())
        phone: Json = {"phone": contact["phone_number"], "type": "CELL", "wa_id": digits}
        body |= {"type": "contacts", "contacts": [{"name": name, "phones": [phone]}]}
    else:
        body |= {"type": "text", "text": {"body": message.text}}
    line.message(chat, message, body)


def _context(line: Line, chat: Chat, message_id: str, *, own: bool) -> Json:
    person = line.world.people[chat.person]
    business = "".join(sign for sign in line.number.display_phone_number if sign.isdigit())
    if own and person.hide_number:
        return {"id": message_id}
    return {"from": person.wa_id if own else business, "id": message_id}


def _media(file: File, caption: str, kind: str) -> Json:
    mime = "audio/ogg; codecs=opus" if file.kind == "voice" else file.mime
    media: Json = {"id": file.id, "mime_type": mime, "sha256": file.sha256}
    if kind == "audio":
        media["voice"] = file.kind == "voice"
    elif caption:
        media["caption"] = caption
    if kind == "document":
        media["filename"] = file.name
    return media


def tapped(line: Line, chat: Chat, on: Message, said: Message, data: str) -> None:
    """A reply button, a template's button or a list row; `said` is the message it makes in the chat."""
    context = _context(line, chat, on.id, own=False)
    row = _row(on, data)
    if row is not None:
        reply: Json = {"id": data, "title": row["title"]}
        if row.get("description"):
            reply["description"] = row["description"]
        interactive: Json = {"type": "list_reply", "list_reply": reply}
    elif on.template:
        body = {"context": context, "type": "button", "button": {"payload": data, "text": said.text}}
        line.message(chat, said, body)
        return
    else:
        interactive = {"type": "button_reply", "button_reply": {"id": data, "title": said.text}}
    line.message(chat, said, {"context": context, "type": "interactive", "interactive": interactive})


def label_of(message: Message, data: str) -> str | None:
    """What is written on the button or row with that data, None when there is none."""
    row = _row(message, data)
    if row is not None:
        return row["title"]
    for buttons in message.buttons or []:
        for button in buttons:
            if button.get("data") == data:
                return button["label"]
    return None


def _row(message: Message, data: str) -> Json | None:
    sections: list[Json] = message.choices["sections"] if message.choices else []
    rows: list[Json] = [row for section in sections for row in section["rows"]]
    return next((row for row in rows if row["id"] == data), None)


def reacted(line: Line, chat: Chat, message: Message) -> None:
    body = {"type": "reaction", "reaction": {"message_id": message.id, "emoji": message.reaction or ""}}
    line.message(chat, message, body, message_id=new_wamid())
