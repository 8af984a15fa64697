"""What the page does: files and voice from a browser, events as they happen, and the page's own files."""

import io
from typing import Any

import aiohttp
import av
import orjson
import pytest
from aiogram import Bot
from PIL import Image
from pywa_async import WhatsApp

from tests.sandbox.outside import NUMBER, Hook, Sandbox, until

MAYA = "tg:baker_bot:maya"
MAYA_WA = f"wa:{NUMBER}:maya"


def recorded(container: str, codec: str, seconds: float = 1.5, rate: int = 48_000) -> bytes:
    """A tone, as a browser's recorder or a WAV file would hold it."""
    out = io.BytesIO()
    with av.open(out, "w", format=container) as target:
        stream = target.add_stream(codec, rate=rate, layout="mono")
        left = int(seconds * rate)
        while left:
            frame = av.AudioFrame(format="s16", layout="mono", samples=min(960, left))
            frame.planes[0].update(bytes(frame.planes[0].buffer_size))
            frame.sample_rate = rate
            left -= frame.samples
            target.mux(stream.encode(frame))
        target.mux(stream.encode(None))
    return out.getvalue()


async def upload(
    sandbox: Sandbox, key: str, body: bytes, name: str, mime: str, status: int = 200, **fields: str
) -> Any:
    form = aiohttp.FormData(fields)
    form.add_field("file", body, filename=name, content_type=mime)
    async with sandbox.http.post(f"{sandbox.url}/api/chats/{key}/messages", data=form) as answer:
        assert answer.status == status, await answer.text()
        return await answer.json()


@pytest.mark.parametrize(
    ("container", "codec", "mime"), [("webm", "libopus", "audio/webm;codecs=opus"), ("wav", "pcm_s16le", "audio/wav")]
)
async def test_voice_notes(
    sandbox: Sandbox, bot: Bot, wa: WhatsApp, hook: Hook, container: str, codec: str, mime: str
) -> None:
    body = recorded(container, codec)
    await upload(sandbox, MAYA, body, f"note.{container}", mime, voice="1")
    [update] = await bot.get_updates(timeout=5)
    assert update.message is not None and update.message.voice is not None
    voice = update.message.voice
    assert (voice.duration, voice.mime_type) == (2, "audio/ogg")
    file = await bot.get_file(voice.file_id)
    assert file.file_path is not None and file.file_path.endswith(".oga")
    content = await bot.download(voice)
    assert content is not None
    with av.open(content) as opened:
        stream = opened.streams.audio[0]
        assert (opened.format.name, stream.codec_context.name, stream.rate, stream.channels) == (
            "ogg",
            "opus",
            48_000,
            1,
        )
        seconds = sum(frame.samples for frame in opened.decode(audio=0)) / 48_000
        assert 1.4 < seconds < 1.7
    await sandbox.put_number(hook.url)
    await upload(sandbox, MAYA_WA, body, f"note.{container}", mime, voice="1")
    [message] = await until(lambda: hook.items("messages"))
    assert message["audio"]["voice"] is True and message["audio"]["mime_type"] == "audio/ogg; codecs=opus"
    found = await wa.get_media_url(message["audio"]["id"])
    assert (await found.get_bytes()).startswith(b"OggS")
    assert (await sandbox.messages(MAYA_WA))[0]["file"]["duration"] == 2


async def test_what_is_not_a_recording_or_a_picture(sandbox: Sandbox, bot: Bot) -> None:
    answer = await upload(sandbox, MAYA, b"not audio", "note.webm", "audio/webm", 400, voice="1")
    assert "recording" in answer["error"]
    answer = await upload(sandbox, MAYA, b"not a picture", "a.png", "image/png", 400)
    assert "document" in answer["error"]
    assert await sandbox.messages(MAYA) == [] and await bot.get_updates() == []


async def test_pictures_and_documents(sandbox: Sandbox, bot: Bot, wa: WhatsApp, hook: Hook) -> None:
    picture = io.BytesIO()
    Image.new("RGBA", (3000, 2000), "blue").save(picture, "PNG")
    await upload(sandbox, MAYA, picture.getvalue(), "shot.png", "image/png", text="Look /here")
    await upload(sandbox, MAYA, b"%PDF", "invoice.pdf", "application/pdf")
    photo, document = await bot.get_updates(timeout=5)
    assert photo.message is not None and photo.message.photo is not None and photo.message.caption == "Look /here"
    assert [size.width for size in photo.message.photo] == [90, 320, 800, 1280]
    smallest = await bot.download(photo.message.photo[0])
    assert smallest is not None and Image.open(smallest).size == (90, 60)
    assert document.message is not None and document.message.document is not None
    assert document.message.document.file_name == "invoice.pdf"
    await sandbox.put_number(hook.url)
    await upload(sandbox, MAYA_WA, picture.getvalue(), "shot.png", "image/png", text="Look")
    await upload(sandbox, MAYA_WA, b"%PDF", "invoice.pdf", "application/pdf")
    image, paper = await until(lambda: len(found := hook.items("messages")) == 2 and found)
    assert image["image"]["caption"] == "Look" and paper["document"]["filename"] == "invoice.pdf"


