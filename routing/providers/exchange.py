"""One try: a request is sent, its reply read within the deadline and the bounds, and every failure is one of ours."""

import asyncio
from collections.abc import AsyncGenerator, AsyncIterator, Callable, Generator, Mapping
from contextlib import AbstractAsyncContextManager, AsyncExitStack, contextmanager, suppress
from datetime import timedelta
from typing import Protocol, TypeVar

import anyio

from core.models import TokenUsage
from routing.errors import BadReply, Interrupted
from routing.provider import Completion
from routing.providers.events import read_events
from routing.providers.failures import Vendor, translate
from routing.providers.replies import LONGEST_BODY
from routing.providers.transport import BROKEN, UNDECODABLE, TooLong

T = TypeVar("T")

_DRAIN_SECONDS = 0.1
"""For the end of a stream whose last event has come: a connection that is read to its end serves the next request."""
_LOST = (*BROKEN, TooLong, anyio.EndOfStream, anyio.ClosedResourceError, anyio.BrokenResourceError)
_UNREADABLE = (*UNDECODABLE, ValueError, TypeError, AttributeError, LookupError, AssertionError, RecursionError)
"""What the SDKs raise where they do not expect what they were sent; pydantic's error is a ValueError."""


class Reply(Protocol):
    """A response whose head has come, as all three SDKs give it."""

    @property
    def headers(self) -> Mapping[str, str]: ...

    def iter_bytes(self) -> AsyncIterator[bytes]: ...


Open = Callable[[], AbstractAsyncContextManager[Reply]]


class Assembler(Protocol):
    """Puts a stream's events together."""

    done: bool
    """The vendor has said that nothing follows."""

    @property
    def usage(self) -> TokenUsage | None:
        """What has been counted so far."""
        ...

    def feed(self, event: str) -> str:
        """The text that the event adds."""
        ...

    def finish(self) -> Completion:
        """Raises Interrupted where the end is missing."""
        ...


class Exchange:
    def __init__(self, vendor: Vendor, sdk_error: type[Exception]) -> None:
        """`sdk_error`: what all errors of the vendor's SDK are."""
        self.vendor = vendor
        self._caught = (*_LOST, *_UNREADABLE, sdk_error)

    async def once(self, model: str, deadline: timedelta, open_reply: Open, read: Callable[[bytes], T]) -> T:
        """Raises what a `Provider` raises."""
        with self._translated(model):
            async with asyncio.timeout(deadline.total_seconds()), open_reply() as reply:
                return read(await _read_body(reply))

    async def stream(
        self,
        model: str,
        deadline: timedelta,
        open_reply: Open,
        read: Callable[[bytes], Completion],
        assembler: Assembler,
    ) -> AsyncGenerator[str | Completion]:
        # A timeout must not be held over a yield: it would cancel the consumer in the midst of its own work.
        end = asyncio.get_running_loop().time() + deadline.total_seconds()
        async with AsyncExitStack() as stack:
            with self._translated(model):
                async with asyncio.timeout_at(end):
                    reply = await stack.enter_async_context(open_reply())
                    whole = read(await _read_body(reply)) if _is_json(reply) else None
            if whole is not None:  # from a server that does not stream
                if whole.text:
                    yield whole.text
                yield whole
                return
            events = read_events(reply.iter_bytes())
            stack.push_async_callback(events.aclose)
            while not assembler.done:
                with self._translated(model, assembler):
                    async with asyncio.timeout_at(end):
                        event = await anext(events, None)
                    if event is None:
                        break
                    piece = assembler.feed(event)
                if piece:
                    yield piece
            with self._translated(model, assembler):
                whole = assembler.finish()
            await _drain(events)
            yield whole

    @contextmanager
    def _translated(self, model: str, assembler: Assembler | None = None) -> Generator[None]:
        try:
            yield
        except (Interrupted, BadReply) as error:
            if error.usage is None and assembler:
                error.usage = assembler.usage
            raise
        except self._caught as error:
            raise translate(error, self.vendor, model, assembler.usage if assembler else None) from None


async def _read_body(reply: Reply) -> bytes:
    body = bytearray()
    async for piece in reply.iter_bytes():
        body += piece
        if len(body) > LONGEST_BODY:
            raise TooLong
    return bytes(body)


def _is_json(reply: Reply) -> bool:
    return "json" in reply.headers.get("content-type", "")


async def _drain(events: AsyncGenerator[str]) -> None:
    with suppress(*_LOST, *_UNREADABLE):
        async with asyncio.timeout(_DRAIN_SECONDS):
            async for _ in events:
                pass
