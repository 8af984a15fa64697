"""Methods about the bot itself, its chats and its files."""

import re

from sandbox.records import Chat, Json
from sandbox.telegram import wire
from sandbox.telegram.desk import Desk
from sandbox.telegram.errors import ApiError, bad_request
from sandbox.telegram.parameters import Parameters

COMMAND = re.compile(r"[a-z0-9_]{1,32}")
MAX_DOWNLOAD = 20 << 20
"""Bytes. Source: core.telegram.org/bots/api#getfile, November 2026."""


def get_me(desk: Desk, parameters: Parameters) -> Json:
    del parameters
    return {
        **wire.bot_user(desk.bot),
        "can_join_groups": True,
        "can_read_all_group_messages": False,
        "supports_inline_queries": False,
        "can_connect_to_business": False,
        "supports_join_request_queries": False,
        "has_main_web_app": False,
        "has_topics_enabled": False,
        "allows_users_to_create_topics": False,
        "can_manage_bots": desk.bot.manages,
    }


def _scope(parameters: Parameters) -> str:
    scope = parameters.mapping("scope") or {"type": "default"}
    chat = scope.get("chat_id")
    return f"{scope.get('type')}{'' if chat is None else f':{chat}'}/{parameters.text('language_code')}"


def set_my_commands(desk: Desk, parameters: Parameters) -> bool:
    commands = parameters.sequence("commands") or []
    if len(commands) > 100:
        raise bad_request("BOT_COMMANDS_TOO_MUCH")
    kept: list[Json] = []
    for each in commands:
        name, description = str(each.get("command", "")).lstrip("/"), str(each.get("description", ""))
        if not COMMAND.fullmatch(name):
            raise bad_request("BOT_COMMAND_INVALID")
        if not 1 <= len(description) <= 256:
            raise bad_request("BOT_COMMAND_DESCRIPTION_INVALID")
        kept.append({"command": name, "description": description})
    desk.bot.commands[_scope(parameters)] = kept
    return _bot_changed(desk)


def get_my_commands(desk: Desk, parameters: Parameters) -> list[Json]:
    return desk.bot.commands.get(_scope(parameters), [])


def delete_my_commands(desk: Desk, parameters: Parameters) -> bool:
    desk.bot.commands.pop(_scope(parameters), None)
    return _bot_changed(desk)


def set_my_name(desk: Desk, parameters: Parameters) -> bool:
    name = parameters.text("name")
    if len(name) > 64:
        raise bad_request("BOT_TITLE_INVALID")
    if name and not parameters.text("language_code"):
        desk.bot.name = name
    return _bot_changed(desk)


def get_my_name(desk: Desk, parameters: Parameters) -> Json:
    del parameters
    return {"name": desk.bot.name}


def set_my_description(desk: Desk, parameters: Parameters) -> bool:
    desk.bot.texts[f"description/{parameters.text('language_code')}"] = parameters.text("description")[:512]
    return _bot_changed(desk)


def get_my_description(desk: Desk, parameters: Parameters) -> Json:
    return {"description": desk.bot.texts.get(f"description/{parameters.text('language_code')}", "")}


def set_my_short_description(desk: Desk, parameters: Parameters) -> bool:
    key = f"short_description/{parameters.text('language_code')}"
    desk.bot.texts[key] = parameters.text("short_description")[:120]
    return _bot_changed(desk)


def get_my_short_description(desk: Desk, parameters: Parameters) -> Json:
    key = f"short_description/{parameters.text('language_code')}"
    return {"short_description": desk.bot.texts.get(key, "")}


def _bot_changed(desk: Desk) -> bool:
    desk.world.journal.put("bot", desk.bot.token, desk.bot)
    desk.events.tell({"type": "world"})
    return True


def get_file(desk: Desk, parameters: Parameters) -> Json:
    file = wire.find_file(desk.world, parameters.text("file_id"))
    if file.size > MAX_DOWNLOAD:
        raise bad_request("file is too big")
    return {
        "file_id": wire.file_id(file),
        "file_unique_id": wire.unique_id(file),
        "file_size": file.size,
        "file_path": wire.file_path(file),
    }


def get_chat(desk: Desk, parameters: Parameters) -> Json:
    person = desk.world.people[_known_chat(desk, parameters).person]
    return {
        **wire.private_chat(person),
        "accent_color_id": 0,
        "max_reaction_count": 11,
        "accepted_gift_types": {
            "unlimited_gifts": True,
            "limited_gifts": True,
            "unique_gifts": True,
            "premium_subscription": True,
            "gifts_from_channels": True,
        },
    }


def get_chat_member(desk: Desk, parameters: Parameters) -> Json:
    chat = _known_chat(desk, parameters)
    user_id = parameters.integer("user_id")
    person = desk.world.people[chat.person]
    if user_id == person.user_id:
        return {"status": "member", "user": wire.user(person)}
    if user_id == desk.bot.id:
        return {"status": "member", "user": wire.bot_user(desk.bot)}
    raise bad_request("user not found")


def _known_chat(desk: Desk, parameters: Parameters) -> Chat:
    chat = desk.line.chats.get(parameters.integer("chat_id"))
    if chat is None:
        raise bad_request("chat not found")
    return chat


def end_session(desk: Desk, parameters: Parameters) -> bool:
    """`close` and `logOut` move a bot between Bot API servers; here there is only one."""
    del parameters
    if desk.bot.webhook is not None:
        raise ApiError(400, "Bad Request: webhook must be deleted first")
    return True
