"""Managed bots: what the bot through which people made them may ask and change.

Source: core.telegram.org/bots/api#getmanagedbottoken and core.telegram.org/method/bots.exportBotToken, November 2026.
"""

import secrets
from collections.abc import Awaitable, Callable
from typing import Any, cast

from sandbox.records import Bot, Json
from sandbox.telegram import wire
from sandbox.telegram.desk import Desk
from sandbox.telegram.errors import bad_request
from sandbox.telegram.parameters import Parameters

MAX_GUESTS = 10
Replace = Callable[[Bot, str], Awaitable[None]]


def new_token(bot_id: int) -> str:
    """A token as BotFather words them: the bot's id and 35 letters, digits, dashes and underscores."""
    return f"{bot_id}:AA{secrets.token_urlsafe(25)[:33]}"


def _managed(desk: Desk, parameters: Parameters) -> Bot:
    user_id = parameters.integer("user_id")
    if user_id <= 0:
        raise bad_request("invalid user_id specified")
    bot = desk.world.bot_numbered(user_id)
    if bot is None or not desk.bot.manages or bot.manager != desk.bot.id:
        raise bad_request("BOT_INVALID")
    return bot


def get_token(desk: Desk, parameters: Parameters) -> str:
    return _managed(desk, parameters).token


async def replace_token(desk: Desk, parameters: Parameters, replace: Replace) -> str:
    bot = _managed(desk, parameters)
    await replace(bot, new_token(bot.id))
    desk.events.tell({"type": "world"})
    return bot.token


def get_access_settings(desk: Desk, parameters: Parameters) -> Json:
    bot = _managed(desk, parameters)
    settings: Json = {"is_access_restricted": bot.restricted}
    if bot.restricted:
        people = desk.world.people_by_user_id
        settings["added_users"] = [wire.user(people[guest]) for guest in bot.guests if guest in people]
    return settings


def set_access_settings(desk: Desk, parameters: Parameters) -> bool:
    bot = _managed(desk, parameters)
    if "is_access_restricted" not in parameters.values:
        raise bad_request('parameter "is_access_restricted" is required')
    given: object = parameters.json("added_user_ids")
    if given is not None and not isinstance(given, list):
        raise bad_request("can't parse added_user_ids: Expected an Array")
    guests = cast("list[Any]", given or [])
    if not all(type(guest) is int and guest in desk.world.people_by_user_id for guest in guests):
        raise bad_request("user not found")
    if len(guests) > MAX_GUESTS:
        raise bad_request("USERS_TOO_MUCH")
    bot.restricted = parameters.flag("is_access_restricted")
    bot.guests = guests if bot.restricted else []
    desk.world.journal.put("bot", bot.token, bot)
    return True
