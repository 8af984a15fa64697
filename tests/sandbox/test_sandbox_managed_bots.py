"""Managed bots: made on a person's word, handed to the bot that proposed them."""

import re
from typing import Any

import pytest
from aiogram import Bot
from aiogram.exceptions import TelegramBadRequest, TelegramUnauthorizedError
from aiogram.types import (
    KeyboardButton,
    KeyboardButtonRequestManagedBot,
    ReplyKeyboardMarkup,
    ReplyKeyboardRemove,
)

from tests.sandbox.outside import TOKEN, Sandbox, telegram_bot
from tests.sandbox.test_sandbox_bot_api_types import SCHEMA, check, validators

__all__ = ["validators"]
ADMIN = "tg:baker_bot:omar"
REAL_TOKEN = re.compile(r"\d{8,10}:[A-Za-z0-9_-]{35}")
MAKE = f"/api/chats/{ADMIN}/managed_bot"
GOOD = {"request_id": 7, "name": "Corner Bakery", "username": "corner_bakery_bot"}


def proposal(request_id: int = 7, name: str | None = "Corner Bakery") -> ReplyKeyboardMarkup:
    request = KeyboardButtonRequestManagedBot(request_id=request_id, suggested_name=name)
    key = KeyboardButton(text="Make the bot", request_managed_bot=request)
    return ReplyKeyboardMarkup(keyboard=[[key]], one_time_keyboard=True, resize_keyboard=True)


@pytest.fixture
async def manager(sandbox: Sandbox) -> Any:
    await sandbox.put_bot(role="admin")
    async with telegram_bot(sandbox) as bot:
        yield bot


async def propose(sandbox: Sandbox, manager: Bot) -> int:
    """The offset after the person's first word, with a proposal in the chat."""
    await sandbox.say(ADMIN, "/new")
    [update] = await manager.get_updates()
    assert update.message is not None
    await manager.send_message(update.message.chat.id, "One tap makes it", reply_markup=proposal())
    return update.update_id + 1


async def made(sandbox: Sandbox, manager: Bot) -> tuple[int, int]:
    """A managed bot, and the offset after the updates about it."""
    offset = await propose(sandbox, manager)
    answer = await sandbox.call("POST", MAKE, GOOD)
    updates = await manager.get_updates(offset=offset)
    return answer["id"], updates[-1].update_id + 1


async def test_who_may_manage(sandbox: Sandbox, manager: Bot) -> None:
    assert (await manager.get_me()).can_manage_bots is True
    await sandbox.put_bot("7002:shop-token", "shop_bot")
    async with telegram_bot(sandbox, "7002:shop-token") as shop:
        assert (await shop.get_me()).can_manage_bots is False
        await sandbox.say("tg:shop_bot:omar", "Hello")
        [update] = await shop.get_updates()
        assert update.message is not None
        with pytest.raises(TelegramBadRequest, match="MANAGER_PERMISSION_MISSING"):
            await shop.send_message(update.message.chat.id, "Tap", reply_markup=proposal())
    await sandbox.put_bot("7002:shop-token", "shop_bot", manages=True)
    await sandbox.put_bot(role="admin", manages=False)
    assert (await manager.get_me()).can_manage_bots is False


async def test_one_tap_makes_a_bot(sandbox: Sandbox, manager: Bot) -> None:
    offset = await propose(sandbox, manager)
    [shown] = [each for each in await sandbox.messages(ADMIN) if "keyboard" in each]
    assert shown["keyboard"] == [
        [{"label": "Make the bot", "request_managed_bot": {"request_id": 7, "suggested_name": "Corner Bakery"}}]
    ]
    assert shown["keyboard_options"] == {"one_time": True}
    answer = await sandbox.call("POST", MAKE, {**GOOD, "username": "@corner_bakery_bot"})
    assert "token" not in answer and answer["username"] == answer["tenant"] == "corner_bakery_bot"
    told, service = await manager.get_updates(offset=offset)
    assert told.managed_bot is not None and told.managed_bot.bot_user.id == answer["id"]
    assert told.managed_bot.user.first_name == "Omar" and told.managed_bot.bot_user.is_bot
    assert service.message is not None and service.message.managed_bot_created is not None
    assert service.message.managed_bot_created.bot_user.username == "corner_bakery_bot"
    assert (await sandbox.messages(ADMIN))[-1]["managed_bot"] == {
        "name": "Corner Bakery",
        "username": "corner_bakery_bot",
    }
    world = await sandbox.call("GET", "/api/world")
    assert {"id": "corner_bakery_bot", "name": "Corner Bakery"} in world["tenants"]
    [account] = [each for each in world["accounts"] if each["tenant"] == "corner_bakery_bot"]
    assert account["role"] == "customer" and account["key_prefix"] == "tg:corner_bakery_bot:"


