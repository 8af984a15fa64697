"""The real SDK against a small local server that answers well, badly, late or not at all."""

import asyncio
import json
from collections.abc import AsyncIterator, Awaitable, Callable
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta
from email.utils import format_datetime
from typing import Any

import pytest
from aiohttp import web
from hypothesis import given, settings
from hypothesis import strategies as st

from core.errors import Exhausted, Misconfigured, Rejected, StewardError, Transient
from core.ids import TenantId
from core.models import ChatMessage, ModelReply
from routing.models import NoModel, open_model
from routing.providers.openai import OpenAIModel
from routing.retry_after import LONGEST, parse_retry_after

ASKED = (ChatMessage(role="system", content="Be kind."), ChatMessage(role="user", content="Hi"))
SHOP = TenantId(2)


def completion(content: object = "Hello!", finish: str = "stop", **changes: object) -> dict[str, Any]:
    message = {"role": "assistant", "content": content}
    return {
        "id": "c1", "object": "chat.completion", "created": 1, "model": "tiny-1",
        "choices": [{"index": 0, "message": message, "finish_reason": finish}],
        "usage": {"prompt_tokens": 11, "completion_tokens": 3, "total_tokens": 14},
    } | changes  # fmt: skip


@dataclass
class Server:
    url: str = ""
    answer: Callable[[web.Request], Awaitable[web.StreamResponse]] | None = None
    bodies: list[dict[str, Any]] = field(default_factory=list)
    keys: list[str] = field(default_factory=list)

    def says(self, body: object, status: int = 200, headers: dict[str, str] | None = None) -> None:
        text = body if isinstance(body, str) else json.dumps(body)

        async def answer(request: web.Request) -> web.StreamResponse:
            return web.Response(text=text, status=status, headers=headers, content_type="application/json")

        self.answer = answer


@pytest.fixture
async def server() -> AsyncIterator[Server]:
    held = Server()

    async def handle(request: web.Request) -> web.StreamResponse:
        held.bodies.append(await request.json())
        held.keys.append(request.headers["Authorization"])
        assert held.answer is not None
        return await held.answer(request)

    app = web.Application()
    app.router.add_post("/v1/chat/completions", handle)
    runner = web.AppRunner(app, shutdown_timeout=0.1)
    await runner.setup()
    site = web.TCPSite(runner, "127.0.0.1", 0)
    await site.start()
    held.url = f"http://127.0.0.1:{runner.addresses[0][1]}/v1"
    yield held
    await runner.cleanup()


@pytest.fixture
async def model(server: Server) -> AsyncIterator[OpenAIModel]:
    opened = open_model(api_key="k", base_url=server.url, model="tiny")
    assert isinstance(opened, OpenAIModel)
    yield opened
    await opened.aclose()


async def ask(model: OpenAIModel, seconds: float = 5) -> ModelReply:
    return await model.reply(SHOP, ASKED, max_output_tokens=50, deadline=timedelta(seconds=seconds))


async def test_a_good_reply(server: Server, model: OpenAIModel) -> None:
    server.says(completion(" Hello! "))
    assert model.available
    assert await ask(model) == ModelReply(text="Hello!", model="tiny-1", input_tokens=11, output_tokens=3)
    assert server.bodies[0]["messages"] == [{"role": m.role, "content": m.content} for m in ASKED]
    assert (server.bodies[0]["model"], server.bodies[0]["max_tokens"]) == ("tiny", 50)
    assert server.keys == ["Bearer k"]


async def test_usage_may_be_missing(server: Server, model: OpenAIModel) -> None:
    server.says(completion(usage=None))
    assert (await ask(model)).input_tokens == 0


BROKEN: dict[str, object] = {
    "no JSON": '{"choices": [{"message"', "empty body": "", "null": "null", "a list": "[]", "a text": '"hello"',
    "no choices": completion(choices=[]), "choices null": completion(choices=None),
    "no message": completion(choices=[{"index": 0, "finish_reason": "stop"}]), "empty": completion(""),
    "blank": completion("  \n"), "no content": completion(None), "a number": completion(7),
    "truncated": completion("Half a sen", "length"), "a megabyte": completion("a" * 1_000_000),
    "usage of words": completion(usage="many"),
}  # fmt: skip


