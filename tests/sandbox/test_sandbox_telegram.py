"""The Bot API server against the real aiogram client: methods, refusals, polling and webhooks."""

import asyncio
import io

import pytest
from aiogram import Bot
from aiogram.exceptions import (
    TelegramBadRequest,
    TelegramConflictError,
    TelegramForbiddenError,
    TelegramNetworkError,
    TelegramNotFound,
    TelegramRetryAfter,
    TelegramServerError,
    TelegramUnauthorizedError,
)
from aiogram.methods import SendMessage
from aiogram.types import (
    BotCommand,
    BufferedInputFile,
    InlineKeyboardButton,
    InlineKeyboardMarkup,
    InputMediaDocument,
    KeyboardButton,
    MessageEntity,
    ReactionTypeEmoji,
    ReplyKeyboardMarkup,
    ReplyParameters,
    Update,
)
from aiogram.webhook.aiohttp_server import SimpleRequestHandler
from aiohttp import MultipartWriter, web
from PIL import Image

from tests.sandbox.outside import TOKEN, Hook, Sandbox, running, telegram_bot, until

MAYA = "tg:baker_bot:maya"


async def start(sandbox: Sandbox, bot: Bot, text: str = "Hello") -> tuple[int, int]:
    """The person writes; returns the chat id and the next offset."""
    await sandbox.say(MAYA, text)
    update = (await bot.get_updates(timeout=5))[-1]
    assert update.message is not None
    return update.message.chat.id, update.update_id + 1


def keyboard(data: str | None = "x", **more: str) -> InlineKeyboardMarkup:
    return InlineKeyboardMarkup(
        inline_keyboard=[[InlineKeyboardButton.model_construct(text="Go", callback_data=data, **more)]]
    )


async def test_wrong_token_and_unknown_method(sandbox: Sandbox, bot: Bot) -> None:
    async with telegram_bot(sandbox, "7001:other") as other:
        with pytest.raises(TelegramUnauthorizedError):
            await other.get_me()

    class Nonsense(SendMessage):
        __api_method__ = "sendNonsense"

    with pytest.raises(TelegramNotFound, match="method not found"):
        await bot(Nonsense(chat_id=1, text="x"))
    await sandbox.call("DELETE", f"/control/telegram/bots/{TOKEN}")
    with pytest.raises(TelegramUnauthorizedError):
        await bot.get_me()


async def test_a_new_token_takes_over_the_bot(sandbox: Sandbox, bot: Bot) -> None:
    chat_id, _ = await start(sandbox, bot)
    await sandbox.put_bot("7001:renewed")
    with pytest.raises(TelegramUnauthorizedError):
        await bot.get_me()
    async with telegram_bot(sandbox, "7001:renewed") as renewed:
        assert (await renewed.send_message(chat_id, "Still here")).message_id == 2


async def test_a_bot_cannot_write_first_nor_when_blocked(sandbox: Sandbox, bot: Bot) -> None:
    with pytest.raises(TelegramBadRequest, match="chat not found"):
        await bot.send_message(5_000_000_008, "Hello")
    chat_id, offset = await start(sandbox, bot)
    await sandbox.call("POST", f"/api/chats/{MAYA}/block", {"blocked": True})
    with pytest.raises(TelegramForbiddenError, match="bot was blocked by the user"):
        await bot.send_message(chat_id, "Hello?")
    [update] = await bot.get_updates(offset=offset, timeout=5)
    assert update.my_chat_member is not None and update.my_chat_member.new_chat_member.status == "kicked"
    await sandbox.say(MAYA, "Back")
    kinds = [update.event_type for update in await bot.get_updates(offset=update.update_id + 1, timeout=5)]
    assert kinds == ["my_chat_member", "message"]
    assert await bot.send_message(chat_id, "Welcome back")


