"""HTTP to addresses that somebody else chose, without becoming their way into our network.

A host is resolved once, and the connection goes to the very addresses that were checked. What is taken of an answer is
bounded, and what is packed is unpacked within the same bound.
"""

import socket
import zlib
from collections.abc import AsyncIterator, Iterable, Mapping
from contextlib import AbstractAsyncContextManager
from datetime import timedelta
from types import TracebackType

import aiohttp
from aiohttp.abc import AbstractResolver, ResolveResult
from yarl import URL

from connectors.addresses import is_public, parse_address
from core.errors import Misconfigured, Rejected

CONNECT_TIME = timedelta(seconds=10)
"""To resolve, connect and agree on TLS; after that a request may have been read."""
_GZIP_OR_ZLIB = 47


class PrivateAddress(Misconfigured):
    """Inside a network of ours, or of whoever runs this."""


class GuardedResolver(AbstractResolver):
    """Hands out an answer only when every address in it may be connected to."""

    def __init__(self, inner: AbstractResolver, allowed: frozenset[str]) -> None:
        self._inner = inner
        self._allowed = allowed

    async def resolve(
        self, host: str, port: int = 0, family: socket.AddressFamily = socket.AF_UNSPEC
    ) -> list[ResolveResult]:
        """Raises Misconfigured for a blocked address, OSError like any resolver."""
        found = await self._inner.resolve(host, port, family)
        if f"{host}:{port}" not in self._allowed:
            for each in found:
                address = parse_address(each["host"])
                if address is None or not is_public(address):
                    raise _blocked(host)
        return found

    async def close(self) -> None:
        await self._inner.close()


class GuardedSession:
    """To be entered once and used by many. Each request is sent once; no redirect is followed and no cookie kept."""

    def __init__(self, *, allowed: Iterable[str] = (), resolver: AbstractResolver | None = None) -> None:
        """`allowed` names the private places that may be connected to, as `host:port`."""
        self._allowed = frozenset(allowed)
        self._inner = resolver
        self._session: aiohttp.ClientSession | None = None

    async def __aenter__(self) -> "GuardedSession":
        connector = aiohttp.TCPConnector(
            resolver=GuardedResolver(self._inner or aiohttp.ThreadedResolver(), self._allowed),
            use_dns_cache=False,
            force_close=True,
            limit=16,
        )
        self._session = aiohttp.ClientSession(
            connector=connector, cookie_jar=aiohttp.DummyCookieJar(), auto_decompress=False,
            timeout=aiohttp.ClientTimeout(total=None, connect=CONNECT_TIME.total_seconds()),
        )  # fmt: skip
        # aiohttp sends a PUT or DELETE a second time when the connection breaks, and has no public way to forbid it.
        self._session._retry_connection = False  # pyright: ignore[reportPrivateUsage]
        return self

    async def __aexit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        if self._session is not None:
            await self._session.close()

    def check(self, url: URL) -> None:
        """Raises Misconfigured for what must not be asked for, as far as can be told before a name is resolved."""
        try:
            host, port = url.host, url.port
        except ValueError:
            raise Misconfigured("The address is no valid URL. Check it") from None
        if url.scheme not in ("http", "https") or not host or port is None:
            raise Misconfigured("The address must begin with http:// or https://")
        if url.user is not None or url.password is not None:
            raise Misconfigured("The address must not hold a name or password")
        address = parse_address(host)  # a literal address is never resolved, so it is checked here
        if address is not None and not is_public(address) and not self.allows(url):
            raise _blocked(host)

    def allows(self, url: URL) -> bool:
        """Whether the operator has named the place in the setting."""
        return f"{url.host}:{url.port}" in self._allowed

    def request(
        self, method: str, url: URL, *, headers: Mapping[str, str], body: bytes | None = None
    ) -> AbstractAsyncContextManager[aiohttp.ClientResponse]:
        """Raises what `check` does, and on entering Misconfigured for a blocked address and the errors of aiohttp."""
        assert self._session is not None, "enter the session first"
        self.check(url)
        return self._session.request(method, url, headers=headers, data=body, allow_redirects=False)


def _blocked(host: str) -> PrivateAddress:
    return PrivateAddress(
        f"{host[:100]} is inside a private network, which is not fetched from. "
        "Use a public address, or allow this one in STEWARD_FETCH_ALLOW as host:port"
    )


async def read_body(response: aiohttp.ClientResponse, limit: int) -> bytes:
    """Unpacked. Raises Rejected for what is too large or cannot be unpacked, and the errors of aiohttp."""
    encoding = response.headers.get("Content-Encoding", "identity").strip().lower()
    if encoding not in ("identity", "", "gzip", "x-gzip", "deflate"):
        raise Rejected(f"The answer is packed in a way that is not read ({encoding[:20]})")
    if response.content_length is not None and response.content_length > limit:
        raise _too_large(limit)
    chunks = response.content.iter_chunked(64 * 1024)
    if encoding in ("identity", ""):
        return await _collect(chunks, limit)
    return await _unpack(chunks, limit)


async def _collect(chunks: AsyncIterator[bytes], limit: int) -> bytes:
    body = bytearray()
    async for chunk in chunks:
        body += chunk
        if len(body) > limit:
            raise _too_large(limit)
    return bytes(body)


async def _unpack(chunks: AsyncIterator[bytes], limit: int) -> bytes:
    """Never holds more than the limit, however small what unpacks to it."""
    unpacker = zlib.decompressobj(_GZIP_OR_ZLIB)
    body = bytearray()
    taken = 0
    try:
        async for chunk in chunks:
            taken += len(chunk)
            body += unpacker.decompress(chunk, limit + 1 - len(body))
            if len(body) > limit or taken > limit:
                raise _too_large(limit)
    except zlib.error:
        raise Rejected("The answer is packed, and cannot be unpacked") from None
    if not unpacker.eof:
        raise Rejected("The answer is packed, and breaks off")
    return bytes(body)


def _too_large(limit: int) -> Rejected:
    return Rejected(f"The answer is larger than {limit // 1024} KB")