@pytest.mark.parametrize("body", BROKEN.values(), ids=BROKEN.keys())
async def test_a_broken_reply_is_an_error_of_ours_and_is_tried_once(
    server: Server, model: OpenAIModel, body: object
) -> None:
    server.says(body)
    with pytest.raises(Transient):
        await ask(model)
    assert len(server.bodies) == 1


@pytest.mark.parametrize(
    ("status", "body", "error"),
    [
        (401, {"error": {"message": "bad key"}}, Misconfigured),
        (403, {"error": {"message": "no"}}, Misconfigured),
        (404, {"error": {"message": "no such model"}}, Misconfigured),
        (400, {"error": {"message": "too long", "code": "context_length_exceeded"}}, Rejected),
        (408, {"error": {}}, Transient),
        (429, {"error": {"message": "pay", "code": "insufficient_quota"}}, Exhausted),
        (429, {"error": {"message": "slow down"}}, Transient),
        (429, "not json", Transient),
        (500, "<html>oops</html>", Transient),
        (529, {"error": {}}, Transient),
        (200, completion("No.", "content_filter"), Rejected),
    ],
)
async def test_each_status_becomes_one_error(
    server: Server, model: OpenAIModel, status: int, body: object, error: type[StewardError]
) -> None:
    server.says(body, status)
    with pytest.raises(error) as raised:
        await ask(model)
    assert type(raised.value) is error
    assert len(server.bodies) == 1
    assert "Bearer" not in str(raised.value)


async def test_retry_after_in_seconds_and_as_a_date(server: Server, model: OpenAIModel) -> None:
    server.says({"error": {}}, 429, {"Retry-After": "17"})
    with pytest.raises(Transient) as raised:
        await ask(model)
    assert raised.value.retry_after == timedelta(seconds=17)
    server.says({"error": {}}, 503, {"Retry-After": format_datetime(datetime.now(UTC) + timedelta(minutes=2), True)})
    with pytest.raises(Transient) as raised:
        await ask(model)
    assert raised.value.retry_after is not None
    assert timedelta(seconds=100) < raised.value.retry_after <= timedelta(seconds=120)


async def test_a_reply_after_the_deadline_is_too_late(server: Server, model: OpenAIModel) -> None:
    released = asyncio.Event()

    async def answer(request: web.Request) -> web.StreamResponse:
        await released.wait()
        return web.Response()

    server.answer = answer
    with pytest.raises(Transient, match="too long"):
        await ask(model, 0.05)
    released.set()


async def test_a_connection_that_breaks_and_a_server_that_is_not_there(server: Server, model: OpenAIModel) -> None:
    async def answer(request: web.Request) -> web.StreamResponse:
        response = web.StreamResponse(headers={"Content-Length": "500", "Content-Type": "application/json"})
        await response.prepare(request)
        await response.write(b'{"choices": [')
        assert request.transport is not None
        request.transport.abort()
        return response

    server.answer = answer
    with pytest.raises(Transient):
        await ask(model)
    away = OpenAIModel(api_key="", base_url="http://127.0.0.1:1/v1", model="tiny")
    with pytest.raises(Transient):
        await ask(away)
    await away.aclose()


async def test_without_key_and_url_there_is_no_model() -> None:
    none = open_model(api_key="", base_url="", model="")
    assert isinstance(none, NoModel)
    assert not none.available
    with pytest.raises(Misconfigured, match="OPENAI_API_KEY"):
        await none.reply(SHOP, ASKED, max_output_tokens=1, deadline=timedelta(seconds=1))


@settings(deadline=None)
@given(st.dictionaries(st.sampled_from(["retry-after", "retry-after-ms"]), st.text() | st.floats().map(str)))
def test_any_header_gives_a_sensible_wait(headers: dict[str, str]) -> None:
    wait = parse_retry_after(headers, datetime(2026, 11, 23, tzinfo=UTC))
    assert wait is None or timedelta() <= wait <= LONGEST
