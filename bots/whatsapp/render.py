"""Turns what an agent says into the message objects of the Graph API.

Source: Meta, WhatsApp Cloud API messages reference (text, interactive reply buttons, interactive lists, templates,
reactions, media), November 2026.
"""

import mimetypes
from collections.abc import Sequence
from dataclasses import dataclass, replace
from typing import Literal

from bots.text import cut_text, split_text
from bots.whatsapp.markup import to_whatsapp
from core.messages import Button, EditCard, React, SendMedia, SendTemplate, SendText

TEXT_LIMIT, LIST_LIMIT, BUTTONS_LIMIT, CAPTION_LIMIT = 4096, 4096, 1024, 1024
MOST_BUTTONS, MOST_ROWS = 3, 10
BUTTON_LABEL, ROW_LABEL, ROW_DESCRIPTION = 20, 24, 72
LIST_OPENER = "☰"
"""What opens a list where the message says nothing for it: in no language."""
BLANK = "…"
"""Where Meta insists on a text and there is none."""

Kind = Literal["text", "interactive", "template", "reaction", "image", "document", "audio", "video"]

MIMES: dict[str, frozenset[str]] = {
    "image": frozenset({"image/jpeg", "image/png"}),
    "video": frozenset({"video/mp4", "video/3gpp"}),
    "audio": frozenset({"audio/aac", "audio/amr", "audio/mpeg", "audio/mp4", "audio/ogg"}),
}
"""What WhatsApp shows as such; any other file goes as a document."""
KINDS: dict[str, Literal["image", "document", "audio", "video"]] = {
    "photo": "image",
    "video": "video",
    "voice": "audio",
    "audio": "audio",
    "document": "document",
}
DEFAULT_MIMES = {
    "photo": "image/jpeg",
    "video": "video/mp4",
    "voice": "audio/ogg",
    "audio": "audio/mpeg",
    "document": "application/octet-stream",
}


@dataclass(frozen=True, slots=True, kw_only=True)
class Part:
    """One call: the type and the object of that name."""

    kind: Kind
    content: dict[str, object]
    reply_to: str | None = None


def render(message: SendText | EditCard | SendTemplate | React, *, card_message_id: str | None = None) -> list[Part]:
    """The calls to make, in order. An empty text without buttons gives none.

    A changed card is a new message that quotes the card, as WhatsApp cannot edit.
    """
    match message:
        case SendText():
            return _render_text(message.text, message.buttons, message.reply_to, message.opener)
        case EditCard():
            return _render_text(message.text, message.buttons, card_message_id, message.opener)
        case SendTemplate():
            return [Part(kind="template", content=_template(message))]
        case React():
            reaction: dict[str, object] = {"message_id": message.message_id, "emoji": message.emoji}
            return [Part(kind="reaction", content=reaction)]


def render_media(message: SendMedia, media_id: str) -> list[Part]:
    """The file, then what of its caption does not fit under it."""
    kind, mime = media_kind(message)
    content: dict[str, object] = {"id": media_id}
    caption = to_whatsapp(message.caption)
    fits = kind != "audio" and len(split_text(caption, CAPTION_LIMIT)) == 1
    if fits:
        content["caption"] = caption
    if kind == "document" and message.name:
        content["filename"] = message.name
    if message.media == "voice" and kind == "audio" and mime == "audio/ogg":
        content["voice"] = True
    return [Part(kind=kind, content=content), *([] if fits else _render_text(message.caption, (), None))]


def media_kind(message: SendMedia) -> tuple[Literal["image", "document", "audio", "video"], str]:
    """How WhatsApp shows the file, and its MIME type without parameters."""
    declared = message.mime.partition(";")[0].strip().lower()
    mime = declared or mimetypes.guess_type(message.name)[0] or DEFAULT_MIMES[message.media]
    kind = KINDS[message.media]
    return (kind if kind == "document" or mime in MIMES[kind] else "document"), mime


def _render_text(
    markdown: str, rows: Sequence[Sequence[Button]], reply_to: str | None, opener: str | None = None
) -> list[Part]:
    buttons = [button for row in rows for button in row]
    texts = split_text(to_whatsapp(markdown), TEXT_LIMIT)
    last: list[Part] = []
    if buttons:
        limit = BUTTONS_LIMIT if len(buttons) <= MOST_BUTTONS else LIST_LIMIT
        *rest, body = split_text(texts.pop() if texts else BLANK, limit)
        texts += rest
        last = _interactive(body, buttons, (opener or LIST_OPENER)[:BUTTON_LABEL])
    parts = [*(Part(kind="text", content={"body": text}) for text in texts), *last]
    if parts and reply_to:
        parts[0] = replace(parts[0], reply_to=reply_to)
    return parts


def _interactive(body: str, buttons: Sequence[Button], opener: str) -> list[Part]:
    if len(buttons) <= MOST_BUTTONS:
        labels = _distinct([button.label for button in buttons], BUTTON_LABEL)
        replies = [
            {"type": "reply", "reply": {"id": button.id, "title": label}}
            for label, button in zip(labels, buttons, strict=True)
        ]
        return [_interactive_part("button", body, {"buttons": replies})]
    pages = [buttons[start : start + MOST_ROWS] for start in range(0, len(buttons), MOST_ROWS)]
    parts: list[Part] = []
    for number, page in enumerate(pages, start=1):
        text = body if number == 1 else f"{BLANK} ({number}/{len(pages)})"
        section = {"rows": [_row(label, button) for label, button in _labelled_rows(page)]}
        parts.append(_interactive_part("list", text, {"button": opener, "sections": [section]}))
    return parts


def _interactive_part(kind: Literal["button", "list"], body: str, action: dict[str, object]) -> Part:
    return Part(kind="interactive", content={"type": kind, "body": {"text": body}, "action": action})


def _labelled_rows(page: Sequence[Button]) -> list[tuple[str, Button]]:
    return list(zip(_distinct([button.label for button in page], ROW_LABEL), page, strict=True))


def _row(label: str, button: Button) -> dict[str, object]:
    """A label that had to be cut is repeated below the title as far as it fits."""
    whole = " ".join(button.label.split())
    row: dict[str, object] = {"id": button.id, "title": label}
    if label != whole and whole:
        row["description"] = cut_text(whole, ROW_DESCRIPTION)
    return row


def _distinct(labels: Sequence[str], limit: int) -> list[str]:
    """Labels cut to fit, none blank and no two alike, which Meta refuses."""
    taken: list[str] = []
    for label in labels:
        title = cut_text(label, limit) or BLANK
        number = 2
        while title in taken:
            title = f"{cut_text(label, limit - 3)} {number}".lstrip()
            number += 1
        taken.append(title)
    return taken


def _template(message: SendTemplate) -> dict[str, object]:
    content: dict[str, object] = {"name": message.name, "language": {"code": message.language}}
    if message.parameters:
        # Meta refuses a parameter with a line break, a tab or more than four spaces in a row, and an empty one.
        values = [" ".join(parameter.split()) or "-" for parameter in message.parameters]
        content["components"] = [{"type": "body", "parameters": [{"type": "text", "text": value} for value in values]}]
    return content
