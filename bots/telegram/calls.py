"""What an agent says, as calls of the Bot API. Pure: nothing is sent here.

Source: core.telegram.org/bots/api#available-methods, Bot API 10.3, November 2026.
"""

from collections.abc import Sequence
from typing import Any

from bots.markdown import Part, render
from bots.telegram.vendor import methods, types
from core.errors import Rejected
from core.messages import BUTTON_ID_BYTES, Button, EditCard, React, RequestBot, SendMedia, SendText

TEXT_LIMIT, CAPTION_LIMIT = 4096, 1024
"""UTF-16 units after formatting is taken out."""
Call = methods.TelegramMethod[Any]
Rows = tuple[tuple[Button, ...], ...]

_NO_PREVIEW = types.LinkPreviewOptions(is_disabled=True)


Markup = types.InlineKeyboardMarkup | types.ReplyKeyboardMarkup | types.ReplyKeyboardRemove
_REQUEST_ID = 1
"""Tells the keys of one message apart; ours have one."""


def message_calls(chat: str, message: SendText) -> list[Call]:
    """Raises Rejected as `text_calls` does."""
    markup: Markup | None = None
    if message.request_bot is not None:
        markup = _request_keyboard(message.request_bot)
    elif message.close_keyboard and not message.buttons:
        markup = types.ReplyKeyboardRemove(remove_keyboard=True)
    return text_calls(chat, message.text, buttons=message.buttons, reply_to=message.reply_to, markup=markup)


def text_calls(
    chat: str, text: str, *, buttons: Rows = (), reply_to: str | None = None, markup: Markup | None = None
) -> list[Call]:
    """In the order of the parts: the first one replies, the last one has the buttons. Raises Rejected when blank."""
    parts = render(text, limit=TEXT_LIMIT)
    if not parts:
        raise Rejected("There is nothing to send: the text is empty")
    last = len(parts) - 1
    return [
        methods.SendMessage(
            chat_id=_chat_id(chat),
            text=part.text,
            entities=_entities(part),
            link_preview_options=_NO_PREVIEW,
            reply_parameters=_reply(reply_to) if number == 0 else None,
            reply_markup=(markup or _keyboard(buttons)) if number == last else None,
        )
        for number, part in enumerate(parts)
    ]


def edit_call(chat: str, message_id: str, message: EditCard) -> Call:
    """A text that does not fit into one message is cut: a card stays one message. Raises Rejected when blank."""
    parts = render(message.text, limit=TEXT_LIMIT - 1)
    if not parts:
        raise Rejected("There is nothing to show: the text is empty")
    return methods.EditMessageText(
        chat_id=_chat_id(chat),
        message_id=_message_id(message_id),
        text=parts[0].text + ("…" if len(parts) > 1 else ""),
        entities=_entities(parts[0]),
        link_preview_options=_NO_PREVIEW,
        reply_markup=_keyboard(message.buttons),
    )


def media_calls(chat: str, message: SendMedia, file: str | types.InputFile) -> list[Call]:
    """The file with its caption; a caption too long for that follows as text."""
    parts = render(message.caption, limit=CAPTION_LIMIT)
    fits = len(parts) == 1
    caption = parts[0] if fits else Part(text="")
    chat_id, text, entities = _chat_id(chat), caption.text or None, _entities(caption)
    call: Call
    match message.media:
        case "photo":
            call = methods.SendPhoto(chat_id=chat_id, photo=file, caption=text, caption_entities=entities)
        case "document":
            call = methods.SendDocument(chat_id=chat_id, document=file, caption=text, caption_entities=entities)
        case "voice":
            call = methods.SendVoice(chat_id=chat_id, voice=file, caption=text, caption_entities=entities)
        case "audio":
            call = methods.SendAudio(chat_id=chat_id, audio=file, caption=text, caption_entities=entities)
        case "video":
            call = methods.SendVideo(chat_id=chat_id, video=file, caption=text, caption_entities=entities)
    return [call] if fits or not parts else [call, *text_calls(chat, message.caption)]


def reaction_call(chat: str, message: React) -> Call:
    reaction: list[types.ReactionTypeUnion] = [types.ReactionTypeEmoji(emoji=message.emoji)] if message.emoji else []
    return methods.SetMessageReaction(
        chat_id=_chat_id(chat), message_id=_message_id(message.message_id), reaction=reaction
    )


def delete_call(chat: str, message_id: str) -> Call:
    return methods.DeleteMessage(chat_id=_chat_id(chat), message_id=_message_id(message_id))


def without_formatting(call: Call) -> Call | None:
    """The same call in plain text; None when it has no formatting to take away."""
    match call:
        case methods.SendMessage() | methods.EditMessageText():
            return call.model_copy(update={"entities": None}) if call.entities else None
        case (
            methods.SendPhoto()
            | methods.SendDocument()
            | methods.SendVoice()
            | methods.SendAudio()
            | methods.SendVideo()
        ):
            return call.model_copy(update={"caption_entities": None}) if call.caption_entities else None
        case _:
            return None


def as_document(call: methods.SendPhoto) -> Call:
    """For a picture that Telegram does not take as a photo: too large, too long, not a format it knows."""
    return methods.SendDocument(
        chat_id=call.chat_id, document=call.photo, caption=call.caption, caption_entities=call.caption_entities
    )


def _chat_id(chat: str) -> int:
    try:
        return int(chat)
    except ValueError:
        raise Rejected("This is no Telegram chat") from None


def _message_id(message_id: str) -> int:
    try:
        return int(message_id)
    except ValueError:
        raise Rejected("This is no message of Telegram's") from None


def _reply(message_id: str | None) -> types.ReplyParameters | None:
    if message_id is None:
        return None
    return types.ReplyParameters(message_id=_message_id(message_id), allow_sending_without_reply=True)


def _entities(part: Part) -> list[types.MessageEntity] | None:
    if not part.entities:
        return None
    return [types.MessageEntity.model_validate(entity.to_json(part.text)) for entity in part.entities]


def _request_keyboard(request: RequestBot) -> types.ReplyKeyboardMarkup:
    wanted = types.KeyboardButtonRequestManagedBot(
        request_id=_REQUEST_ID,
        suggested_name=request.suggested_name or None,
        suggested_username=request.suggested_username or None,
    )
    key = types.KeyboardButton(text=request.label, request_managed_bot=wanted)
    return types.ReplyKeyboardMarkup(keyboard=[[key]], resize_keyboard=True, one_time_keyboard=True)


def _keyboard(rows: Sequence[Sequence[Button]]) -> types.InlineKeyboardMarkup | None:
    if not rows:
        return None
    if any(not 1 <= len(button.id.encode()) <= BUTTON_ID_BYTES for row in rows for button in row):
        raise Rejected(f"A button's id has 1 to {BUTTON_ID_BYTES} bytes")
    return types.InlineKeyboardMarkup(
        inline_keyboard=[
            [types.InlineKeyboardButton(text=button.label, callback_data=button.id) for button in row] for row in rows
        ]
    )