async def test_the_new_bot_works_at_once(sandbox: Sandbox, manager: Bot) -> None:
    bot_id, _ = await made(sandbox, manager)
    token = await manager.get_managed_bot_token(bot_id)
    assert REAL_TOKEN.fullmatch(token) and token.startswith(f"{bot_id}:")
    await sandbox.say("tg:corner_bakery_bot:maya", "Is there rye bread?")
    async with telegram_bot(sandbox, token) as bot:
        assert (await bot.get_me()).first_name == "Corner Bakery"
        [update] = await bot.get_updates()
        assert update.message is not None
        await bot.send_message(update.message.chat.id, "Always")
    assert [each["text"] for each in await sandbox.messages("tg:corner_bakery_bot:maya")][-1] == "Always"


async def test_a_replaced_token_ends_the_old_one(sandbox: Sandbox, manager: Bot) -> None:
    bot_id, offset = await made(sandbox, manager)
    old = await manager.get_managed_bot_token(bot_id)
    await sandbox.say("tg:corner_bakery_bot:maya", "Nobody reads this yet")
    new = await manager.replace_managed_bot_token(bot_id)
    assert new != old and new == await manager.get_managed_bot_token(bot_id)
    async with telegram_bot(sandbox, old) as gone:
        with pytest.raises(TelegramUnauthorizedError):
            await gone.get_me()
    async with telegram_bot(sandbox, new) as bot:
        [update] = await bot.get_updates()
        assert update.message is not None and update.message.text == "Nobody reads this yet"
    assert await manager.get_updates(offset=offset) == []


async def test_the_owner_replaces_the_token_at_botfather(sandbox: Sandbox, manager: Bot) -> None:
    bot_id, offset = await made(sandbox, manager)
    answer = await sandbox.call("POST", "/api/botfather/bots/corner_bakery_bot/revoke")
    [told] = await manager.get_updates(offset=offset)
    assert told.managed_bot is not None and told.managed_bot.bot_user.id == bot_id
    assert await manager.get_managed_bot_token(bot_id) == answer["token"]


async def test_only_the_manager_has_the_token(sandbox: Sandbox, manager: Bot) -> None:
    bot_id, _ = await made(sandbox, manager)
    await sandbox.put_bot("7002:other-token", "other_bot", manages=True)
    async with telegram_bot(sandbox, "7002:other-token") as other:
        for refused in (
            other.get_managed_bot_token(bot_id),
            other.replace_managed_bot_token(bot_id),
            other.get_managed_bot_access_settings(bot_id),
            other.set_managed_bot_access_settings(bot_id, is_access_restricted=True),
            manager.get_managed_bot_token(manager.id),
            manager.get_managed_bot_token(99),
        ):
            with pytest.raises(TelegramBadRequest, match="BOT_INVALID"):
                await refused
    with pytest.raises(TelegramBadRequest, match="invalid user_id"):
        await manager.get_managed_bot_token(0)


async def test_access_settings(sandbox: Sandbox, manager: Bot) -> None:
    bot_id, _ = await made(sandbox, manager)
    assert (await manager.get_managed_bot_access_settings(bot_id)).is_access_restricted is False
    await sandbox.call("PUT", "/api/people/ana", {"name": "Ana", "role": "owner"})
    people = (await sandbox.call("GET", "/api/world"))["people"]
    ana = next(person["user_id"] for person in people if person["id"] == "ana")
    await manager.set_managed_bot_access_settings(bot_id, is_access_restricted=True, added_user_ids=[ana])
    settings = await manager.get_managed_bot_access_settings(bot_id)
    assert settings.is_access_restricted and [each.first_name for each in settings.added_users or []] == ["Ana"]
    for person, status in (("omar", 200), ("ana", 200), ("maya", 403)):
        await sandbox.call("POST", f"/api/chats/tg:corner_bakery_bot:{person}/messages", {"text": "Hi"}, status=status)
    for guests, why in (([1], "user not found"), ([ana] * 11, "USERS_TOO_MUCH")):
        with pytest.raises(TelegramBadRequest, match=why):
            await manager.set_managed_bot_access_settings(bot_id, is_access_restricted=True, added_user_ids=guests)
    await manager.set_managed_bot_access_settings(bot_id, is_access_restricted=False)
    await sandbox.say("tg:corner_bakery_bot:maya", "Open again")


