"""Whatever a server sends, there is a whole reply or one of our errors, and never a text of its own in ours."""

import asyncio
import json
from collections.abc import Awaitable, Callable, Iterator
from contextlib import AsyncExitStack, aclosing
from typing import Any

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from core.errors import StewardError
from routing.provider import Completion, Provider
from tests.routing.providers.vendor_server import (
    FLAVOURS,
    KEY,
    PROMPT,
    SECRET,
    Clients,
    Flavour,
    VendorServer,
    run_server,
)

LOOK = ("t1", "look_up", {"order": "7"})
JUNK = st.recursive(
    st.none() | st.booleans() | st.integers() | st.floats() | st.text() | st.sampled_from([KEY, SECRET, "", 10**30]),
    lambda inner: st.lists(inner, max_size=3) | st.dictionaries(st.text(max_size=5), inner, max_size=3),
    max_leaves=5,
)
STATUS = st.sampled_from([200, 200, 200, 200, 201, 204, 302, 400, 401, 404, 418, 429, 500, 529, 599])


@st.composite
def mutated(draw: st.DrawFn, value: Any) -> Any:
    """With one place at any depth replaced, removed or doubled."""
    if not isinstance(value, dict | list) or not value or draw(st.integers(0, 4)) == 0:
        return draw(JUNK)
    keys = list(value) if isinstance(value, dict) else list(range(len(value)))
    key = draw(st.sampled_from(keys))
    copy: Any = dict(value) if isinstance(value, dict) else list(value)
    match draw(st.integers(0, 5)):
        case 0:
            del copy[key]
        case 1 if isinstance(copy, list):
            copy.append(copy[key])
        case _:
            copy[key] = draw(mutated(value[key]))
    return copy


@st.composite
def bytes_of(draw: st.DrawFn, value: Any) -> bytes:
    raw = json.dumps(draw(mutated(value))).encode()
    if draw(st.booleans()):
        return raw
    at = draw(st.integers(0, len(raw)))
    return raw[:at] + draw(st.binary(max_size=3)) + raw[at + draw(st.integers(0, 3)) :]


@st.composite
def stream_of(draw: st.DrawFn, events: list[str]) -> list[bytes]:
    parts = [event.encode() for event in events]
    for _ in range(draw(st.integers(0, 3))):
        at = draw(st.integers(0, len(parts) - 1))
        start, _, data = events[min(at, len(events) - 1)].partition("data: ")
        match draw(st.integers(0, 4)):
            case 0:
                parts[at] = b""
            case 1:
                parts[at] = draw(st.binary(max_size=20))
            case 2:
                parts[at] += parts[at]
            case _ if data.startswith("{"):
                parts[at] = f"{start}data: ".encode() + draw(bytes_of(json.loads(data))) + b"\n\n"
            case _:
                parts = parts[:at] or [b""]
    return parts


Ask = Callable[[VendorServer, dict[str, Provider]], Awaitable[None]]


@pytest.fixture(scope="module")
def runner() -> Iterator[Callable[[Ask], None]]:
    """Runs each example, which hypothesis calls without a loop, against one server and one client a vendor."""
    with asyncio.Runner() as loop:
        stack = AsyncExitStack()

        async def start() -> tuple[VendorServer, dict[str, Provider]]:
            server = await stack.enter_async_context(run_server())
            clients = Clients()
            stack.push_async_callback(clients.aclose)
            return server, {flavour.name: flavour.open(server.url, clients) for flavour in FLAVOURS}

        server, providers = loop.run(start())

        async def bounded(ask: Ask) -> None:
            await ask(server, providers)

        yield lambda ask: loop.run(bounded(ask))
        loop.run(stack.aclose())


CASES = {
    flavour.name: (
        st.one_of(
            bytes_of(flavour.body()),
            bytes_of(flavour.body("", "tool_calls", [LOOK])),
            bytes_of(flavour.error()),
            st.binary(max_size=50),
        ),
        st.one_of(stream_of(flavour.events()), stream_of(flavour.events(["x"], "tool_calls", [LOOK]))),
    )
    for flavour in FLAVOURS
}


async def outcome(provider: Provider, *, streamed: bool) -> None:
    try:
        if not streamed:
            last: Any = await provider.complete(PROMPT)
        else:
            async with aclosing(provider.stream(PROMPT)) as pieces:
                last = [piece async for piece in pieces][-1]
        assert isinstance(last, Completion)
        assert last.text or last.tool_calls
    except StewardError as error:
        assert KEY not in str(error)
        assert SECRET not in str(error)
        assert error.__cause__ is None


@settings(deadline=None, max_examples=120, suppress_health_check=[HealthCheck.too_slow, HealthCheck.large_base_example])
@given(st.sampled_from(FLAVOURS).flatmap(lambda f: st.tuples(st.just(f), CASES[f.name][0], STATUS, st.booleans())))
def test_any_body(runner: Any, case: tuple[Flavour, bytes, int, bool]) -> None:
    flavour, raw, status, streamed = case

    async def ask(server: Any, providers: dict[str, Provider]) -> None:
        server.says(raw, status)
        await outcome(providers[flavour.name], streamed=streamed)

    runner(ask)


@settings(deadline=None, max_examples=120, suppress_health_check=[HealthCheck.too_slow, HealthCheck.large_base_example])
@given(st.sampled_from(FLAVOURS).flatmap(lambda f: st.tuples(st.just(f), CASES[f.name][1], st.booleans())))
def test_any_stream(runner: Any, case: tuple[Flavour, list[bytes], bool]) -> None:
    flavour, parts, cut = case

    async def ask(server: Any, providers: dict[str, Provider]) -> None:
        server.streams(parts, cut=cut)
        await outcome(providers[flavour.name], streamed=True)

    runner(ask)