@pytest.mark.parametrize(
    ("values", "complaint"),
    [
        ({"text": "  "}, "message text is empty"),
        ({"text": "x" * 4097}, "message is too long"),
        ({"text": "<x>a</x>", "parse_mode": "HTML"}, 'Unsupported start tag "x" at byte offset 0'),
        ({"text": "é <b>a", "parse_mode": "HTML"}, 'Can\'t find end tag corresponding to start tag "b"'),
        ({"text": "a.", "parse_mode": "MarkdownV2"}, "Character '.' is reserved"),
        ({"text": "é *a", "parse_mode": "MarkdownV2"}, "Can't find end of Bold entity at byte offset 3"),
        ({"text": "a", "parse_mode": "Nonsense"}, "unsupported parse_mode"),
        ({"text": "a", "reply_markup": keyboard("x" * 65)}, "BUTTON_DATA_INVALID"),
        ({"text": "a", "reply_markup": keyboard(None)}, "Text buttons are unallowed"),
        ({"text": "a", "reply_parameters": ReplyParameters(message_id=99)}, "message to be replied not found"),
    ],
)
async def test_refused_texts(sandbox: Sandbox, bot: Bot, values: dict[str, object], complaint: str) -> None:
    chat_id, _ = await start(sandbox, bot)
    with pytest.raises(TelegramBadRequest) as refused:
        await bot(SendMessage.model_construct(chat_id=chat_id, **values))
    assert complaint in refused.value.message
    assert await sandbox.accepted() == []


async def test_exactly_4096_characters_pass(sandbox: Sandbox, bot: Bot) -> None:
    chat_id, _ = await start(sandbox, bot)
    sent = await bot.send_message(chat_id, "<b>" + "x" * 4096 + "</b>", parse_mode="HTML")
    assert sent.text is not None and len(sent.text) == 4096


async def test_given_entities_and_replies(sandbox: Sandbox, bot: Bot) -> None:
    chat_id, _ = await start(sandbox, bot)
    sent = await bot.send_message(
        chat_id, "😀 bold", entities=[MessageEntity(type="bold", offset=3, length=4)], reply_to_message_id=1
    )
    assert sent.entities is not None and sent.entities[0].extract_from(sent.text or "") == "bold"
    assert sent.reply_to_message is not None and sent.reply_to_message.text == "Hello"
    assert (await sandbox.messages(MAYA))[-1]["html"] == "😀 <b>bold</b>"


async def test_edits(sandbox: Sandbox, bot: Bot) -> None:
    chat_id, _ = await start(sandbox, bot)
    sent = await bot.send_message(chat_id, "One", reply_markup=keyboard())
    edited = await bot.edit_message_text("Two", chat_id=chat_id, message_id=sent.message_id)
    assert not isinstance(edited, bool) and edited.text == "Two" and edited.edit_date
    assert edited.reply_markup is None
    for again in (
        bot.edit_message_text("Two", chat_id=chat_id, message_id=sent.message_id),
        bot.edit_message_reply_markup(chat_id=chat_id, message_id=sent.message_id),
    ):
        with pytest.raises(TelegramBadRequest, match="message is not modified"):
            await again
    await bot.edit_message_reply_markup(chat_id=chat_id, message_id=sent.message_id, reply_markup=keyboard("y"))
    with pytest.raises(TelegramBadRequest, match="message to edit not found"):
        await bot.edit_message_text("x", chat_id=chat_id, message_id=99)
    with pytest.raises(TelegramBadRequest, match="message can't be edited"):
        await bot.edit_message_text("x", chat_id=chat_id, message_id=1)
    assert await bot.delete_message(chat_id, sent.message_id)
    with pytest.raises(TelegramBadRequest, match="message to delete not found"):
        await bot.delete_message(chat_id, sent.message_id)


