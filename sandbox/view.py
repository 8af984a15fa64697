"""What the page sees of a message: see `API.md`."""

import html
import re
from datetime import UTC, datetime
from itertools import pairwise

from sandbox.records import Chat, File, Json, Message
from sandbox.world import World

TAGS = {
    "bold": "b",
    "italic": "i",
    "underline": "u",
    "strikethrough": "s",
    "code": "code",
    "pre": "pre",
    "blockquote": "blockquote",
    "expandable_blockquote": "blockquote",
    "spoiler": "mark",
}
WHATSAPP = (
    (re.compile(r"```(.+?)```", re.DOTALL), r"<code>\1</code>"),
    (re.compile(r"(?<![\w*])\*(?=\S)([^*\n]+?)(?<=\S)\*(?![\w*])"), r"<b>\1</b>"),
    (re.compile(r"(?<![\w_])_(?=\S)([^_\n]+?)(?<=\S)_(?![\w_])"), r"<i>\1</i>"),
    (re.compile(r"(?<![\w~])~(?=\S)([^~\n]+?)(?<=\S)~(?![\w~])"), r"<s>\1</s>"),
    (
        re.compile(r"(?<![\w\"=/])(https?://[^\s<>\"']+[^\s<>\"'.,;:!?)\]])"),
        r'<a href="\1" target="_blank" rel="noopener noreferrer">\1</a>',
    ),
)
SAFE_LINKS = ("http://", "https://", "mailto:")


def shown_message(world: World, chat: Chat, message: Message) -> Json:
    shown: Json = {
        "id": message.id,
        "key": chat.key,
        "from": message.sender,
        "name": message.name,
        "kind": message.kind,
        "text": message.text,
        "html": (
            telegram_html(message.text, message.entities or [])
            if chat.channel == "telegram"
            else whatsapp_html(message.text)
        ),
        "at": datetime.fromtimestamp(message.at, tz=UTC).isoformat(),
        "status": message.status,
    }
    extra = message.extra or {}
    optional: Json = {
        "reply_to": message.reply_to,
        "edited": bool(message.edited_at) or None,
        "reaction": message.reaction,
        "buttons": message.buttons,
        "list": message.choices,
        "keyboard": message.keyboard,
        "keyboard_options": message.keyboard_options,
        "template": message.template,
        "location": extra.get("location"),
        "contact": extra.get("contact"),
        "managed_bot": _shown_bot(extra["managed_bot_created"]["bot"]) if "managed_bot_created" in extra else None,
        "by": extra.get("by"),
    }
    shown.update({name: value for name, value in optional.items() if value is not None})
    file = world.files.get(message.file) if message.file else None
    if file is not None:
        shown["file"] = shown_file(file)
    return shown


def _shown_bot(user: Json) -> Json:
    return {"name": user["first_name"], "username": user["username"]}


def shown_file(file: File) -> Json:
    shown: Json = {"id": file.id, "name": file.name, "mime": file.mime, "size": file.size, "kind": file.kind}
    if file.kind in ("voice", "audio", "video"):
        shown["duration"] = file.duration
    return shown


def whatsapp_html(text: str) -> str:
    shown = html.escape(text, quote=False)
    for pattern, tag in WHATSAPP:
        shown = pattern.sub(tag, shown)
    return shown.replace("\n", "<br>")


def telegram_html(text: str, entities: list[Json]) -> str:
    """Every piece between two borders wears all tags that hold there, so overlapping entities stay well formed."""
    if not entities:
        return html.escape(text, quote=False).replace("\n", "<br>")
    raw = text.encode("utf-16-le", "surrogatepass")
    borders = {0, len(raw) // 2}
    for entity in entities:
        borders |= {entity["offset"], entity["offset"] + entity["length"]}
    ordered = sorted(borders)
    parts: list[str] = []
    for start, end in pairwise(ordered):
        piece = html.escape(raw[2 * start : 2 * end].decode("utf-16-le", "replace"), quote=False)
        piece = piece.replace("\n", "<br>")
        for entity in reversed(entities):
            if entity["offset"] <= start and end <= entity["offset"] + entity["length"]:
                piece = _wrapped(piece, entity, text)
        parts.append(piece)
    return "".join(parts)


def _wrapped(piece: str, entity: Json, text: str) -> str:
    kind = entity["type"]
    if kind in TAGS:
        return f"<{TAGS[kind]}>{piece}</{TAGS[kind]}>"
    if kind in ("text_link", "url", "email"):
        raw = text.encode("utf-16-le", "surrogatepass")
        own = raw[2 * entity["offset"] : 2 * (entity["offset"] + entity["length"])].decode("utf-16-le", "replace")
        url = str(entity.get("url") or (f"mailto:{own}" if kind == "email" else own))
        if url.startswith(SAFE_LINKS):
            return f'<a href="{html.escape(url)}" target="_blank" rel="noopener noreferrer">{piece}</a>'
    return piece
