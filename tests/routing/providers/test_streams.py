"""Streams, whole and broken: a broken one never looks complete."""

import asyncio
import json
from contextlib import aclosing
from dataclasses import replace
from datetime import timedelta
from typing import Any

import pytest
from aiohttp import web

from core.errors import Exhausted, Rejected, Transient
from core.models import TokenUsage, ToolCall
from routing.errors import BadReply, Busy, Interrupted
from routing.provider import Completion, Prompt, Provider
from routing.providers.events import read_events
from tests.routing.providers.vendor_server import FLAVOURS, PROMPT, USAGE, Clients, Flavour, VendorServer

LOOK = ("t1", "look_up", {"order": "7"})


async def read(provider: Provider, prompt: Prompt = PROMPT) -> list[str | Completion]:
    async with aclosing(provider.stream(prompt)) as pieces:
        return [piece async for piece in pieces]


async def test_pieces_and_last_the_whole(server: VendorServer, provider: Provider, flavour: Flavour) -> None:
    server.streams(flavour.events())
    assert await read(provider) == ["Hel", "lo!", Completion(text="Hello!", model="tiny-1", usage=USAGE)]
    assert server.bodies[0]["stream"] is True


async def test_any_cut_of_the_bytes_gives_the_same(server: VendorServer, provider: Provider, flavour: Flavour) -> None:
    text = "".join(flavour.events(["Olá ", "☕"])).encode()
    for ends in (text, text.replace(b"\n", b"\r\n"), text.replace(b"\n", b"\r")):
        server.streams([ends[at : at + 7] for at in range(0, len(ends), 7)])
        assert (await read(provider))[:2] == ["Olá ", "☕"]


async def test_tool_calls_in_pieces(server: VendorServer, provider: Provider, flavour: Flavour) -> None:
    server.streams(flavour.events([], "tool_calls", [LOOK, ("t2", "list", "")]))
    calls = (ToolCall(id="t1", name="look_up", arguments={"order": "7"}), ToolCall(id="t2", name="list", arguments={}))
    assert await read(provider) == [Completion(text="", tool_calls=calls, model="tiny-1", usage=USAGE)]


async def test_a_schemas_reply(server: VendorServer, provider: Provider, flavour: Flavour) -> None:
    server.streams(flavour.events([], "tool_calls", [("t1", "final_reply", {"a": 1})]))
    prompt = replace(PROMPT, schema={"type": "object", "properties": {}})
    assert await read(provider, prompt) == [Completion(text='{"a": 1}', model="tiny-1", usage=USAGE)]


async def test_a_server_that_does_not_stream(server: VendorServer, provider: Provider, flavour: Flavour) -> None:
    server.says(flavour.body())
    assert await read(provider) == ["Hello!", Completion(text="Hello!", model="tiny-1", usage=USAGE)]


@pytest.mark.parametrize("arguments", ['{"a": ', '{"a": 1}}', "[1]", '"a"', "{'a': 1}", '{"a": NaN}'])
async def test_broken_tool_arguments_are_never_read_as_none(
    server: VendorServer, provider: Provider, flavour: Flavour, arguments: str
) -> None:
    server.streams(flavour.events([], "tool_calls", [("t1", "look_up", arguments)]))
    with pytest.raises(BadReply) as raised:
        await read(provider)
    assert raised.value.usage == USAGE


async def test_an_end_anywhere_before_the_finish_is_interrupted(
    server: VendorServer, provider: Provider, flavour: Flavour
) -> None:
    events = flavour.events(finish=None)
    for upto in range(len(events) + 1):
        for cut in (False, True):
            server.streams(events[:upto], cut=cut)
            pieces: list[Any] = []
            with pytest.raises(Interrupted) as raised:
                async for piece in provider.stream(PROMPT):
                    pieces.append(piece)
            assert not any(isinstance(piece, Completion) for piece in pieces)
            counted = flavour.speaks == "messages" and upto > 0 and (not cut or pieces)
            assert raised.value.usage is not None or not counted


async def test_a_gateways_zeros_at_the_end_do_not_undo_the_count(server: VendorServer, clients: Clients) -> None:
    flavour = next(flavour for flavour in FLAVOURS if flavour.name == "anthropic")
    zeros = '"usage": {"output_tokens": 3, "input_tokens": 0, "cache_read_input_tokens": 0}'
    server.streams([event.replace('"usage": {"output_tokens": 3}', zeros) for event in flavour.events()])
    assert (await read(flavour.open(server.url, clients)))[-1] == Completion(text="Hello!", model="tiny-1", usage=USAGE)


