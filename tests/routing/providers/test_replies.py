"""Whole replies, good and broken, from the real SDKs against a local server."""

import asyncio
import gzip
import json
from dataclasses import replace
from datetime import UTC, datetime, timedelta
from email.utils import format_datetime
from typing import Any

import pytest
from aiohttp import web

from core.errors import Exhausted, Misconfigured, Rejected, StewardError, Transient
from core.models import ToolCall
from routing.errors import BadReply, Busy, Interrupted, NoSuchModel
from routing.provider import Completion, Prompt, Provider
from tests.routing.providers.vendor_server import KEY, PROMPT, SECRET, USAGE, Clients, Flavour, VendorServer

LOOK = ("t1", "look_up", {"order": "7", "deep": [1, None, {"a": True}]})


def with_changes(**changes: Any) -> Prompt:
    return replace(PROMPT, **changes)


async def test_a_good_reply(server: VendorServer, provider: Provider, flavour: Flavour) -> None:
    server.says(flavour.body(" Hello!\0 "))
    assert await provider.complete(PROMPT) == Completion(text="Hello!", model="tiny-1", usage=USAGE)
    assert provider.name == flavour.name
    assert server.headers[0]["authorization"] == f"Bearer {KEY}"


async def test_tool_calls_with_and_without_text(server: VendorServer, provider: Provider, flavour: Flavour) -> None:
    server.says(flavour.body("", "tool_calls", [LOOK, ("t2", "list", {})]))
    reply = await provider.complete(PROMPT)
    assert reply.tool_calls == (
        ToolCall(id="t1", name="look_up", arguments=LOOK[2]),
        ToolCall(id="t2", name="list", arguments={}),
    )
    assert reply.text == ""
    server.says(flavour.body("One moment.", "tool_calls", [LOOK]))
    assert (await provider.complete(PROMPT)).text == "One moment."


async def test_unknown_fields_are_passed_over(server: VendorServer, provider: Provider, flavour: Flavour) -> None:
    server.says(flavour.body(timings={"x": [1]}, system_fingerprint=7, service_tier={"new": 1}))
    assert (await provider.complete(PROMPT)).text == "Hello!"


async def test_usage_may_be_missing(server: VendorServer, provider: Provider, flavour: Flavour) -> None:
    server.says(flavour.body(usage=None))
    assert (await provider.complete(PROMPT)).usage is None


def broken(flavour: Flavour) -> dict[str, Any]:
    body = flavour.body
    shared: dict[str, Any] = {
        "no JSON": '{"choices": [{"message"', "empty body": "", "null": "null", "a list": "[]", "a text": '"hello"',
        "a page": "<html>nginx</html>", "no UTF-8": b'{"model": "\xff\xfe"}', "half a sign": '{"model": "\\ud800"}',
        "nothing": {}, "empty": body(""), "blank": body("  \n"), "a NUL": body("\0"), "a number": body(7),
        "truncated": body("Half a sen", "length"), "unknown end": body("Hi", "abort"), "no end": body("Hi", None),
        "too much text": body("a" * 20_001), "a megabyte": body("a" * 1_000_001), "usage of words": body(usage="many"),
        "deep": "[" * 100_000, "a huge number": '{"usage": 1' + "0" * 5_000 + "}",
        "a nameless tool": body("", "tool_calls", [("t", "", {})]),
        "a tool named with a NUL": body("", "tool_calls", [("t", "x\0", {})]),
        "a model named with a NUL": body(model="tiny\0"), "a model with a novel for a name": body(model="a" * 501),
        "arguments that are a list": body("", "tool_calls", [("t", "x", [1])]),
        "arguments with a NUL": body("", "tool_calls", [("t", "x", {"a": "\0"})]),
        "far too many arguments": body("", "tool_calls", [("t", "x", {"a": "b" * 20_001})]),
    }  # fmt: skip
    if flavour.speaks == "messages":
        negative = {"input_tokens": -1, "output_tokens": 1}
        return shared | {
            "no content": body(content=None), "content of words": body(content="Hi"), "empty content": body(content=[]),
            "blocks of words": body(content=["Hi"]), "negative usage": body(usage=negative),
            "paused": body("Hi", "pause_turn"), "window": body("Hi", "model_context_window_exceeded"),
        }  # fmt: skip
    negative = {"prompt_tokens": -1, "completion_tokens": 1}
    return shared | {
        "no choices": body(choices=[]), "choices null": body(choices=None), "choices of words": body(choices="Hi"),
        "no message": body(choices=[{"index": 0, "finish_reason": "stop"}]), "negative usage": body(usage=negative),
        "content null": body(choices=[{"message": {"content": None}, "finish_reason": "stop"}]),
        "broken arguments": body("", "tool_calls", [("t", "x", '{"a": ')]),
        "arguments that are a text": body("", "tool_calls", [("t", "x", '"a"')]),
        "not a number": body("", "tool_calls", [("t", "x", '{"a": NaN}')]),
    }  # fmt: skip


