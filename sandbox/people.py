"""What a thumb would do: write, tap, edit, react, block, read."""

import time

from sandbox.events import Events
from sandbox.files import Files
from sandbox.records import Bot, Chat, File, Json, Message
from sandbox.telegram import line as telegram_line
from sandbox.telegram import updates, wire
from sandbox.telegram.entities import detect
from sandbox.telegram.server import Telegram
from sandbox.view import shown_message
from sandbox.whatsapp import inbound
from sandbox.whatsapp import line as whatsapp_line
from sandbox.whatsapp.server import WhatsApp, new_wamid
from sandbox.world import World

MAX_TEXT = 4096


class Mistake(Exception):
    """A call that makes no sense; the text says what would."""

    def __init__(self, text: str, status: int = 400) -> None:
        super().__init__(text)
        self.text = text
        self.status = status


class People:
    """The hands of everyone who holds a phone."""

    def __init__(self, world: World, events: Events, files: Files, telegram: Telegram, whatsapp: WhatsApp) -> None:
        self.world = world
        self.events = events
        self.files = files
        self._telegram = telegram
        self._whatsapp = whatsapp

    def open(self, key: str) -> Chat:
        """The chat of a key, begun if need be. Raises: Mistake when there is no such account."""
        chat = self.world.chats.get(key)
        if chat is not None:
            return chat
        try:
            channel, account, person = self.world.locate(key)
        except (KeyError, ValueError):
            raise Mistake(
                f"There is no chat {key!r}: use tg:BOT_USERNAME:PERSON or wa:PHONE_NUMBER_ID:PERSON.", 404
            ) from None
        chat = self.world.open_chat(channel, account, person)
        if channel == "telegram":
            self._telegram.lines[account].chats[person.user_id] = chat
        return chat

    def _bot(self, chat: Chat) -> telegram_line.Line:
        line = self._telegram.lines.get(chat.account)
        if line is None:
            raise Mistake("That bot is gone: its token was revoked.", 409)
        bot, person = line.bot, self.world.people[chat.person]
        if bot.restricted and person.id != bot.owner and person.user_id not in bot.guests:
            raise Mistake(f"@{bot.username} is private: its owner decides who may write to it.", 403)
        return line

    def _number(self, chat: Chat) -> whatsapp_line.Line:
        line = self._whatsapp.lines.get(chat.account)
        if line is None:
            raise Mistake("That number is gone.", 409)
        return line

    def find(self, chat: Chat, message_id: object) -> Message:
        message = chat.messages.get(str(message_id))
        if message is None:
            raise Mistake("There is no such message in this chat.", 404)
        return message

    def say(
        self,
        chat: Chat,
        text: str,
        *,
        reply_to: str | None = None,
        file: File | None = None,
        extra: Json | None = None,
        kind: str = "text",
    ) -> Message:
        """One message from the person to the bot."""
        line = self._bot(chat) if chat.channel == "telegram" else self._number(chat)
        if chat.blocked:
            self.block(chat, blocked=False)
        person = self.world.people[chat.person]
        telegram = isinstance(line, telegram_line.Line)
        message = Message(
            id=str(chat.next_id()) if telegram else new_wamid(),
            key=chat.key,
            sender="person",
            name=person.name,
            text=text,
            at=time.time(),
            kind=kind,
            entities=(detect(text) or None) if telegram else None,
            reply_to=reply_to if reply_to in chat.messages else None,
            file=file.id if file else None,
            extra=extra,
        )
        self.world.add_message(chat, message)
        if isinstance(line, telegram_line.Line):
            updates.wrote(self.world, line, chat, message)
        else:
            inbound.wrote(line, chat, message, file)
        self._show("message", chat, message)
        return message

    def made_bot(self, chat: Chat, bot: Bot) -> Message:
        """The person made a bot through the bot of this chat: its update, and the service message it leaves."""
        line = self._bot(chat)
        updates.made(self.world, line, chat, bot)
        extra: Json = {"managed_bot_created": {"bot": wire.bot_user(bot)}}
        return self.say(chat, "", extra=extra, kind="managed_bot_created")

    def token_changed(self, chat: Chat, bot: Bot) -> None:
        """The owner has a new token for a bot that the bot of this chat manages."""
        updates.made(self.world, self._bot(chat), chat, bot)

    def echo(self, chat: Chat, text: str) -> Message:
        """The owner of a number wrote to this person on the shop's own phone."""
        line = self._number(chat)
        message = Message(
            id=new_wamid(),
            key=chat.key,
            sender="bot",
            name=line.number.name,
            text=text,
            at=time.time(),
            status="delivered",
            extra={"by": "phone"},
        )
        self.world.add_message(chat, message)
        line.echo(chat, message)
        self._show("message", chat, message)
        return message

    def tap(self, chat: Chat, message_id: object, data: str) -> Json:
        message = self.find(chat, message_id)
        label = inbound.label_of(message, data)
        if label is None:
            raise Mistake("That message has no such button.")
        if chat.channel == "telegram":
            line = self._bot(chat)
            return {"query_id": updates.tapped(self.world, line, chat, message, data)}
        said = Message(
            id=new_wamid(),
            key=chat.key,
            sender="person",
            name=self.world.people[chat.person].name,
            text=label,
            at=time.time(),
            reply_to=message.id,
        )
        self.world.add_message(chat, said)
        inbound.tapped(self._number(chat), chat, message, said, data)
        self._show("message", chat, said)
        return {"message_id": said.id}

    def edit(self, chat: Chat, message_id: object, text: str) -> None:
        message = self.find(chat, message_id)
        if chat.channel != "telegram" or message.sender != "person":
            raise Mistake("Only one's own messages on Telegram can be edited here.")
        message.text, message.entities = text, detect(text) or None
        message.edited_at = int(time.time())
        self.world.save_message(message)
        updates.wrote(self.world, self._bot(chat), chat, message, edited=True)
        self._show("edit", chat, message)

    def react(self, chat: Chat, message_id: object, emoji: str) -> None:
        message = self.find(chat, message_id)
        before, message.reaction = message.reaction, emoji or None
        self.world.save_message(message)
        if chat.channel == "telegram":
            updates.reacted(self.world, self._bot(chat), chat, message, before)
        else:
            inbound.reacted(self._number(chat), chat, message)
        self._show("edit", chat, message)

    def block(self, chat: Chat, *, blocked: bool) -> None:
        if chat.blocked == blocked:
            return
        chat.blocked = blocked
        self.world.save_chat(chat)
        if chat.channel == "telegram":
            updates.blocked(self.world, self._bot(chat), chat)
        self.events.tell({"type": "chat", "key": chat.key, "blocked": blocked})

    def read(self, chat: Chat) -> int:
        """Everything from the bot is read now; returns how many messages that were new."""
        fresh = [
            message
            for message in chat.messages.values()
            if message.sender == "bot" and message.status in ("sent", "delivered")
        ]
        for message in fresh:
            message.status = "read"
            self.world.save_message(message)
            if chat.channel == "whatsapp" and not (message.extra or {}).get("by"):
                self._number(chat).status(chat, message, "read")
            self.events.tell({"type": "status", "key": chat.key, "message_id": message.id, "status": "read"})
        return len(fresh)

    def age(self, chat: Chat, hours: float) -> None:
        """Everything in the chat happened that much earlier."""
        chat.last_inbound_at -= hours * 3600
        for message in chat.messages.values():
            message.at -= hours * 3600
            self.world.save_message(message)
        self.world.save_chat(chat)

    def _show(self, what: str, chat: Chat, message: Message) -> None:
        if self.events.watched:
            shown = shown_message(self.world, chat, message)
            self.events.tell({"type": what, "key": chat.key, "message": shown})