async def test_what_was_counted_before_the_break_is_kept(server: VendorServer, clients: Clients) -> None:
    """Anthropic counts at the start; chat completions only after the end."""
    flavour = next(flavour for flavour in FLAVOURS if flavour.name == "anthropic")
    opened = flavour.open(server.url, clients)
    server.streams(flavour.events()[:-1])
    with pytest.raises(Interrupted) as raised:
        await read(opened)
    assert raised.value.usage == USAGE
    server.streams(flavour.events(finish=None))
    with pytest.raises(Interrupted) as raised:
        await read(opened)
    assert raised.value.usage == TokenUsage(input_tokens=11, cached_read_tokens=4, output_tokens=1)
    await opened.aclose()


@pytest.mark.parametrize(
    ("finish", "error"),
    [
        ("length", BadReply),
        ("content_filter", Rejected),
        ("abort", BadReply),
        ("model_context_window_exceeded", BadReply),
    ],
)
async def test_other_ends(
    server: VendorServer, provider: Provider, flavour: Flavour, finish: str, error: type[Exception]
) -> None:
    server.streams(flavour.events(finish=finish))
    with pytest.raises(error):
        await read(provider)


async def test_empty_streams(server: VendorServer, provider: Provider, flavour: Flavour) -> None:
    server.streams(flavour.events([]))
    with pytest.raises(BadReply, match="empty"):
        await read(provider)


@pytest.mark.parametrize(
    "part",
    ["data: {broken\n\n", "data: null\n\n", "data: [1]\n\n", 'data: {"choices": "x", "type": 7}\n\n',
     b'data: "\xff"\n\n', "data: " + "[" * 50_000 + "\n\n"],
)  # fmt: skip
async def test_garbage_between(server: VendorServer, provider: Provider, flavour: Flavour, part: str | bytes) -> None:
    server.streams([*flavour.events()[:3], part, *flavour.events()[3:]])
    with pytest.raises(BadReply):
        await read(provider)


async def test_comments_other_events_and_what_follows_the_end(
    server: VendorServer, provider: Provider, flavour: Flavour
) -> None:
    new = 'event: new\ndata: {"type": "something_new", "choices": []}\n\n'
    server.streams([": hi\n\n", new, "id: 7\nretry: 5\n\n", *flavour.events(), "data: {broken\n\n", new])
    assert (await read(provider))[-1] == Completion(text="Hello!", model="tiny-1", usage=USAGE)


async def test_an_error_as_an_event(server: VendorServer, provider: Provider, flavour: Flavour) -> None:
    def event(code: str) -> str:
        return f"event: error\ndata: {json.dumps(flavour.error(code))}\n\n"

    server.streams([event("overloaded_error")])
    with pytest.raises(Busy):
        await read(provider)
    server.streams([event("insufficient_quota")])
    with pytest.raises(Exhausted):
        await read(provider)
    server.streams([*flavour.events(finish=None), event("overloaded_error")])
    with pytest.raises(Interrupted):
        await read(provider)


async def test_a_refusal_by_status(server: VendorServer, provider: Provider, flavour: Flavour) -> None:
    server.says(flavour.error(), 429, {"Retry-After": "3"})
    with pytest.raises(Busy) as raised:
        await read(provider)
    assert raised.value.retry_after == timedelta(seconds=3)


async def test_a_page_instead_of_a_stream(server: VendorServer, provider: Provider) -> None:
    server.says("<html>\n\ndata: Welcome\n\n</html>", kind="xhtml+xml")
    with pytest.raises(Transient):
        await read(provider)
    server.says("{malformed json: <<<chaos>>>")
    with pytest.raises(BadReply):
        await read(provider)