async def test_a_broken_reply_is_an_error_of_ours_and_is_tried_once(
    server: VendorServer, provider: Provider, flavour: Flavour
) -> None:
    for number, (name, body) in enumerate(broken(flavour).items(), start=1):
        server.says(body)
        with pytest.raises(BadReply) as raised:
            await provider.complete(PROMPT)
        assert type(raised.value) is BadReply, name
        assert len(server.bodies) == number, name
        assert raised.value.__cause__ is None, name


async def test_a_reply_that_was_cut_off_or_empty_is_paid_for(
    server: VendorServer, provider: Provider, flavour: Flavour
) -> None:
    for body in (flavour.body("Half a sen", "length"), flavour.body(""), flavour.body("a" * 20_001)):
        server.says(body)
        with pytest.raises(BadReply) as raised:
            await provider.complete(PROMPT)
        assert raised.value.usage == USAGE


async def test_a_refusal_is_not_tried_again(server: VendorServer, provider: Provider, flavour: Flavour) -> None:
    server.says(flavour.body("No.", "content_filter"))
    with pytest.raises(Rejected):
        await provider.complete(PROMPT)
    if flavour.speaks == "chat":
        message = {"content": None, "refusal": "I cannot."}
        server.says(flavour.body(choices=[{"message": message, "finish_reason": "stop"}]))
        with pytest.raises(Rejected):
            await provider.complete(PROMPT)


STATUSES: list[tuple[int, str, str, type[StewardError]]] = [
    (301, "", "", NoSuchModel),
    (400, "context_length_exceeded", "too long", Rejected),
    (400, "invalid_request_error", "prompt is too long: 7 tokens > 5 maximum", Rejected),
    (400, "invalid_request_error", "Your credit balance is too low to access the API", Exhausted),
    (400, "model_decommissioned", "gone", NoSuchModel),
    (400, "json_validate_failed", "bad JSON", BadReply),
    (400, "tool_use_failed", "bad call", BadReply),
    (400, "other", "", Rejected),
    (401, "invalid_api_key", "bad key", Misconfigured),
    (402, "billing_error", "pay", Exhausted),
    (403, "permission_error", "no", NoSuchModel),
    (403, "model_not_found", "not yours", NoSuchModel),
    (404, "model_not_found", "no such model", NoSuchModel),
    (405, "", "", NoSuchModel),
    (408, "", "", Busy),
    (409, "", "", Busy),
    (413, "request_too_large", "", Rejected),
    (422, "", "", Rejected),
    (429, "insufficient_quota", "pay", Exhausted),
    (429, "rate_limit_exceeded", "slow down", Busy),
    (498, "capacity_exceeded", "", Busy),
    (500, "server_error", "", Busy),
    (502, "", "", Busy),
    (529, "overloaded_error", "", Busy),
]


async def test_each_status_becomes_one_error(server: VendorServer, provider: Provider, flavour: Flavour) -> None:
    for number, (status, code, message, error) in enumerate(STATUSES, start=1):
        server.says(flavour.error(code, f"{message} {KEY} {SECRET}"), status, {"Location": "/elsewhere"})
        with pytest.raises(error) as raised:
            await provider.complete(PROMPT)
        assert type(raised.value) is error, status
        assert len(server.bodies) == number, status
        assert KEY not in str(raised.value)
        assert SECRET not in str(raised.value)
        assert raised.value.__cause__ is None


