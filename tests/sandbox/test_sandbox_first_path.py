"""One message each way on each channel, with the vendors' own clients."""

import hashlib
import hmac

from aiogram import Bot
from aiogram.types import InlineKeyboardButton, InlineKeyboardMarkup, Update
from aiohttp import web
from pywa_async import WhatsApp
from pywa_async.types import Button

from tests.sandbox.outside import NUMBER, SECRET, Hook, Sandbox, until

MAYA = "tg:baker_bot:maya"
MAYA_WA = f"wa:{NUMBER}:maya"


async def test_telegram_poll_and_answer(sandbox: Sandbox, bot: Bot) -> None:
    me = await bot.get_me()
    assert (me.id, me.username, me.is_bot) == (7001, "baker_bot", True)
    await sandbox.say(MAYA, "/start now")
    [update] = await bot.get_updates(timeout=5)
    assert update.message is not None and update.message.text == "/start now"
    assert update.message.entities is not None and update.message.entities[0].type == "bot_command"
    keyboard = InlineKeyboardMarkup(inline_keyboard=[[InlineKeyboardButton(text="Yes", callback_data="y:1")]])
    sent = await bot.send_message(
        update.message.chat.id, "<b>Hello</b> & welcome", parse_mode="HTML", reply_markup=keyboard
    )
    assert sent.text == "Hello & welcome" and sent.message_id == update.message.message_id + 1
    [_, shown] = await sandbox.messages(MAYA)
    assert shown["html"] == "<b>Hello</b> &amp; welcome" and shown["buttons"] == [[{"label": "Yes", "data": "y:1"}]]
    await sandbox.call("POST", f"/api/chats/{MAYA}/tap", {"message_id": shown["id"], "data": "y:1"})
    [tap] = await bot.get_updates(offset=update.update_id + 1, timeout=5)
    assert tap.callback_query is not None and tap.callback_query.data == "y:1"
    assert await bot.answer_callback_query(tap.callback_query.id, text="Done")
    [accepted] = await sandbox.accepted()
    assert accepted["chat"] == MAYA and accepted["text"] == "Hello & welcome"


async def test_telegram_webhook(sandbox: Sandbox, bot: Bot, hook: Hook) -> None:
    hook.answer = lambda _: web.Response(status=200 if len(hook.bodies) else 503)
    assert await bot.set_webhook(hook.url, secret_token="abc-123")
    await sandbox.say(MAYA, "Hello")
    await until(lambda: len(hook.bodies) == 2)
    assert hook.bodies[0] == hook.bodies[1]
    assert hook.headers[0]["X-Telegram-Bot-Api-Secret-Token"] == "abc-123"
    update = Update.model_validate(hook.updates[0])
    assert update.message is not None and update.message.text == "Hello"

    async def confirmed() -> bool:
        return (await bot.get_webhook_info()).pending_update_count == 0

    await until(confirmed)


async def test_whatsapp_webhook_and_answer(sandbox: Sandbox, wa: WhatsApp, hook: Hook) -> None:
    await sandbox.put_number(hook.url)
    await sandbox.say(MAYA_WA, "Hello")
    [message] = await until(lambda: hook.items("messages"))
    expected = hmac.new(SECRET.encode(), hook.bodies[0], hashlib.sha256).hexdigest()
    assert hook.headers[0]["X-Hub-Signature-256"] == f"sha256={expected}"
    assert message["text"]["body"] == "Hello" and message["id"].startswith("wamid.")
    [contact] = hook.values[0]["contacts"]
    sent = await wa.send_message(contact["user_id"], "Hi *Maya*", buttons=[Button("Yes", "y:1")])
    statuses = await until(lambda: len(found := hook.items("statuses")) == 2 and found)
    assert {status["status"] for status in statuses} == {"sent", "delivered"}
    [_, shown] = await sandbox.messages(MAYA_WA)
    assert shown["id"] == sent.id and shown["html"] == "Hi <b>Maya</b>"
    await sandbox.call("POST", f"/api/chats/{MAYA_WA}/tap", {"message_id": shown["id"], "data": "y:1"})
    messages = await until(lambda: len(found := hook.items("messages")) == 2 and found)
    assert messages[1]["interactive"]["button_reply"] == {"id": "y:1", "title": "Yes"}
    assert messages[1]["context"]["id"] == sent.id
    assert hook.challenges == 1