async def test_a_stream_without_end_is_cut(server: VendorServer, provider: Provider, flavour: Flavour) -> None:
    def answer(parts: list[bytes]) -> Any:
        async def answer(request: web.Request) -> web.StreamResponse:
            response = web.StreamResponse(headers={"Content-Type": "text/event-stream"})
            await response.prepare(request)
            for part in parts[:-1]:
                await response.write(part)
            while True:
                await response.write(parts[-1])

        return answer

    events = [event.encode() for event in flavour.events(["a" * 5_000], None)]
    last = next(event for event in events if b"aaa" in event)
    server.answer = answer([*events, last])
    with pytest.raises(BadReply, match="too much"):
        await read(provider)
    server.answer = answer([*events, b": nothing\n" * 10_000])
    with pytest.raises(BadReply, match="too much"):
        await read(provider)
    server.answer = answer([*events, b"data: " + b"x" * 100_000])
    with pytest.raises(BadReply, match="too much"):
        await read(provider)


async def _stall(server: VendorServer, parts: list[str]) -> asyncio.Event:
    """Sends the parts, then nothing. The event: the other side has gone."""
    gone = asyncio.Event()

    async def answer(request: web.Request) -> web.StreamResponse:
        response = web.StreamResponse(headers={"Content-Type": "text/event-stream"})
        await response.prepare(request)
        try:
            for part in parts:
                await response.write(part.encode())
            await asyncio.Event().wait()
        finally:
            gone.set()
        return response

    server.answer = answer
    return gone


async def test_the_deadline_holds_between_the_pieces(
    server: VendorServer, provider: Provider, flavour: Flavour
) -> None:
    gone = await _stall(server, flavour.events(finish=None))
    pieces: list[Any] = []
    with pytest.raises(Interrupted, match="too long"):
        async for piece in provider.stream(replace(PROMPT, deadline=timedelta(seconds=0.2))):
            pieces.append(piece)
    assert pieces == ["Hel", "lo!"]
    await asyncio.wait_for(gone.wait(), 5)


async def test_who_stops_reading_closes_the_connection(
    server: VendorServer, provider: Provider, flavour: Flavour
) -> None:
    gone = await _stall(server, flavour.events(finish=None))
    async with aclosing(provider.stream(PROMPT)) as pieces:
        assert await anext(pieces) == "Hel"
    await asyncio.wait_for(gone.wait(), 5)


async def test_cancelling_closes_the_connection(server: VendorServer, provider: Provider, flavour: Flavour) -> None:
    gone = await _stall(server, flavour.events(finish=None))
    came = asyncio.Event()

    async def consume() -> None:
        async with aclosing(provider.stream(PROMPT)) as pieces:
            async for _ in pieces:
                came.set()

    task = asyncio.create_task(consume())
    await came.wait()
    task.cancel()
    with pytest.raises(asyncio.CancelledError):
        await task
    await asyncio.wait_for(gone.wait(), 5)


async def test_the_consumers_own_time_is_never_cut_off(
    server: VendorServer, provider: Provider, flavour: Flavour
) -> None:
    """The deadline passes while the consumer is at work, and only the next piece is refused."""
    await _stall(server, flavour.events(finish=None))
    async with aclosing(provider.stream(replace(PROMPT, deadline=timedelta(seconds=0.2)))) as pieces:
        await anext(pieces)
        passed = asyncio.Event()
        asyncio.get_running_loop().call_later(0.3, passed.set)
        await passed.wait()
        with pytest.raises(Interrupted, match="too long"):
            await anext(pieces)
            await anext(pieces)


async def test_a_whole_stream_whose_connection_stays_open(
    server: VendorServer, provider: Provider, flavour: Flavour
) -> None:
    await _stall(server, flavour.events())
    assert (await read(provider))[-1] == Completion(text="Hello!", model="tiny-1", usage=USAGE)


async def test_one_connection_serves_stream_after_stream(
    server: VendorServer, provider: Provider, flavour: Flavour
) -> None:
    ports: set[Any] = set()
    server.streams(flavour.events())
    stream = server.answer
    assert stream is not None

    async def answer(request: web.Request) -> web.StreamResponse:
        assert request.transport is not None
        ports.add(request.transport.get_extra_info("peername"))
        return await stream(request)

    server.answer = answer
    for _ in range(3):
        await read(provider)
    assert len(ports) == 1


async def test_events_out_of_any_pieces() -> None:
    async def pieces(size: int) -> Any:
        raw = b"data: a\r\ndata:b\r\n\r\n: no\r\rdata: c\n\nevent: x\ndata\n\ndata:  d\rdata: cut off"
        for at in range(0, len(raw), size):
            yield raw[at : at + size]

    for size in range(1, 60):
        assert [event async for event in read_events(pieces(size))] == ["a\nb", "c"], size
