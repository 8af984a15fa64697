"""What every method works with: one bot's line, the world and the pages that watch."""

import time
from dataclasses import dataclass

from sandbox.events import Events
from sandbox.files import Files
from sandbox.records import Bot, Chat, Json, Message
from sandbox.telegram import wire
from sandbox.telegram.entities import read_text
from sandbox.telegram.errors import BLOCKED, ApiError, bad_request
from sandbox.telegram.line import Line
from sandbox.telegram.markup import read_markup
from sandbox.telegram.parameters import Parameters
from sandbox.view import shown_message
from sandbox.world import World

MAX_TEXT = 4096
MAX_CAPTION = 1024
"""Characters after parsing. Source: core.telegram.org/bots/api#sendmessage, November 2026."""


@dataclass(slots=True, eq=False)
class Desk:
    world: World
    events: Events
    files: Files
    line: Line

    @property
    def bot(self) -> Bot:
        return self.line.bot

    def chat(self, parameters: Parameters) -> Chat:
        """The chat of `chat_id`. Raises: ApiError when there is none, or when the person blocked the bot."""
        raw = parameters.text("chat_id")
        if not raw:
            raise bad_request("chat_id is empty")
        chat = self.line.chats.get(int(raw)) if raw.lstrip("-").isdecimal() else None
        if chat is None:
            raise bad_request("chat not found")
        if chat.blocked:
            raise ApiError(*BLOCKED)
        return chat

    def reply_to(self, chat: Chat, parameters: Parameters) -> str | None:
        """Raises: ApiError when the message to reply to is gone and the call insists on it."""
        reply = parameters.mapping("reply_parameters") if "reply_parameters" in parameters.values else None
        if reply is None:
            if "reply_to_message_id" not in parameters.values:
                return None
            reply = {
                "message_id": parameters.integer("reply_to_message_id"),
                "allow_sending_without_reply": parameters.flag("allow_sending_without_reply"),
            }
        message_id = str(reply.get("message_id"))
        if message_id in chat.messages:
            return message_id
        if reply.get("allow_sending_without_reply"):
            return None
        raise bad_request("message to be replied not found")

    def caption(self, parameters: Parameters) -> tuple[str, list[Json]]:
        text, entities = read_text(
            parameters.text("caption"), parameters.text("parse_mode"), parameters.sequence("caption_entities")
        )
        if len(text) > MAX_CAPTION:
            raise bad_request("message caption is too long")
        return text, entities

    def text(self, parameters: Parameters) -> tuple[str, list[Json]]:
        raw = parameters.text("text")
        text, entities = read_text(raw, parameters.text("parse_mode"), parameters.sequence("entities"))
        if not text:
            raise bad_request("message text is empty")
        if len(text) > MAX_TEXT:
            raise bad_request("message is too long")
        return text, entities

    def send(
        self,
        chat: Chat,
        parameters: Parameters,
        kind: str,
        text: str,
        entities: list[Json],
        *,
        file: str | None = None,
        extra: Json | None = None,
    ) -> Json:
        """Puts one message of the bot into the chat. Raises: ApiError for the markup, the reply or the rate."""
        inline, other = read_markup(parameters, manages=self.bot.manages)
        if other and not other.keys() & {"keyboard", "remove_keyboard"}:
            other = None  # force_reply leaves the keyboard as it is
        reply_to = self.reply_to(chat, parameters)
        self.line.limits.pass_one(self.world.people[chat.person].user_id)
        message = Message(
            id=str(chat.next_id()),
            key=chat.key,
            sender="bot",
            name=self.bot.name,
            text=text,
            at=time.time(),
            status="delivered",
            kind=kind,
            entities=entities or None,
            reply_to=reply_to,
            buttons=wire.shown_buttons(inline),
            keyboard=wire.shown_keyboard(other) if other else None,
            keyboard_options=wire.keyboard_options(other) if other else None,
            markup=inline,
            file=file,
            extra=extra,
        )
        chat.typing_until = 0.0
        self.world.add_message(chat, message)
        self.world.accept(chat, message, self.bot.username)
        self.show("message", chat, message)
        return wire.message(self.world, self.bot, chat, message)

    def show(self, what: str, chat: Chat, message: Message) -> None:
        if self.events.watched:
            shown = shown_message(self.world, chat, message)
            self.events.tell({"type": what, "key": chat.key, "message": shown})
