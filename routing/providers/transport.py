"""The HTTP clients under the SDKs, one of each kind for all keys: 6 to 9 KB a key that was used instead of 810 KB,
measured with each SDK in November 2026.

OpenAI's and Anthropic's SDKs stand on httpx2, Groq's on httpx.
"""

from collections.abc import AsyncIterator
from http.cookiejar import CookieJar, DefaultCookiePolicy
from typing import TypedDict

import httpx
import httpx2

LONGEST_STREAM = 8_000_000
"""Bytes of any reply. A streamed token comes in about 250 bytes of JSON, so 20,000 characters need about 2 MB."""
_LONGEST_ERROR = 64_000
_CONNECT_SECONDS = 5.0
"""Waiting for the reply itself is bounded by each prompt's deadline alone."""

UNSENT = (
    *(httpx.ConnectError, httpx.ConnectTimeout, httpx.PoolTimeout, httpx.ProxyError),
    *(httpx2.ConnectError, httpx2.ConnectTimeout, httpx2.PoolTimeout, httpx2.ProxyError),
)
WRONG_ADDRESS = (httpx.InvalidURL, httpx.UnsupportedProtocol, httpx2.InvalidURL, httpx2.UnsupportedProtocol)
UNDECODABLE = (httpx.DecodingError, httpx2.DecodingError)
BROKEN = (httpx.HTTPError, httpx.StreamError, httpx2.HTTPError, httpx2.StreamError, OSError)


class TooLong(Exception):
    """A reply that does not end within its bound."""


class _Settings(TypedDict):
    follow_redirects: bool
    headers: dict[str, str]
    cookies: CookieJar


def open_httpx2() -> httpx2.AsyncClient:
    """For OpenAI and Anthropic. Close it after the last provider that uses it."""
    return httpx2.AsyncClient(
        timeout=httpx2.Timeout(None, connect=_CONNECT_SECONDS),
        limits=httpx2.Limits(max_connections=1000, max_keepalive_connections=100),
        event_hooks={"response": [_bound]},
        **_settings(),
    )


def open_httpx() -> httpx.AsyncClient:
    """For Groq. Close it after the last provider that uses it."""
    return httpx.AsyncClient(
        timeout=httpx.Timeout(None, connect=_CONNECT_SECONDS),
        limits=httpx.Limits(max_connections=1000, max_keepalive_connections=100),
        event_hooks={"response": [_bound]},
        **_settings(),
    )


def forget_headers(client: object) -> None:
    """The SDKs add the headers of the operator's `…_CUSTOM_HEADERS`, and the address may be a tenant's."""
    setattr(client, "_custom_headers", {})  # noqa: B010 - no public way takes them back


def _settings() -> _Settings:
    return {
        # A redirect would carry the prompt, and Anthropic's key with it, to another host.
        "follow_redirects": False,
        # A small compressed body can unpack into a very large one.
        "headers": {"Accept-Encoding": "identity"},
        # Tenants share the client, so it remembers nothing between them.
        "cookies": CookieJar(DefaultCookiePolicy(allowed_domains=[])),
    }


async def _bound(response: httpx.Response | httpx2.Response) -> None:
    # The SDKs read the whole body of an error, however long: it is cut, as what matters stands at its start.
    stream = response.stream
    assert isinstance(stream, httpx.AsyncByteStream | httpx2.AsyncByteStream)
    limit = LONGEST_STREAM if response.is_success else _LONGEST_ERROR
    response.stream = _Bounded(stream, limit, cut=not response.is_success)


class _Bounded(httpx.AsyncByteStream, httpx2.AsyncByteStream):
    def __init__(self, inner: httpx.AsyncByteStream | httpx2.AsyncByteStream, limit: int, *, cut: bool) -> None:
        self._inner = inner
        self._left = limit
        self._cut = cut

    async def __aiter__(self) -> AsyncIterator[bytes]:
        async for chunk in self._inner:
            self._left -= len(chunk)
            if self._left >= 0:
                yield chunk
            elif self._cut:
                return
            else:
                raise TooLong

    async def aclose(self) -> None:
        await self._inner.aclose()