async def test_events_reach_the_page(sandbox: Sandbox, bot: Bot) -> None:
    async with sandbox.http.ws_connect(f"{sandbox.url}/api/events") as page:
        await sandbox.say(MAYA, "Hello")
        [update] = await bot.get_updates(timeout=5)
        assert update.message is not None
        chat_id = update.message.chat.id
        await bot.get_updates(offset=update.update_id + 1)
        await bot.send_chat_action(chat_id, "typing")
        sent = await bot.send_message(chat_id, "Hi")
        await bot.edit_message_text("Hi!", chat_id=chat_id, message_id=sent.message_id)
        await bot.delete_message(chat_id, sent.message_id)
        events = [orjson.loads((await page.receive(timeout=5)).data) for _ in range(6)]
        assert [event["type"] for event in events] == ["message", "status", "typing", "message", "edit", "delete"]
        assert all(event["key"] == MAYA for event in events)
        assert events[0]["message"]["text"] == "Hello" and events[4]["message"]["edited"] is True
    with pytest.raises(aiohttp.WSServerHandshakeError):
        await sandbox.http.ws_connect(f"{sandbox.url}/api/events", headers={"Origin": "https://evil.example"})


async def test_the_world(sandbox: Sandbox, bot: Bot) -> None:
    await sandbox.put_bot(tenant="bakery", tenant_name="The Bakery", role="admin")
    await sandbox.put_number(tenant="bakery")
    await sandbox.call("PUT", "/control/links/bakery", {"label": "Join", "start": "invite-1"})
    world = await sandbox.call("GET", "/api/world")
    assert world["tenants"] == [{"id": "bakery", "name": "The Bakery", "link": {"label": "Join", "start": "invite-1"}}]
    assert [account["key_prefix"] for account in world["accounts"]] == ["tg:baker_bot:", f"wa:{NUMBER}:"]
    assert [(person["id"], person["name"], person["role"]) for person in world["people"]] == [
        ("maya", "Maya", "customer"),
        ("omar", "Omar", "owner"),
    ]
    await sandbox.call("DELETE", "/control/links/bakery")
    assert "link" not in (await sandbox.call("GET", "/api/world"))["tenants"][0]


async def test_mistakes_say_what_to_do(sandbox: Sandbox, bot: Bot) -> None:
    for method, path, body, status in (
        ("POST", "/api/chats/tg:nobody:maya/messages", {"text": "x"}, 404),
        ("POST", "/api/chats/nonsense/messages", {"text": "x"}, 404),
        ("POST", f"/api/chats/{MAYA}/messages", {"text": ""}, 400),
        ("POST", f"/api/chats/{MAYA}/messages", {"text": "x" * 5000}, 400),
        ("POST", f"/api/chats/{MAYA}/tap", {"message_id": "9", "data": "x"}, 404),
        ("POST", f"/api/chats/{MAYA}/age", {"hours": "many"}, 400),
        ("PUT", "/control/telegram/bots/nonsense", {"username": "x_bot"}, 400),
        ("PUT", "/control/telegram/bots/1:a", {"username": "x"}, 400),
        ("PUT", "/control/telegram/bots/1:a", {"username": "baker_bot"}, 409),
        ("PUT", "/control/whatsapp/numbers/abc", {"token": "t"}, 400),
        ("GET", "/control/accepted?after=x", None, 400),
        ("GET", "/api/files/1", None, 404),
        ("POST", "/control/burst", {"channel": "telegram", "bot": "baker_bot", "messages": -1}, 400),
    ):
        answer = await sandbox.call(method, path, body, status=status)
        assert isinstance(answer["error"], str) and answer["error"].endswith((".", "…", "}"))


async def test_the_page_is_locked_down(sandbox: Sandbox) -> None:
    async with sandbox.http.get(f"{sandbox.url}/static/../app.py") as answer:
        assert answer.status == 404
    async with sandbox.http.get(f"{sandbox.url}/static/%2e%2e/app.py") as answer:
        assert answer.status == 404
    async with sandbox.http.get(f"{sandbox.url}/") as answer:
        if answer.status == 200:
            policy = answer.headers["Content-Security-Policy"]
            assert "default-src 'self'" in policy and "script-src 'self';" in policy
