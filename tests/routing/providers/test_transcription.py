"""Speech to text at the vendors that have it."""

import asyncio
import math
from datetime import timedelta
from typing import Any

import pytest

from core.errors import Exhausted, Misconfigured, Rejected
from core.media import Transcript
from routing.errors import BadReply, Busy, Interrupted
from routing.provider import Provider
from tests.routing.providers.vendor_server import FLAVOURS, Clients, Flavour, VendorServer

OGG = b"OggS\x00\x02"
SPOKEN = {
    "task": "transcribe", "language": "Portuguese", "duration": 4.5, "text": " Bom dia! ",
    "segments": [
        {"id": 0, "start": 0.0, "end": 3.0, "avg_logprob": -0.1}, {"start": 3.0, "end": 4, "avg_logprob": -0.5},
    ],
}  # fmt: skip


@pytest.fixture(params=FLAVOURS[:3], ids=lambda flavour: flavour.name)
def flavour(request: pytest.FixtureRequest) -> Flavour:
    return request.param


async def hear(
    provider: Provider, model: str = "whisper-1", audio: bytes = OGG, name: str = "Ana.oga", hint: str | None = None
) -> Transcript:
    return await provider.transcribe(model, audio, name=name, language_hint=hint, deadline=timedelta(seconds=5))


async def test_whisper(server: VendorServer, provider: Provider, flavour: Flavour) -> None:
    server.says(SPOKEN)
    heard = await hear(provider, hint="pt")
    assert (heard.text, heard.language, heard.duration) == ("Bom dia!", "pt", timedelta(seconds=4.5))
    assert heard.confidence == pytest.approx(math.exp(-0.2))
    path = "/openai/v1" if flavour.name == "groq" else "/v1"
    assert server.paths == [f"{path}/audio/transcriptions"]
    form = server.bodies[0]
    for part in (b'filename="audio.ogg"', OGG, b"verbose_json", b"whisper-1", b'name="language"\r\n\r\npt'):
        assert part in form
    assert b"Ana" not in form


async def test_models_that_tell_no_duration(server: VendorServer, provider: Provider) -> None:
    server.says({"text": "Hi", "logprobs": [{"token": "Hi", "logprob": -0.2}], "usage": {"type": "tokens"}})
    heard = await hear(provider, "gpt-4o-transcribe")
    assert heard.confidence == pytest.approx(math.exp(-0.2))
    assert b'name="include[]"\r\n\r\nlogprobs' in server.bodies[-1]
    server.says({"text": "Hi", "usage": {"type": "duration", "seconds": 3}})
    heard = await hear(provider, "gpt-transcribe")
    assert heard == Transcript(text="Hi", language=None, duration=timedelta(seconds=3), confidence=1.0)
    assert b"verbose_json" not in server.bodies[-1]
    assert b"logprobs" not in server.bodies[-1]


async def test_silence(server: VendorServer, provider: Provider) -> None:
    server.says(SPOKEN | {"text": " ", "segments": [], "language": "english"})
    assert await hear(provider) == Transcript(text="", language="en", duration=timedelta(seconds=4.5), confidence=0.0)
    with pytest.raises(Rejected):
        await hear(provider, audio=b"")
    assert len(server.bodies) == 1


@pytest.mark.parametrize(
    ("audio", "name", "sent"),
    [(OGG, "x.mp3", "ogg"), (b"RIFFxxxxWAVE", "", "wav"), (b"\0\0\0 ftypM4A ", "x", "m4a"),
     (b"\x1aE\xdf\xa3", "x", "webm"), (b"????", "x.MP3", "mp3"), (b"????", "../../x.exe", "ogg")],
)  # fmt: skip
async def test_the_kind_of_sound(server: VendorServer, provider: Provider, audio: bytes, name: str, sent: str) -> None:
    server.says(SPOKEN)
    await hear(provider, audio=audio, name=name)
    assert f'filename="audio.{sent}"'.encode() in server.bodies[0]


BROKEN: list[Any] = [
    "", "null", "[]", "<html>", "{", {}, {"text": None}, {"text": 7}, SPOKEN | {"duration": "long"},
    SPOKEN | {"duration": -1}, SPOKEN | {"segments": [1]}, '{"text": "a", "duration": NaN}',
    '{"text": "a", "duration": 1e999}', SPOKEN | {"duration": 1e12}, SPOKEN | {"text": "a" * 1_000_001},
]  # fmt: skip


async def test_broken_replies(server: VendorServer, provider: Provider) -> None:
    for body in BROKEN:
        server.says(body)
        with pytest.raises(BadReply):
            await hear(provider)


@pytest.mark.parametrize(
    ("status", "body", "error"),
    [(401, {"error": {}}, Misconfigured), (404, {"error": {}}, Misconfigured), (413, "<html>too large", Rejected),
     (400, {"error": {"message": "no sound"}}, Rejected), (429, {"error": {}}, Busy), (503, "", Busy),
     (429, {"error": {"code": "insufficient_quota"}}, Exhausted), (200, {"error": {"code": "x"}}, Busy)],
)  # fmt: skip
async def test_refusals(
    server: VendorServer, provider: Provider, status: int, body: Any, error: type[Exception]
) -> None:
    server.says(body, status)
    with pytest.raises(error):
        await hear(provider)
    assert len(server.bodies) == 1


async def test_the_deadline(server: VendorServer, provider: Provider) -> None:
    async def answer(request: Any) -> Any:
        await asyncio.Event().wait()

    server.answer = answer
    with pytest.raises(Interrupted, match="too long"):
        await provider.transcribe("whisper-1", OGG, name="", language_hint=None, deadline=timedelta(seconds=0.05))


async def test_anthropic_hears_nothing(server: VendorServer, clients: Clients) -> None:
    deaf = FLAVOURS[-1].open(server.url, clients)
    with pytest.raises(Misconfigured, match="GROQ_API_KEY"):
        await hear(deaf)
    await deaf.aclose()