async def test_taps_are_answered_once_known(sandbox: Sandbox, bot: Bot) -> None:
    chat_id, offset = await start(sandbox, bot)
    await bot.send_message(chat_id, "Choose", reply_markup=keyboard("go"))
    await sandbox.call("POST", f"/api/chats/{MAYA}/tap", {"message_id": "2", "data": "go"})
    await sandbox.call("POST", f"/api/chats/{MAYA}/tap", {"message_id": "2", "data": "other"}, status=400)
    [update] = await bot.get_updates(offset=offset, timeout=5)
    assert update.callback_query is not None and update.callback_query.message is not None
    assert await update.callback_query.answer("Done")
    with pytest.raises(TelegramBadRequest, match="query is too old"):
        await bot.answer_callback_query("123")


async def test_limits_hold_in_one_chat(bot: Bot, sandbox: Sandbox) -> None:
    chat_id, _ = await start(sandbox, bot)
    with pytest.raises(TelegramRetryAfter) as refused:
        for ordinal in range(10):
            await bot.send_message(chat_id, f"{ordinal}")
    assert refused.value.retry_after == 1
    assert 5 <= len(await sandbox.accepted()) < 10


async def test_unlimited() -> None:
    async with running(None, limits=False) as sandbox:
        await sandbox.put_bot()
        async with telegram_bot(sandbox) as bot:
            chat_id, _ = await start(sandbox, bot)
            await asyncio.gather(*(bot.send_message(chat_id, f"{ordinal}") for ordinal in range(50)))
            assert len(await sandbox.accepted()) == 50


async def test_long_polling(sandbox: Sandbox, bot: Bot) -> None:
    waiting = asyncio.create_task(bot.get_updates(timeout=20))
    await until(lambda: sandbox.call("GET", "/api/world"))
    await sandbox.say(MAYA, "Wake up")
    [update] = await waiting
    assert [each.update_id for each in await bot.get_updates()] == [update.update_id]
    assert await bot.get_updates(offset=update.update_id + 1) == []
    await sandbox.say(MAYA, "One")
    await sandbox.say(MAYA, "Two")
    [newest] = await bot.get_updates(offset=-1)
    assert newest.message is not None and newest.message.text == "Two"
    assert len(await bot.get_updates(limit=1)) == 1


async def test_a_second_poller_ends_the_first(sandbox: Sandbox, bot: Bot) -> None:
    async with telegram_bot(sandbox) as other:
        first = asyncio.create_task(bot.get_updates(timeout=20))

        async def taken() -> bool:
            await other.get_updates(timeout=0)
            return first.done()

        await until(taken)
        with pytest.raises(TelegramConflictError, match="terminated by other getUpdates"):
            await first


async def test_allowed_updates(sandbox: Sandbox, bot: Bot) -> None:
    await start(sandbox, bot)
    await sandbox.call("POST", f"/api/chats/{MAYA}/react", {"message_id": "1", "emoji": "👍"})
    await bot.get_updates(offset=2, allowed_updates=["message_reaction", "edited_message"])
    await sandbox.call("POST", f"/api/chats/{MAYA}/react", {"message_id": "1", "emoji": "🔥"})
    await sandbox.say(MAYA, "Not asked for")
    await sandbox.call("POST", f"/api/chats/{MAYA}/edit", {"message_id": "1", "text": "Hello again"})
    reaction, edit = await bot.get_updates(timeout=5)
    assert reaction.message_reaction is not None and reaction.message_reaction.old_reaction[0].emoji == "👍"
    assert edit.edited_message is not None and edit.edited_message.text == "Hello again"


async def test_webhook_order_retries_and_polling_conflict(sandbox: Sandbox, bot: Bot, hook: Hook) -> None:
    hook.answer = lambda _: web.Response(status=500 if len(hook.bodies) < 2 else 200)
    await sandbox.say(MAYA, "Before")
    await bot.set_webhook(hook.url, max_connections=10)
    with pytest.raises(TelegramConflictError, match="webhook is active"):
        await bot.get_updates()
    for ordinal in range(5):
        await sandbox.say(MAYA, f"{ordinal}")
    await until(lambda: len(hook.bodies) == 8)
    texts = [update["message"]["text"] for update in hook.updates]
    assert texts == ["Before", "Before", "Before", "0", "1", "2", "3", "4"]
    assert await bot.delete_webhook()
    await sandbox.say(MAYA, "After")
    [update] = await bot.get_updates(timeout=5)
    assert update.message is not None and update.message.text == "After"
    for url in ("ftp://127.0.0.1/x", "https://example.com/x", "http://[", "http://127.0.0.1:99999/"):
        with pytest.raises(TelegramBadRequest, match="bad webhook"):
            await bot.set_webhook(url)


