"""What a person does, told to the bot as the original would."""

import time

from sandbox.records import Bot, Chat, Json, Message, Person
from sandbox.telegram import wire
from sandbox.telegram.line import Line
from sandbox.world import World


def wrote(world: World, line: Line, chat: Chat, message: Message, *, edited: bool = False) -> None:
    body = wire.message(world, line.bot, chat, message)
    kind = "edited_message" if edited else "message"
    line.update(kind, body, chat, message_id=message.id)


def tapped(world: World, line: Line, chat: Chat, message: Message, data: str) -> str:
    """An inline button; returns the id of the query."""
    person = world.people[chat.person]
    query_id = line.ask(chat, data)
    body: Json = {
        "id": query_id,
        "from": wire.user(person),
        "message": wire.message(world, line.bot, chat, message),
        "chat_instance": str(person.user_id * 31 + line.bot.id),
        "data": data,
    }
    line.update("callback_query", body, chat, lane=f"{chat.key}/taps", message_id=f"tap:{query_id}")
    return query_id


def reacted(world: World, line: Line, chat: Chat, message: Message, before: str | None) -> None:
    person = world.people[chat.person]
    body: Json = {
        "chat": wire.private_chat(person),
        "message_id": int(message.id),
        "user": wire.user(person),
        "date": int(time.time()),
        "old_reaction": _reactions(before),
        "new_reaction": _reactions(message.reaction),
    }
    line.update("message_reaction", body, chat)


def made(world: World, line: Line, chat: Chat, bot: Bot) -> None:
    """To the manager, in the chat with the owner: a bot was made through it, or has another token now."""
    body: Json = {"user": wire.user(world.people[chat.person]), "bot": wire.bot_user(bot)}
    line.update("managed_bot", body, chat)


def _reactions(emoji: str | None) -> list[Json]:
    return [{"type": "emoji", "emoji": emoji}] if emoji else []


def blocked(world: World, line: Line, chat: Chat) -> None:
    """The person stopped or restarted the bot; `chat.blocked` already says which."""
    person: Person = world.people[chat.person]
    member: Json = {"status": "member", "user": wire.bot_user(line.bot)}
    kicked: Json = {"status": "kicked", "user": wire.bot_user(line.bot), "until_date": 0}
    body: Json = {
        "chat": wire.private_chat(person),
        "from": wire.user(person),
        "date": int(time.time()),
        "old_chat_member": member if chat.blocked else kicked,
        "new_chat_member": kicked if chat.blocked else member,
    }
    line.update("my_chat_member", body, chat)