async def test_what_to_change_is_said(server: VendorServer, provider: Provider, flavour: Flavour) -> None:
    server.says(flavour.error(), 401)
    with pytest.raises(Misconfigured, match=rf"key for .* was refused.*{flavour.setting}"):
        await provider.complete(PROMPT)
    server.says(flavour.error(), 404)
    with pytest.raises(Misconfigured, match=r"no model tiny.*STEWARD_MODEL") as raised:
        await provider.complete(PROMPT)
    assert ("STEWARD_OPENAI_BASE_URL" in str(raised.value)) == (flavour.name == "compatible")


@pytest.mark.parametrize(
    "body", ["<html>busy</html>", "", "[]", "null", '"text"', '{"error": null}', '{"error": "text"}', '{"error": [1]}',
             '{"error": {"code": 7, "type": {}, "message": []}}', b"\xff\xfe", "{" * 50_000],
)  # fmt: skip
async def test_a_proxys_page_does_not_hide_the_status(server: VendorServer, provider: Provider, body: Any) -> None:
    server.says(body, 503, {"Retry-After": "7"}, kind="xhtml+xml")
    with pytest.raises(Busy) as raised:
        await provider.complete(PROMPT)
    assert raised.value.retry_after == timedelta(seconds=7)


async def test_retry_after_in_seconds_milliseconds_and_as_a_date(
    server: VendorServer, provider: Provider, flavour: Flavour
) -> None:
    server.says(flavour.error(), 429, {"Retry-After": "17"})
    with pytest.raises(Busy) as raised:
        await provider.complete(PROMPT)
    assert raised.value.retry_after == timedelta(seconds=17)
    server.says(flavour.error(), 529, {"Retry-After-Ms": "1500", "Retry-After": "2"})
    with pytest.raises(Busy) as raised:
        await provider.complete(PROMPT)
    assert raised.value.retry_after == timedelta(seconds=1.5)
    server.says(flavour.error(), 503, {"Retry-After": format_datetime(datetime.now(UTC) + timedelta(minutes=2), True)})
    with pytest.raises(Busy) as raised:
        await provider.complete(PROMPT)
    assert raised.value.retry_after is not None
    assert timedelta(seconds=90) < raised.value.retry_after <= timedelta(seconds=120)


async def test_an_error_under_status_200_is_not_billed(
    server: VendorServer, provider: Provider, flavour: Flavour
) -> None:
    server.says(flavour.error("overloaded_error"))
    with pytest.raises(Busy):
        await provider.complete(PROMPT)
    server.says(flavour.error("insufficient_quota"))
    with pytest.raises(Exhausted):
        await provider.complete(PROMPT)


async def test_the_deadline_holds_and_the_server_sees_that_nobody_waits(
    server: VendorServer, provider: Provider
) -> None:
    gone = asyncio.Event()
    server.answer = _wait_for(gone)
    with pytest.raises(Interrupted, match="too long"):
        await provider.complete(with_changes(deadline=timedelta(seconds=0.05)))
    await asyncio.wait_for(gone.wait(), 5)


async def test_cancelling_closes_the_connection(server: VendorServer, provider: Provider) -> None:
    gone, came = asyncio.Event(), asyncio.Event()
    server.answer = _wait_for(gone, came)
    task = asyncio.create_task(provider.complete(PROMPT))
    await came.wait()
    task.cancel()
    with pytest.raises(asyncio.CancelledError):
        await task
    await asyncio.wait_for(gone.wait(), 5)


def _wait_for(gone: asyncio.Event, came: asyncio.Event | None = None) -> Any:
    async def answer(request: web.Request) -> web.StreamResponse:
        try:
            if came:
                came.set()
            await asyncio.Event().wait()
        finally:
            gone.set()
        return web.Response()

    return answer


async def test_a_connection_that_breaks_is_interrupted(server: VendorServer, provider: Provider) -> None:
    async def answer(request: web.Request) -> web.StreamResponse:
        response = web.StreamResponse(headers={"Content-Length": "500", "Content-Type": "application/json"})
        await response.prepare(request)
        await response.write(b'{"choices": [')
        assert request.transport is not None
        request.transport.abort()
        return response

    async def hang_up(request: web.Request) -> web.StreamResponse:
        assert request.transport is not None
        request.transport.abort()
        return web.Response()

    for way in (answer, hang_up):
        server.answer = way
        with pytest.raises(Interrupted):
            await provider.complete(PROMPT)