async def test_chats_do_not_wait_for_each_other(sandbox: Sandbox, bot: Bot, hook: Hook) -> None:
    hook.answer = lambda body: web.Response(status=500 if b"Stuck" in body else 200)
    await bot.set_webhook(hook.url)
    await sandbox.say(MAYA, "Stuck")
    await sandbox.say("tg:baker_bot:omar", "Free")
    await until(lambda: any(b"Free" in body for body in hook.bodies))
    info = await until(bot.get_webhook_info)
    assert info.pending_update_count == 1 and "500" in (info.last_error_message or "")


@pytest.mark.parametrize("shape", ["json", "multipart"])
async def test_a_method_in_the_webhooks_answer(sandbox: Sandbox, bot: Bot, hook: Hook, shape: str) -> None:
    def reply(body: bytes) -> web.Response:
        update = Update.model_validate_json(body)
        assert update.message is not None
        values = {"method": "sendMessage", "chat_id": str(update.message.chat.id), "text": "Straight back"}
        if shape == "json":
            return web.json_response(values)
        form = MultipartWriter("form-data")
        for name, value in values.items():
            form.append(value).set_content_disposition("form-data", name=name)
        return web.Response(body=form)

    hook.answer = reply
    await bot.set_webhook(hook.url)
    await sandbox.say(MAYA, "Ping")
    [accepted] = await until(sandbox.accepted)
    assert accepted["text"] == "Straight back"
    assert SimpleRequestHandler is not None


async def test_files_both_ways(sandbox: Sandbox, bot: Bot) -> None:
    chat_id, _ = await start(sandbox, bot)
    picture = io.BytesIO()
    Image.new("RGB", (640, 480), "red").save(picture, "PNG")
    photo = await bot.send_photo(
        chat_id, BufferedInputFile(picture.getvalue(), "a.png"), caption="A <i>picture</i>", parse_mode="HTML"
    )
    assert photo.photo is not None and [size.width for size in photo.photo] == [90, 320, 640]
    assert photo.caption == "A picture" and photo.caption_entities is not None
    sent = await bot.send_document(chat_id, BufferedInputFile(b"a;b\n1;2", "prices.csv"))
    assert sent.document is not None and sent.document.file_name == "prices.csv"
    file = await bot.download(sent.document)
    assert file is not None and file.read() == b"a;b\n1;2"
    again = await bot.send_document(chat_id, sent.document.file_id)
    assert again.document is not None and again.document.file_unique_id == sent.document.file_unique_id
    with pytest.raises(TelegramBadRequest, match="wrong file_id"):
        await bot.send_document(chat_id, "BQACnonsense")
    shown = (await sandbox.messages(MAYA))[1]
    assert shown["file"]["kind"] == "photo" and shown["html"] == "A <i>picture</i>"
    async with sandbox.http.get(f"{sandbox.url}/api/files/{shown['file']['id']}") as answer:
        assert answer.content_type == "image/jpeg" and len(await answer.read()) == shown["file"]["size"]


async def test_places_people_and_groups_of_files(sandbox: Sandbox, bot: Bot) -> None:
    chat_id, _ = await start(sandbox, bot)
    place = await bot.send_location(chat_id, 52.5, 13.4)
    assert place.location is not None and place.location.latitude == 52.5
    contact = await bot.send_contact(chat_id, "+15550100", "Omar")
    assert contact.contact is not None and contact.contact.first_name == "Omar"
    files = [InputMediaDocument(media=BufferedInputFile(b"x", f"{name}.txt")) for name in "ab"]
    first, second = await bot.send_media_group(chat_id, files)
    assert first.media_group_id == second.media_group_id is not None


