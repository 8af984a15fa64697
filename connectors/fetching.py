"""Fetching what somebody else's URL points at: each hop guarded like the first; bytes, seconds and hops bounded."""

import asyncio
from collections.abc import Iterable
from datetime import timedelta
from types import TracebackType

import aiohttp
from aiohttp.abc import AbstractResolver
from yarl import URL

from connectors.guarding import GuardedSession, read_body
from core.errors import Misconfigured, StewardError, Transient

MOST_BYTES = 2 * 1024 * 1024
MOST_REDIRECTS = 3
MOST_TIME = timedelta(seconds=15)
_MOST_URL_CHARACTERS = 2048
_REDIRECTS = (301, 302, 303, 307, 308)
_HEADERS = {"User-Agent": "Steward (price watch)", "Accept-Encoding": "gzip, deflate", "Accept": "text/csv, */*;q=0.5"}


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
        self._session = GuardedSession(allowed=allowed, resolver=resolver)
        self._time_limit = time_limit

    async def __aenter__(self) -> "Fetcher":
        await self._session.__aenter__()
        return self

    async def __aexit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        await self._session.__aexit__(kind, error, trace)

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
        target = _parse(url)
        for _ in range(MOST_REDIRECTS + 1):
            async with self._session.request("GET", target, headers=_HEADERS) as response:
                location = response.headers.get("Location")
                if response.status in _REDIRECTS and location:
                    target = _parse(location, target)
                    continue
                if response.status != 200:
                    raise _refused(response.status)
                return await read_body(response, limit_bytes)
        raise Misconfigured(f"The address leads on more than {MOST_REDIRECTS} times. Set the one it ends at")


def _parse(text: str, base: URL | None = None) -> URL:
    if len(text) > _MOST_URL_CHARACTERS:
        raise Misconfigured("The address is too long")
    try:
        return URL(text) if base is None else base.join(URL(text))
    except ValueError:
        raise Misconfigured("The address is no valid URL. Check it") from None


def _refused(status: int) -> StewardError:
    if status in (408, 425, 429) or status >= 500:
        return Transient(f"The address answered {status}")
    return Misconfigured(f"The address answered {status}. Check that it is right and open to everybody")
