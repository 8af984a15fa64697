"""The real SDKs against aimock, which writes each vendor's replies as its authors recorded them."""

import asyncio
from contextlib import aclosing
from dataclasses import replace
from datetime import timedelta

import pytest

from core.errors import Exhausted, Misconfigured, Rejected, StewardError
from core.models import TokenUsage, Tool, ToolCall
from routing.errors import BadReply, Busy, Interrupted
from routing.provider import Completion, Provider
from tests.routing.providers.vendor_server import FLAVOURS, PROMPT, Clients, Flavour
from tests.support.aimock import AiMock

LOOK_UP = Tool(name="look_up", description="Finds an order.", parameters={"type": "object", "properties": {}})
USAGE = TokenUsage(input_tokens=11, output_tokens=3)


@pytest.fixture
async def provider(flavour: Flavour, clients: Clients, aimock: AiMock) -> Provider:
    return flavour.open(aimock.groq_url, clients)  # which is the address without /v1


async def read(provider: Provider, seconds: float = 5) -> list[str | Completion]:
    async with aclosing(provider.stream(replace(PROMPT, deadline=timedelta(seconds=seconds)))) as pieces:
        return [piece async for piece in pieces]


async def test_a_reply_and_its_count(aimock: AiMock, provider: Provider) -> None:
    await aimock.says("Hello!")
    assert await provider.complete(PROMPT) == Completion(text="Hello!", model="tiny", usage=USAGE)
    (asked,) = await aimock.requests()
    assert (asked.model, asked.status) == ("tiny", 200)


async def test_a_stream_in_pieces(aimock: AiMock, provider: Provider) -> None:
    await aimock.says("Hello there, dear friend!", chunkSize=10)
    pieces = await read(provider)
    assert pieces[:-1] == ["Hello ther", "e, dear fr", "iend!"]
    assert isinstance(whole := pieces[-1], Completion)
    assert whole.text == "Hello there, dear friend!"
    # aimock's Groq leaves out the count that Groq adds to its last chunk.
    assert whole.usage == (None if provider.name == "groq" else USAGE)


async def test_tools(aimock: AiMock, provider: Provider) -> None:
    await aimock.calls("look_up", {"order": "7"})
    reply = await provider.complete(replace(PROMPT, tools=(LOOK_UP,)))
    streamed = (await read(provider))[-1]
    for calls in (reply.tool_calls, (isinstance(streamed, Completion) and streamed.tool_calls) or ()):
        assert [(call.name, call.arguments) for call in calls] == [("look_up", {"order": "7"})]
        assert all(isinstance(call, ToolCall) and call.id for call in calls)


async def test_a_schema(aimock: AiMock, provider: Provider) -> None:
    asked = replace(PROMPT, schema={"type": "object", "properties": {"a": {"type": "integer"}}})
    if provider.name == "groq":
        await aimock.calls("final_reply", {"a": 1})
    else:
        await aimock.says('{"a": 1}')
    assert (await provider.complete(asked)).text == '{"a": 1}'


async def test_speech(aimock: AiMock, provider: Provider) -> None:
    if provider.name == "anthropic":
        return
    await aimock.hears("Good morning", seconds=3, segments=[{"id": 0, "start": 0, "end": 3, "avg_logprob": 0.0}])
    heard = await provider.transcribe(
        "whisper-1", b"OggS", name="voice.oga", language_hint="en", deadline=timedelta(seconds=5)
    )
    assert (heard.text, heard.language, heard.duration) == ("Good morning", "en", timedelta(seconds=3))
    assert heard.confidence == 1.0


@pytest.mark.parametrize(
    ("status", "code", "error"),
    [(401, "invalid_api_key", Misconfigured), (404, "model_not_found", Misconfigured), (429, "rate_limit", Busy),
     (429, "insufficient_quota", Exhausted), (400, "context_length_exceeded", Rejected), (500, "", Busy),
     (529, "", Busy)],
)  # fmt: skip
async def test_refusals(aimock: AiMock, provider: Provider, status: int, code: str, error: type[StewardError]) -> None:
    await aimock.fails(status, code=code, retry_after=7)
    if provider.name == "anthropic" and error is Exhausted:
        return  # aimock writes Anthropic's errors without their code
    with pytest.raises(error) as raised:
        await provider.complete(PROMPT)
    assert len(await aimock.requests()) == 1
    if status == 429 and isinstance(raised.value, Busy):
        assert raised.value.retry_after == timedelta(seconds=7)


async def test_each_kind_of_chaos(aimock: AiMock, provider: Provider) -> None:
    await aimock.says("Hello!")
    await aimock.chaos(drop=1)
    with pytest.raises(Busy):
        await provider.complete(PROMPT)
    await aimock.chaos(malformed=1)
    with pytest.raises(BadReply):
        await provider.complete(PROMPT)
    with pytest.raises(BadReply):
        await read(provider)
    await aimock.chaos(rate_limited=1)
    with pytest.raises(Busy) as raised:
        await provider.complete(PROMPT)
    assert raised.value.retry_after is not None
    await aimock.chaos(disconnect=1)
    with pytest.raises(Interrupted):
        await provider.complete(PROMPT)
    with pytest.raises(Interrupted):
        await read(provider)
    await aimock.chaos()
    assert (await provider.complete(PROMPT)).text == "Hello!"
    assert [asked.status for asked in await aimock.requests()] == [500, 200, 200, 429, 0, 0, 200]


async def test_a_stream_that_is_cut(aimock: AiMock, provider: Provider) -> None:
    await aimock.says("Hello there, dear friend!", chunkSize=5, truncateAfterChunks=2)
    with pytest.raises(Interrupted):
        await read(provider)


async def test_a_cut_off_reply_and_a_refusal(aimock: AiMock, provider: Provider) -> None:
    await aimock.says("Hello th", finish="length")
    with pytest.raises(BadReply) as raised:
        await provider.complete(PROMPT)
    assert raised.value.usage == USAGE
    await aimock.clear()
    if provider.name != "anthropic":  # whose refusal aimock does not know
        await aimock.says("No.", finish="content_filter")
        with pytest.raises(Rejected):
            await provider.complete(PROMPT)


async def test_a_slow_model(aimock: AiMock, provider: Provider) -> None:
    await aimock.chaos(latency_ms=30_000)
    with pytest.raises(Interrupted, match="too long"):
        await provider.complete(replace(PROMPT, deadline=timedelta(seconds=0.05)))
    await aimock.chaos()
    await aimock.says("Hello there, dear friend!", chunkSize=5, latency=10_000)
    with pytest.raises(Interrupted, match="too long"):
        await read(provider, 0.1)


async def test_many_at_once_under_chaos(aimock: AiMock, clients: Clients) -> None:
    """Each of 120 calls is answered or fails with one of our errors, after exactly one request."""
    await aimock.says("Hello there, dear friend!")
    await aimock.chaos(drop=0.2, malformed=0.2, rate_limited=0.2, disconnect=0.2)
    providers = [flavour.open(aimock.groq_url, clients) for flavour in FLAVOURS]

    async def ask(number: int) -> None:
        opened = providers[number % len(providers)]
        try:
            last = (await read(opened))[-1] if number % 3 else await opened.complete(PROMPT)
            assert isinstance(last, Completion)
            assert last.text == "Hello there, dear friend!"
        except StewardError as error:
            assert isinstance(error, Busy | BadReply | Interrupted)

    await asyncio.gather(*(ask(number) for number in range(120)))
    assert len(await aimock.requests()) == 120
