"""Fetching what somebody else's URL points at, without becoming their way into our network.

Every hop's host is resolved once, and the connection goes to the very addresses that were checked. Bytes, seconds and
redirects are bounded; what is packed is unpacked within the same bound.
"""

import asyncio
import socket
import zlib
from collections.abc import AsyncIterator, Iterable
from datetime import timedelta
from types import TracebackType

import aiohttp
from aiohttp.abc import AbstractResolver, ResolveResult
from yarl import URL

from connectors.addresses import is_public, parse_address
from core.errors import Misconfigured, Rejected, StewardError, Transient

MOST_BYTES = 2 * 1024 * 1024
MOST_REDIRECTS = 3
MOST_TIME = timedelta(seconds=15)
_MOST_URL_CHARACTERS = 2048
_REDIRECTS = (301, 302, 303, 307, 308)
_HEADERS = {"User-Agent": "Steward (price watch)", "Accept-Encoding": "gzip, deflate", "Accept": "text/csv, */*;q=0.5"}
_GZIP_OR_ZLIB = 47


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


class Fetcher:
    """To be entered once and used by many."""

    def __init__(
        self,
        *,
        allowed: Iterable[str] = (),
        resolver: AbstractResolver | None = None,
        time_limit: timedelta = MOST_TIME,
    ) -> None:
        """`allowed` names the private places that may be fetched from, as `host:port`."""
        self._allowed = frozenset(allowed)
        self._inner = resolver
        self._time_limit = time_limit
        self._session: aiohttp.ClientSession | None = None

    async def __aenter__(self) -> "Fetcher":
        connector = aiohttp.TCPConnector(
            resolver=GuardedResolver(self._inner or aiohttp.ThreadedResolver(), self._allowed),
            use_dns_cache=False,
            force_close=True,
            limit=16,
        )
        self._session = aiohttp.ClientSession(
            connector=connector, cookie_jar=aiohttp.DummyCookieJar(), headers=_HEADERS, auto_decompress=False,
            timeout=aiohttp.ClientTimeout(total=None),
        )  # fmt: skip
        return self

    async def __aexit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        if self._session is not None:
            await self._session.close()

    async def fetch(self, url: str, *, limit_bytes: int = MOST_BYTES) -> bytes:
        """The unpacked body.

        Raises Misconfigured (an address that is wrong, blocked or refused: a person has to change it), Rejected (too
        large, broken), Transient (unreachable, overloaded, too slow).
        """
        try:
            async with asyncio.timeout(self._time_limit.total_seconds()):
                return await self._follow(url, limit_bytes)
        except TimeoutError:
            seconds = self._time_limit.total_seconds()
            raise Transient(f"The address did not answer within {seconds:g} seconds") from None
        except aiohttp.InvalidURL:
            raise Misconfigured("The address is no valid URL. Check it") from None
        except aiohttp.ClientSSLError:
            raise Misconfigured("The address's certificate is not valid") from None
        except (aiohttp.ClientResponseError, aiohttp.ClientPayloadError):
            raise Transient("The address's answer is broken") from None
        except (aiohttp.ClientError, OSError):
            raise Transient("The address cannot be reached") from None

    async def _follow(self, url: str, limit_bytes: int) -> bytes:
        assert self._session is not None, "enter the fetcher first"
        target = self._check(url)
        for _ in range(MOST_REDIRECTS + 1):
            async with self._session.get(target, allow_redirects=False) as response:
                location = response.headers.get("Location")
                if response.status in _REDIRECTS and location:
                    target = self._check(location, target)
                    continue
                if response.status != 200:
                    raise _refused(response.status)
                return await _read(response, limit_bytes)
        raise Misconfigured(f"The address leads on more than {MOST_REDIRECTS} times. Set the one it ends at")

    def _check(self, text: str, base: URL | None = None) -> URL:
        if len(text) > _MOST_URL_CHARACTERS:
            raise Misconfigured("The address is too long")
        try:
            url = URL(text) if base is None else base.join(URL(text))
            host, port = url.host, url.port
        except ValueError:
            raise Misconfigured("The address is no valid URL. Check it") from None
        if url.scheme not in ("http", "https") or not host or port is None:
            raise Misconfigured("The address must begin with http:// or https://")
        if url.user is not None or url.password is not None:
            raise Misconfigured("The address must not hold a name or password")
        address = parse_address(host)  # a literal address is never resolved, so it is checked here
        if address is not None and not is_public(address) and f"{host}:{port}" not in self._allowed:
            raise _blocked(host)
        return url


def _blocked(host: str) -> Misconfigured:
    return Misconfigured(
        f"{host[:100]} is inside a private network, which is not fetched from. "
        "Use a public address, or allow this one in STEWARD_FETCH_ALLOW as host:port"
    )


def _refused(status: int) -> StewardError:
    if status in (408, 425, 429) or status >= 500:
        return Transient(f"The address answered {status}")
    return Misconfigured(f"The address answered {status}. Check that it is right and open to everybody")


async def _read(response: aiohttp.ClientResponse, limit: int) -> bytes:
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