@pytest.mark.parametrize(
    "sent",
    [b"HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\nzz\r\nnonsense", b"\x16\x03\x01nonsense\r\n\r\n",
     b"HTTP/1.1 200 OK\r\nContent-Type: application/json\r\nContent-Length: 99\r\n\r\n{}",
     b"HTTP/1.1 200 OK\r\nContent-Encoding: gzip\r\nContent-Length: 4\r\n\r\nnope"],
)  # fmt: skip
async def test_what_is_no_http_at_all(flavour: Flavour, clients: Clients, sent: bytes) -> None:
    async def handle(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        await reader.readuntil(b"\r\n\r\n")
        writer.write(sent)
        await writer.drain()
        writer.close()

    listener = await asyncio.start_server(handle, "127.0.0.1", 0)
    async with listener:
        opened = flavour.open(f"http://127.0.0.1:{listener.sockets[0].getsockname()[1]}", clients)
        with pytest.raises(Transient) as raised:
            await opened.complete(PROMPT)
        assert isinstance(raised.value, Interrupted | BadReply)
        await opened.aclose()


async def test_a_server_that_is_not_there_was_sent_nothing(flavour: Flavour, clients: Clients) -> None:
    away = flavour.open("http://127.0.0.1:1", clients)
    with pytest.raises(Busy, match="cannot be reached"):
        await away.complete(PROMPT)
    await away.aclose()


async def test_an_error_page_without_end_is_cut(server: VendorServer, provider: Provider) -> None:
    async def answer(request: web.Request) -> web.StreamResponse:
        response = web.StreamResponse(status=500, headers={"Content-Type": "text/html"})
        await response.prepare(request)
        while True:
            await response.write(b"<p>" * 10_000)

    server.answer = answer
    with pytest.raises(Busy):
        await provider.complete(PROMPT)


async def test_a_small_body_that_unpacks_into_a_large_one(server: VendorServer, provider: Provider) -> None:
    bomb = gzip.compress(b" " * 20_000_000)
    server.says(bomb, headers={"Content-Encoding": "gzip"})
    with pytest.raises(BadReply, match="too much"):
        await provider.complete(PROMPT)
    server.says(bomb, 503, headers={"Content-Encoding": "gzip"})
    with pytest.raises(Busy):
        await provider.complete(PROMPT)
    assert {headers["accept-encoding"] for headers in server.headers} == {"identity"}


async def test_a_reply_without_end_is_cut(server: VendorServer, provider: Provider) -> None:
    async def answer(request: web.Request) -> web.StreamResponse:
        response = web.StreamResponse(headers={"Content-Type": "application/json"})
        await response.prepare(request)
        while True:
            await response.write(b"[" * 10_000)

    server.answer = answer
    with pytest.raises(BadReply, match="too much"):
        await provider.complete(PROMPT)


@pytest.mark.parametrize(
    ("text", "expected"),
    [('{"a": 1}', '{"a": 1}'), ('```json\n{"a": 1}\n```', '{"a": 1}'), ('```\n{"a": 1}```', '{"a": 1}'),
     ('```json{"a": 1}```', '{"a": 1}')],
)  # fmt: skip
async def test_a_schemas_reply_comes_without_its_fence(
    server: VendorServer, provider: Provider, flavour: Flavour, text: str, expected: str
) -> None:
    server.says(flavour.body(text))
    assert (await provider.complete(with_changes(schema={"type": "object", "properties": {}}))).text == expected


async def test_a_schemas_reply_may_come_as_a_tools_arguments(
    server: VendorServer, provider: Provider, flavour: Flavour
) -> None:
    server.says(flavour.body("", "tool_calls", [("t", "final_reply", {"name": "Ana ☕"}), LOOK]))
    reply = await provider.complete(with_changes(schema={"type": "object", "properties": {}}))
    assert json.loads(reply.text) == {"name": "Ana ☕"}
    assert [call.name for call in reply.tool_calls] == ["look_up"]


@pytest.mark.parametrize("text", ["Sure! Here you are.", "[1]", "```json\n{\n```", "``````", "```", '{"a": "\\u0000"}'])
async def test_a_schemas_reply_that_is_no_object(
    server: VendorServer, provider: Provider, flavour: Flavour, text: str
) -> None:
    server.says(flavour.body(text))
    with pytest.raises(BadReply):
        await provider.complete(with_changes(schema={"type": "object", "properties": {}}))