async def test_small_methods(sandbox: Sandbox, bot: Bot) -> None:
    chat_id, _ = await start(sandbox, bot)
    assert await bot.send_chat_action(chat_id, "typing")
    assert (await sandbox.call("GET", f"/api/chats/{MAYA}"))["typing"] is True
    assert await bot.set_my_commands([BotCommand(command="status", description="How things are")])
    assert [command.command for command in await bot.get_my_commands()] == ["status"]
    [account] = (await sandbox.call("GET", "/api/world"))["accounts"]
    assert account["commands"] == [{"command": "status", "description": "How things are"}]
    assert await bot.delete_my_commands() and await bot.get_my_commands() == []
    assert await bot.set_my_name("Baker's") and (await bot.get_my_name()).name == "Baker's"
    assert await bot.set_my_description("Bread") and (await bot.get_my_description()).description == "Bread"
    assert await bot.set_message_reaction(chat_id, 1, [ReactionTypeEmoji(emoji="👍")])
    assert (await sandbox.messages(MAYA))[0]["reaction"] == "👍"
    assert (await bot.get_chat(chat_id)).first_name == "Maya"
    assert (await bot.get_chat_member(chat_id, chat_id)).status == "member"
    markup = ReplyKeyboardMarkup(keyboard=[[KeyboardButton(text="Yes"), KeyboardButton(text="No")]])
    await bot.send_message(chat_id, "Pick", reply_markup=markup)
    assert (await sandbox.messages(MAYA))[-1]["keyboard"] == [[{"label": "Yes"}, {"label": "No"}]]
    assert await bot.close()


async def test_faults_of_calls(sandbox: Sandbox, bot: Bot) -> None:
    chat_id, _ = await start(sandbox, bot)
    await sandbox.faults(telegram={"calls": {"rate_429": 1}})
    with pytest.raises(TelegramRetryAfter):
        await bot.send_message(chat_id, "x")
    await sandbox.faults(telegram={"rate_429": 0, "error_5xx": 1})
    with pytest.raises(TelegramServerError):
        await bot.send_message(chat_id, "x")
    await sandbox.faults(telegram={"error_5xx": 0, "calls": {"drop": 1}})
    with pytest.raises(TelegramNetworkError):
        await bot.send_message(chat_id, "Accepted all the same")
    assert [item["text"] for item in await sandbox.accepted()] == ["Accepted all the same"]


async def test_faults_of_deliveries(sandbox: Sandbox, bot: Bot, hook: Hook) -> None:
    await bot.set_webhook(hook.url)
    await sandbox.faults(telegram={"deliveries": {"duplicate": 1}})
    await sandbox.say(MAYA, "Twice")
    await until(lambda: len(hook.bodies) == 2)
    assert hook.bodies[0] == hook.bodies[1]
    await sandbox.faults(telegram={"deliveries": {"duplicate": 0, "reorder": 1}})
    await sandbox.say(MAYA, "Slow")
    await sandbox.faults(telegram={"deliveries": {"reorder": 0}})
    await sandbox.say(MAYA, "Quick")
    await until(lambda: len(hook.bodies) == 4)
    assert [update["message"]["text"] for update in hook.updates[2:]] == ["Quick", "Slow"]
    await sandbox.faults(telegram={"deliveries": {"drop": 1}})
    await sandbox.say(MAYA, "Lost at first")
    await sandbox.faults(telegram={"deliveries": {"drop": 0}})
    await until(lambda: len(hook.bodies) == 5)
    deliveries = (await sandbox.call("GET", "/control/deliveries"))["items"]
    assert deliveries[-1]["attempts"] >= 1 and deliveries[-1]["acked_ns"] > deliveries[-1]["started_ns"]
