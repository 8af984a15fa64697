"""Every answer and update conforms to the Bot API's types, as npm's `@grammyjs/types` describes them."""

import gzip
from collections.abc import AsyncIterator
from pathlib import Path
from typing import Any

import orjson
import pytest
from aiohttp import FormData
from jsonschema import Draft7Validator
from jsonschema.exceptions import best_match

from tests.sandbox.outside import TOKEN, Hook, Sandbox, running
from tests.sandbox.test_sandbox_people import recorded, upload

SCHEMA = orjson.loads(gzip.decompress((Path(__file__).parent / "bot_api_schema.json.gz").read_bytes()))
MAYA = "tg:baker_bot:maya"
KEYBOARD = {"inline_keyboard": [[{"text": "Go", "callback_data": "go"}, {"text": "Web", "url": "https://a.b"}]]}


@pytest.fixture(scope="module")
def validators() -> dict[str, Draft7Validator]:
    names = SCHEMA["definitions"]["Answers"]["properties"]
    return {name: Draft7Validator({**place, "definitions": SCHEMA["definitions"]}) for name, place in names.items()}


def check(validators: dict[str, Draft7Validator], name: str, value: Any) -> None:
    error = best_match(validators[name].iter_errors(value))
    assert error is None, f"{name} at {error.json_path}: {error.message[:500]}"


async def call(sandbox: Sandbox, method: str, status: int = 200, **values: Any) -> Any:
    answer = await sandbox.call("POST", f"/telegram/bot{TOKEN}/{method}", values, status=status)
    return answer["result"] if status == 200 else answer


async def send_file(sandbox: Sandbox, method: str, kind: str, chat_id: int, body: bytes, name: str) -> Any:
    form = FormData({"chat_id": str(chat_id), "caption": "<b>Look</b>", "parse_mode": "HTML"})
    form.add_field(kind, body, filename=name)
    async with sandbox.http.post(f"{sandbox.url}/telegram/bot{TOKEN}/{method}", data=form) as answer:
        return orjson.loads(await answer.read())["result"]


async def test_updates(sandbox: Sandbox, validators: dict[str, Draft7Validator]) -> None:
    await sandbox.put_bot()
    kinds = ["message", "edited_message", "callback_query", "my_chat_member", "message_reaction"]
    await call(sandbox, "getUpdates", allowed_updates=kinds)
    first = await sandbox.say(MAYA, "/start see https://example.com and a@b.com")
    chat_id = (await call(sandbox, "getUpdates"))[0]["message"]["chat"]["id"]
    await call(
        sandbox, "sendMessage", chat_id=chat_id, text="Hi", reply_markup=KEYBOARD, reply_parameters={"message_id": 1}
    )
    chat = f"/api/chats/{MAYA}"
    for path, body in (
        ("messages", {"text": "A reply", "reply_to": "2"}),
        ("messages", {"location": {"latitude": 1.5, "longitude": 2.5}}),
        ("messages", {"contact": {}}),
        ("edit", {"message_id": first, "text": "Changed"}),
        ("react", {"message_id": "2", "emoji": "👍"}),
        ("react", {"message_id": "2", "emoji": ""}),
        ("tap", {"message_id": "2", "data": "go"}),
        ("block", {"blocked": True}),
        ("block", {"blocked": False}),
    ):
        await sandbox.call("POST", f"{chat}/{path}", body)
    picture = (Path(__file__).parent / "bot_api_schema.json.gz").read_bytes()
    await upload(sandbox, MAYA, picture, "data.gz", "application/gzip", text="A file")
    await upload(sandbox, MAYA, recorded("webm", "libopus"), "note.webm", "audio/webm", voice="1")
    await upload(sandbox, MAYA, recorded("wav", "pcm_s16le"), "song.wav", "audio/wav")
    await upload(sandbox, MAYA, PNG, "dot.png", "image/png")
    updates = await call(sandbox, "getUpdates")
    assert len(updates) == 14
    for update in updates:
        check(validators, "Update", update)
    assert {kind for update in updates for kind in update if kind != "update_id"} == set(kinds)


PNG = bytes.fromhex(
    "89504e470d0a1a0a0000000d49484452000000010000000108060000001f15c4890000000d49444154789c636060606000000005000"
    "1a5f645400000000049454e44ae426082"
)


@pytest.fixture
async def unlimited() -> AsyncIterator[Sandbox]:
    async with running(None, limits=False) as one:
        yield one


async def test_answers(unlimited: Sandbox, hook: Hook, validators: dict[str, Draft7Validator]) -> None:
    sandbox = unlimited
    await sandbox.put_bot()
    await sandbox.say(MAYA, "Hello")
    chat_id = (await call(sandbox, "getUpdates"))[0]["message"]["chat"]["id"]
    check(validators, "User", await call(sandbox, "getMe"))
    check(validators, "ChatFullInfo", await call(sandbox, "getChat", chat_id=chat_id))
    check(validators, "ChatMember", await call(sandbox, "getChatMember", chat_id=chat_id, user_id=chat_id))
    sent = [
        await call(
            sandbox, "sendMessage", chat_id=chat_id, text="*a* `b`", parse_mode="MarkdownV2", reply_markup=KEYBOARD
        ),
        await call(sandbox, "editMessageText", chat_id=chat_id, message_id=2, text="c"),
        await call(sandbox, "sendLocation", chat_id=chat_id, latitude=1.5, longitude=2.5),
        await call(sandbox, "sendContact", chat_id=chat_id, phone_number="+1555", first_name="Omar"),
        await send_file(sandbox, "sendPhoto", "photo", chat_id, PNG, "dot.png"),
    ]
    for kind, name in (("document", "a.csv"), ("voice", "a.oga"), ("audio", "a.mp3"), ("video", "a.mp4")):
        sent.append(await send_file(sandbox, f"send{kind.title()}", kind, chat_id, b"abc", name))
    for message in sent:
        check(validators, "Message", message)
    check(validators, "File", await call(sandbox, "getFile", file_id=sent[-1]["video"]["file_id"]))
    check(validators, "WebhookInfo", await call(sandbox, "getWebhookInfo"))
    await call(sandbox, "setWebhook", url=hook.url, allowed_updates=["message"])
    check(validators, "WebhookInfo", await call(sandbox, "getWebhookInfo"))
    await call(sandbox, "setMyCommands", commands=[{"command": "a", "description": "b"}])
    for command in await call(sandbox, "getMyCommands"):
        check(validators, "BotCommand", command)
    for status, method, values in (
        (400, "sendMessage", {"chat_id": chat_id, "text": ""}),
        (400, "sendMessage", {"chat_id": 1, "text": "x"}),
        (404, "nonsense", {}),
        (409, "getUpdates", {}),
    ):
        check(validators, "ApiError", await call(sandbox, method, status, **values))
    await sandbox.faults(telegram={"rate_429": 1})
    refused = await call(sandbox, "sendMessage", 429, chat_id=chat_id, text="x")
    check(validators, "ApiError", refused)
    assert refused["parameters"] == {"retry_after": 1}


def test_the_schema_refuses_what_is_wrong(validators: dict[str, Draft7Validator]) -> None:
    good = {"message_id": 1, "date": 1, "chat": {"id": 1, "type": "private", "first_name": "a"}, "text": "x"}
    bad = {**good, "text": 5}
    with pytest.raises(AssertionError):
        check(validators, "Update", {"update_id": 1, "message": bad})
    with pytest.raises(AssertionError):
        check(validators, "Message", {**good, "chat": {"id": 1, "type": "room"}})
