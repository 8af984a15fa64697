"""Methods that change or take back what was sent, and the small signs: taps answered, typing, reactions."""

import time

from sandbox.records import Chat, Json, Message
from sandbox.telegram import wire
from sandbox.telegram.desk import Desk
from sandbox.telegram.errors import bad_request
from sandbox.telegram.markup import read_markup
from sandbox.telegram.parameters import Parameters

TYPING_SECONDS = 5.0
DELETABLE = 48 * 3600.0
NOT_MODIFIED = (
    "message is not modified: specified new message content and reply markup are exactly the same "
    "as a current content and reply markup of the message"
)
ACTIONS = frozenset(
    [
        "typing",
        "upload_photo",
        "record_video",
        "upload_video",
        "record_voice",
        "upload_voice",
        "record_audio",
        "upload_audio",
        "upload_document",
        "choose_sticker",
        "find_location",
        "record_video_note",
        "upload_video_note",
    ]
)


def _own(desk: Desk, parameters: Parameters, what: str) -> tuple[Chat, Message]:
    chat = desk.chat(parameters)
    message = chat.messages.get(str(parameters.integer("message_id")))
    if message is None:
        raise bad_request(f"message to {what} not found")
    if message.sender != "bot":
        raise bad_request("message can't be edited")
    return chat, message


def _changed(desk: Desk, chat: Chat, message: Message, markup: Json | None) -> Json:
    message.markup = markup
    message.buttons = wire.shown_buttons(markup)
    message.edited_at = int(time.time())
    desk.world.save_message(message)
    desk.show("edit", chat, message)
    return wire.message(desk.world, desk.bot, chat, message)


def edit_message_text(desk: Desk, parameters: Parameters) -> Json:
    text, entities = desk.text(parameters)
    chat, message = _own(desk, parameters, "edit")
    if message.kind != "text":
        raise bad_request("there is no text in the message to edit")
    markup, _ = read_markup(parameters)
    if (text, entities or None, markup) == (message.text, message.entities, message.markup):
        raise bad_request(NOT_MODIFIED)
    desk.line.limits.pass_one(desk.world.people[chat.person].user_id)
    message.text, message.entities = text, entities or None
    return _changed(desk, chat, message, markup)


def edit_message_caption(desk: Desk, parameters: Parameters) -> Json:
    text, entities = desk.caption(parameters)
    chat, message = _own(desk, parameters, "edit")
    if message.file is None:
        raise bad_request("there is no caption in the message to edit")
    markup, _ = read_markup(parameters)
    if (text, entities or None, markup) == (message.text, message.entities, message.markup):
        raise bad_request(NOT_MODIFIED)
    desk.line.limits.pass_one(desk.world.people[chat.person].user_id)
    message.text, message.entities = text, entities or None
    return _changed(desk, chat, message, markup)


def edit_message_reply_markup(desk: Desk, parameters: Parameters) -> Json:
    chat, message = _own(desk, parameters, "edit")
    markup, _ = read_markup(parameters)
    if markup == message.markup:
        raise bad_request(NOT_MODIFIED)
    desk.line.limits.pass_one(desk.world.people[chat.person].user_id)
    return _changed(desk, chat, message, markup)


def delete_message(desk: Desk, parameters: Parameters) -> bool:
    chat = desk.chat(parameters)
    message = chat.messages.get(str(parameters.integer("message_id")))
    if message is None:
        raise bad_request("message to delete not found")
    if time.time() - message.at > DELETABLE:
        raise bad_request("message can't be deleted for everyone")
    desk.world.remove_message(chat, message.id)
    desk.events.tell({"type": "delete", "key": chat.key, "message_id": message.id})
    return True


def answer_callback_query(desk: Desk, parameters: Parameters) -> bool:
    query = desk.line.answer(parameters.text("callback_query_id"))
    text = parameters.text("text")
    if len(text) > 200:
        raise bad_request("MESSAGE_TOO_LONG")
    desk.events.tell(
        {
            "type": "toast",
            "key": query.chat.key,
            "text": text,
            "alert": parameters.flag("show_alert"),
            "tapped": query.label,
        }
    )
    return True


def send_chat_action(desk: Desk, parameters: Parameters) -> bool:
    action = parameters.text("action")
    if action not in ACTIONS:
        raise bad_request("wrong parameter action in request")
    chat = desk.chat(parameters)
    chat.typing_until = time.time() + TYPING_SECONDS
    desk.events.tell({"type": "typing", "key": chat.key, "seconds": TYPING_SECONDS, "action": action})
    return True


def set_message_reaction(desk: Desk, parameters: Parameters) -> bool:
    chat = desk.chat(parameters)
    message = chat.messages.get(str(parameters.integer("message_id")))
    if message is None:
        raise bad_request("message to react not found")
    reactions = parameters.sequence("reaction") or []
    if len(reactions) > 1:
        raise bad_request("REACTIONS_TOO_MANY")
    emoji = reactions[0].get("emoji") if reactions else None
    if reactions and not isinstance(emoji, str):
        raise bad_request("REACTION_INVALID")
    message.reaction = emoji
    desk.world.save_message(message)
    desk.show("edit", chat, message)
    return True
