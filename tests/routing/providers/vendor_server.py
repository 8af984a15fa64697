"""A server that answers the real SDKs with exactly the bytes a test wants, and each vendor's way of writing a reply."""

import json
from collections.abc import AsyncIterator, Awaitable, Callable, Sequence
from contextlib import asynccontextmanager
from dataclasses import dataclass, field
from datetime import timedelta
from typing import Any, Protocol

from aiohttp import web

from core.models import ChatMessage, TokenUsage
from routing.provider import Prompt, Provider
from routing.providers.anthropic import AnthropicProvider
from routing.providers.groq import GroqProvider
from routing.providers.openai import OpenAIProvider
from routing.providers.transport import open_httpx, open_httpx2

KEY = "sk-secret-of-a-tenant"
SECRET = "my-private-question"
PROMPT = Prompt(
    model="tiny",
    messages=(ChatMessage(role="system", content="Be kind."), ChatMessage(role="user", content=SECRET)),
    max_output_tokens=50,
    deadline=timedelta(seconds=5),
)
USAGE = TokenUsage(input_tokens=11, cached_read_tokens=4, output_tokens=3)
Call = tuple[str, str, Any]
"""Id, name, arguments: an object, or a text where they are to be broken."""


class Open(Protocol):
    def __call__(self, url: str, clients: "Clients", key: str = ...) -> Provider: ...


@dataclass(frozen=True, kw_only=True)
class Flavour:
    name: str
    setting: str
    """What its errors say to check."""
    open: Open
    speaks: str = "chat"

    def body(self, text: Any = "Hello!", finish: str = "stop", calls: Sequence[Call] = (), **changes: Any) -> Any:
        if self.speaks == "messages":
            blocks = [{"type": "text", "text": text}] if text != "" else []
            blocks += [{"type": "tool_use", "id": i, "name": n, "input": a} for i, n, a in calls]
            return {
                "id": "m1", "type": "message", "role": "assistant", "model": "tiny-1", "content": blocks,
                "stop_reason": _STOPS.get(finish, finish), "usage": _MESSAGE_USAGE,
            } | changes  # fmt: skip
        message = {"role": "assistant", "content": text or None, "tool_calls": _chat_calls(calls) or None}
        return {
            "id": "c1", "object": "chat.completion", "created": 1, "model": "tiny-1",
            "choices": [{"index": 0, "message": message, "finish_reason": finish}], "usage": _CHAT_USAGE,
        } | changes  # fmt: skip

    def events(
        self, pieces: Sequence[str] = ("Hel", "lo!"), finish: str | None = "stop", calls: Sequence[Call] = ()
    ) -> list[str]:
        """As they go over the wire; without a finish the stream ends in mid-reply."""
        if self.speaks == "messages":
            return [f"event: {e['type']}\ndata: {json.dumps(e)}\n\n" for e in _message_events(pieces, finish, calls)]
        chunks: list[Any] = [_chunk({"role": "assistant", "content": ""})]
        chunks += [_chunk({"content": piece}) for piece in pieces]
        for number, (call_id, name, arguments) in enumerate(calls):
            text = arguments if isinstance(arguments, str) else json.dumps(arguments)
            start = {"index": number, "id": call_id, "type": "function", "function": {"name": name, "arguments": ""}}
            chunks.append(_chunk({"tool_calls": [start]}))
            for part in (text[:3], text[3:]):
                chunks.append(_chunk({"tool_calls": [{"index": number, "function": {"arguments": part}}]}))
        if finish is None:
            return [f"data: {json.dumps(chunk)}\n\n" for chunk in chunks]
        chunks.append(_chunk({}, finish))
        usage: Any = {"x_groq": {"id": "r", "usage": _CHAT_USAGE}} if self.name == "groq" else {"usage": _CHAT_USAGE}
        chunks.append({"id": "c1", "model": "tiny-1", "choices": []} | usage)
        return [f"data: {json.dumps(chunk)}\n\n" for chunk in chunks] + ["data: [DONE]\n\n"]

    def error(self, code: str = "some_error", message: str = "oops") -> Any:
        if self.speaks == "messages":
            return {"type": "error", "error": {"type": code, "message": message}}
        return {"error": {"message": message, "type": "x", "code": code}}


class Clients:
    """One of each kind for the whole run: opening one costs 17 ms."""

    def __init__(self) -> None:
        self.httpx = open_httpx()
        self.httpx2 = open_httpx2()

    async def aclose(self) -> None:
        await self.httpx.aclose()
        await self.httpx2.aclose()


def _open_groq(url: str, clients: Clients, key: str = KEY) -> Provider:
    return GroqProvider(api_key=key, base_url=url, http=clients.httpx)


def _open_openai(url: str, clients: Clients, key: str = KEY) -> Provider:
    return OpenAIProvider(api_key=key, base_url=f"{url}/v1", http=clients.httpx2)


def _open_compatible(url: str, clients: Clients, key: str = KEY) -> Provider:
    return OpenAIProvider(api_key=key, base_url=f"{url}/v1", compatible=True, http=clients.httpx2)