@pytest.mark.parametrize(
    ("change", "status", "why"),
    [
        ({"username": "bot"}, 400, "5 to 32"),
        ({"username": "x" * 30 + "bot"}, 400, "5 to 32"),
        ({"username": "1bakery_bot"}, 400, "begins with a letter"),
        ({"username": "bäckerei_bot"}, 400, "Latin"),
        ({"username": "corner_bakery"}, 400, "corner_bakery_bot"),
        ({"username": "Baker_BOT"}, 409, "taken"),
        ({"username": None}, 400, "5 to 32"),
        ({"name": "  "}, 400, "name of 1 to 64"),
        ({"name": "n" * 65}, 400, "name of 1 to 64"),
        ({"request_id": 8}, 409, "latest keyboard"),
        ({"request_id": None}, 409, "latest keyboard"),
    ],
    ids=["short", "long", "digit", "umlaut", "suffix", "taken", "none", "nameless", "long-name", "other", "no-request"],
)
async def test_what_telegram_would_refuse(
    sandbox: Sandbox, manager: Bot, change: dict[str, Any], status: int, why: str
) -> None:
    offset = await propose(sandbox, manager)
    refused = await sandbox.call("POST", MAKE, {**GOOD, **change}, status=status)
    assert why in refused["error"]
    assert await manager.get_updates(offset=offset) == []


async def test_a_manager_that_may_not_manage_any_more(sandbox: Sandbox, manager: Bot) -> None:
    await propose(sandbox, manager)
    await sandbox.put_bot(role="admin", manages=False)
    await sandbox.call("POST", MAKE, GOOD, status=409)
    await sandbox.call("DELETE", f"/control/telegram/bots/{TOKEN}")
    await sandbox.call("POST", MAKE, GOOD, status=409)
    assert len((await sandbox.call("GET", "/api/botfather/bots"))["bots"]) == 1


async def test_a_keyboard_that_was_taken_away_proposes_nothing(sandbox: Sandbox, manager: Bot) -> None:
    await propose(sandbox, manager)
    said = (await manager.get_updates())[0].message
    assert said is not None
    await manager.send_message(said.chat.id, "Never mind", reply_markup=ReplyKeyboardRemove())
    await sandbox.call("POST", MAKE, GOOD, status=409)


@pytest.mark.parametrize(
    ("request_managed_bot", "why"),
    [("yes", "Expected an Object"), ({}, "request_id"), ({"request_id": 2**31}, "request_id"),
     ({"request_id": 1, "suggested_name": 5}, "Expected a String")],
    ids=["text", "empty", "large", "number"],
)  # fmt: skip
async def test_keys_that_make_no_sense(sandbox: Sandbox, manager: Bot, request_managed_bot: Any, why: str) -> None:
    await propose(sandbox, manager)
    chat_id = next(p["user_id"] for p in (await sandbox.call("GET", "/api/world"))["people"] if p["id"] == "omar")
    key = {"text": "Make", "request_managed_bot": request_managed_bot}
    body = {"chat_id": chat_id, "text": "Tap", "reply_markup": {"keyboard": [[key]]}}
    answer = await sandbox.call("POST", f"/telegram/bot{TOKEN}/sendMessage", body, status=400)
    assert why in answer["description"]
    twice = {"keyboard": [[{"text": name, "request_managed_bot": {"request_id": 1}} for name in "ab"]]}
    answer = await sandbox.call(
        "POST", f"/telegram/bot{TOKEN}/sendMessage", {**body, "reply_markup": twice}, status=400
    )
    assert "BUTTON_ID_INVALID" in answer["description"]


async def test_conforms_to_the_bot_api(sandbox: Sandbox, manager: Bot, validators: dict[str, Any]) -> None:
    await propose(sandbox, manager)
    await sandbox.call("POST", MAKE, GOOD)
    assert "managed_bot" in str(SCHEMA["definitions"]["Update"])
    updates = (await sandbox.call("POST", f"/telegram/bot{TOKEN}/getUpdates", {}))["result"]
    assert {kind for update in updates for kind in update} == {"update_id", "message", "managed_bot"}
    for update in updates:
        check(validators, "Update", update)
    check(validators, "User", (await sandbox.call("POST", f"/telegram/bot{TOKEN}/getMe", {}))["result"])


async def test_not_told_what_it_did_not_ask_for(sandbox: Sandbox, manager: Bot) -> None:
    offset = await propose(sandbox, manager)
    await manager.get_updates(offset=offset, allowed_updates=["callback_query"])
    await sandbox.call("POST", MAKE, GOOD)
    assert await manager.get_updates(offset=offset) == []


async def test_an_incoming_message_can_be_deleted(sandbox: Sandbox, manager: Bot) -> None:
    said = await sandbox.say(ADMIN, f"{TOKEN}")
    [update] = await manager.get_updates()
    assert update.message is not None and await manager.delete_message(update.message.chat.id, int(said))
    assert await sandbox.messages(ADMIN) == []