def _open_anthropic(url: str, clients: Clients, key: str = KEY) -> Provider:
    return AnthropicProvider(api_key=key, base_url=url, http=clients.httpx2)


FLAVOURS = [
    Flavour(name="groq", setting="GROQ_API_KEY", open=_open_groq),
    Flavour(name="openai", setting="OPENAI_API_KEY", open=_open_openai),
    Flavour(name="compatible", setting="OPENAI_API_KEY", open=_open_compatible),
    Flavour(name="anthropic", setting="ANTHROPIC_API_KEY", open=_open_anthropic, speaks="messages"),
]
_STOPS = {"stop": "end_turn", "length": "max_tokens", "content_filter": "refusal", "tool_calls": "tool_use"}
_CHAT_USAGE = {
    "prompt_tokens": 11, "completion_tokens": 3, "total_tokens": 14, "prompt_tokens_details": {"cached_tokens": 4},
}  # fmt: skip
_MESSAGE_USAGE = {"input_tokens": 7, "cache_read_input_tokens": 4, "output_tokens": 3}


@dataclass
class VendorServer:
    url: str = ""
    answer: Callable[[web.Request], Awaitable[web.StreamResponse]] | None = None
    bodies: list[Any] = field(default_factory=list)
    """JSON, or bytes where the request was none."""
    paths: list[str] = field(default_factory=list)
    headers: list[dict[str, str]] = field(default_factory=list)

    def says(self, body: Any, status: int = 200, headers: dict[str, str] | None = None, kind: str = "json") -> None:
        raw = body if isinstance(body, bytes) else (body if isinstance(body, str) else json.dumps(body)).encode()

        async def answer(request: web.Request) -> web.StreamResponse:
            return web.Response(body=raw, status=status, headers=headers, content_type=f"application/{kind}")

        self.answer = answer

    def streams(self, parts: Sequence[str | bytes], *, cut: bool = False) -> None:
        """`cut`: the connection breaks after the last part."""

        async def answer(request: web.Request) -> web.StreamResponse:
            response = web.StreamResponse(headers={"Content-Type": "text/event-stream"})
            await response.prepare(request)
            for part in parts:
                await response.write(part if isinstance(part, bytes) else part.encode())
            if cut:
                assert request.transport is not None
                request.transport.abort()
            return response

        self.answer = answer


@asynccontextmanager
async def run_server() -> AsyncIterator[VendorServer]:
    held = VendorServer()

    async def handle(request: web.Request) -> web.StreamResponse:
        raw = await request.read()
        held.bodies.append(json.loads(raw) if request.content_type == "application/json" else raw)
        held.paths.append(request.path)
        held.headers.append({name.lower(): value for name, value in request.headers.items()})
        assert held.answer is not None
        return await held.answer(request)

    app = web.Application(client_max_size=64_000_000)
    app.router.add_route("*", "/{path:.*}", handle)
    runner = web.AppRunner(app, shutdown_timeout=0.1, handler_cancellation=True)
    await runner.setup()
    await web.TCPSite(runner, "127.0.0.1", 0).start()
    held.url = f"http://127.0.0.1:{runner.addresses[0][1]}"
    yield held
    await runner.cleanup()


def _chat_calls(calls: Sequence[Call]) -> list[Any]:
    return [
        {
            "id": call_id,
            "type": "function",
            "function": {"name": name, "arguments": args if isinstance(args, str) else json.dumps(args)},
        }
        for call_id, name, args in calls
    ]


def _chunk(delta: Any, finish: str | None = None) -> Any:
    choice = {"index": 0, "delta": delta, "finish_reason": finish}
    return {"id": "c1", "object": "chat.completion.chunk", "created": 1, "model": "tiny-1", "choices": [choice]}


def _message_events(pieces: Sequence[str], finish: str | None, calls: Sequence[Call]) -> list[Any]:
    usage = _MESSAGE_USAGE | {"output_tokens": 1}
    start = {"id": "m1", "role": "assistant", "model": "tiny-1", "content": [], "stop_reason": None, "usage": usage}
    events: list[Any] = [{"type": "message_start", "message": start}, {"type": "ping"}]
    if pieces:
        events.append({"type": "content_block_start", "index": 0, "content_block": {"type": "text", "text": ""}})
        for piece in pieces:
            events.append({"type": "content_block_delta", "index": 0, "delta": {"type": "text_delta", "text": piece}})
        events.append({"type": "content_block_stop", "index": 0})
    for number, (call_id, name, arguments) in enumerate(calls, start=1):
        text = arguments if isinstance(arguments, str) else json.dumps(arguments)
        block = {"type": "tool_use", "id": call_id, "name": name, "input": {}}
        events.append({"type": "content_block_start", "index": number, "content_block": block})
        for part in ("", text[:3], text[3:]):
            delta = {"type": "input_json_delta", "partial_json": part}
            events.append({"type": "content_block_delta", "index": number, "delta": delta})
        events.append({"type": "content_block_stop", "index": number})
    if finish is not None:
        delta = {"stop_reason": _STOPS.get(finish, finish), "stop_sequence": None}
        events += [
            {"type": "message_delta", "delta": delta, "usage": {"output_tokens": 3}},
            {"type": "message_stop"},
        ]
    return events
