"""Reading a business's own web pages, politely: what robots.txt allows, one host, few pages, one request a second.

Every request is guarded like those of `connectors.fetching`: no private address, no packed bomb, no endless answer.
What the pages say is data; what a page is, is found out in a worker process.
"""

import asyncio
import time
from collections import deque
from collections.abc import Awaitable, Callable
from dataclasses import dataclass
from datetime import timedelta
from typing import Literal, Protocol
from urllib.robotparser import RobotFileParser

import aiohttp
from yarl import URL

from connectors.guarding import GuardedSession, PrivateAddress, read_body
from core.errors import Misconfigured, Rejected, StewardError, Transient

NAME = "Steward"
USER_AGENT = f"{NAME}/1.0 (reads the pages of businesses that ask it to)"
MOST_PAGES = 20
MOST_DEPTH = 2
MOST_BYTES = 20 * 1024 * 1024
PAUSE = timedelta(seconds=1)
TIME_LIMIT = timedelta(seconds=150)
REQUEST_TIME = timedelta(seconds=20)
_ROBOTS_BYTES = 512 * 1024
_LONGEST_PAUSE = 10.0
_MOST_REDIRECTS = 3
_REDIRECTS = (301, 302, 303, 307, 308)
_HEADERS = {"User-Agent": USER_AGENT, "Accept-Encoding": "gzip, deflate", "Accept": "text/html, */*;q=0.8"}
_NOT_PAGES = (
    ".jpg", ".jpeg", ".png", ".gif", ".webp", ".svg", ".ico", ".css", ".js", ".mp3", ".mp4", ".avi", ".mov", ".zip",
    ".gz", ".exe", ".dmg", ".apk", ".doc", ".docx", ".xls", ".xlsx", ".ppt", ".pptx", ".pdf", ".xml", ".rss", ".json",
)  # fmt: skip

Reason = Literal[
    "link_bad", "link_private", "link_refused", "link_robots", "link_unreachable", "link_empty", "link_large",
    "link_elsewhere",
]  # fmt: skip


class LinkTrouble(Rejected):
    """Why a link cannot be read; `reason` is for rooms that have words of their own."""

    def __init__(self, text: str, reason: Reason) -> None:
        super().__init__(text)
        self.reason: Reason = reason


class PageText(Protocol):
    """What reading an answer gives; `documents.sources.SourceText` is one."""

    @property
    def markdown(self) -> str: ...
    @property
    def title(self) -> str: ...
    @property
    def kind(self) -> str: ...
    @property
    def links(self) -> tuple[str, ...]: ...
    @property
    def truncated(self) -> bool: ...


Read = Callable[[bytes, str, str, str | None], Awaitable[PageText]]
"""With the body, its MIME type, the address it came from, and the encoding that the server says."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Crawled:
    markdown: str
    pages: int
    truncated: bool
    """There was more than was read."""


@dataclass(frozen=True, slots=True)
class _Answer:
    url: URL
    body: bytes
    mime: str
    encoding: str | None


class Crawler:
    def __init__(
        self,
        session: GuardedSession,
        *,
        most_pages: int = MOST_PAGES,
        pause: timedelta = PAUSE,
        time_limit: timedelta = TIME_LIMIT,
    ) -> None:
        self._session = session
        self._most_pages = most_pages
        self._pause = pause
        self._time_limit = time_limit

    async def crawl(self, link: str, read: Read) -> Crawled:
        """The page and those of its host that it leads to. Raises LinkTrouble, and what `read` raises for the first."""
        return await _Crawl(self._session, read, self._most_pages, self._pause, self._time_limit).run(_parse(link))


class _Crawl:
    """One visit of one host."""

    def __init__(
        self, session: GuardedSession, read: Read, most_pages: int, pause: timedelta, time_limit: timedelta
    ) -> None:
        self._session = session
        self._read = read
        self._most_pages = most_pages
        self._pause = pause.total_seconds()
        self._deadline = time.monotonic() + time_limit.total_seconds()
        self._robots: dict[str, RobotFileParser] = {}
        self._next_at = 0.0
        self._said: set[str] = set()
        """Blocks of earlier pages: what stands on each of them is told once."""

    async def run(self, start: URL) -> Crawled:
        answer = await self._get(start)
        first = await self._read(answer.body, answer.mime, str(answer.url), answer.encoding)
        if first.kind != "html":
            return Crawled(markdown=first.markdown, pages=1, truncated=first.truncated)
        host = _origin(answer.url)
        parts = [self._tell(first)]
        seen = {_key(start), _key(answer.url)}
        waiting = deque((link, 1) for link in first.links)
        truncated = first.truncated
        while waiting and len(parts) < self._most_pages and time.monotonic() < self._deadline:
            link, depth = waiting.popleft()
            page = await self._follow(link, host, seen)
            if page is None:
                continue
            parts.append(self._tell(page))
            truncated = truncated or page.truncated
            if depth < MOST_DEPTH:
                waiting.extend((further, depth + 1) for further in page.links)
        more = any(self._is_new(link, host, seen) for link, _ in waiting)
        text = "\n\n".join(filter(None, parts))
        if not text.strip():
            raise LinkTrouble("The page holds no text", "link_empty")
        return Crawled(markdown=text, pages=len(parts), truncated=truncated or more)

    async def _follow(self, link: str, host: str, seen: set[str]) -> PageText | None:
        """None for what is left out: seen, elsewhere, forbidden, no page, or not to be had."""
        if not self._is_new(link, host, seen):
            return None
        url = _parse(link)
        seen.add(_key(url))
        try:
            answer = await self._get(url)
            if _origin(answer.url) != host or (_key(answer.url) in seen and _key(answer.url) != _key(url)):
                return None
            seen.add(_key(answer.url))
            page = await self._read(answer.body, answer.mime, str(answer.url), answer.encoding)
        except Transient:
            raise
        except StewardError:
            return None
        return page if page.kind == "html" else None

    def _is_new(self, link: str, host: str, seen: set[str]) -> bool:
        try:
            url = _parse(link)
        except LinkTrouble:
            return False
        wanted = not url.path.lower().endswith(_NOT_PAGES)
        return wanted and _origin(url) == host and _key(url) not in seen

    def _tell(self, page: PageText) -> str:
        """Its title, then its blocks a heading deeper; nothing that an earlier page said."""
        blocks: list[str] = []
        for block in page.markdown.split("\n\n"):
            if block not in self._said:
                self._said.add(block)
                blocks.append(f"#{block}" if block.startswith("#") and not block.startswith("######") else block)
        if not blocks:
            return ""
        title = " ".join(page.title.split())
        return "\n\n".join([*([f"# {title}"] if title else []), *blocks])

    async def _get(self, url: URL) -> _Answer:
        """Raises LinkTrouble."""
        for _ in range(_MOST_REDIRECTS + 1):
            robots = await self._robots_of(url)
            if not robots.can_fetch(NAME, str(url)):
                raise LinkTrouble("The site's robots.txt asks not to read this page", "link_robots")
            answer = await self._request(url, MOST_BYTES)
            if isinstance(answer, URL):
                url = answer
                continue
            if isinstance(answer, int):
                raise _refused(answer)
            return answer
        raise LinkTrouble(f"The address leads on more than {_MOST_REDIRECTS} times", "link_elsewhere")

    async def _robots_of(self, url: URL) -> RobotFileParser:
        """What a site says that does not answer is not known, so nothing of it is read. Source: RFC 9309, 2.3.1."""
        origin = _origin(url)
        if (known := self._robots.get(origin)) is not None:
            return known
        robots = self._robots[origin] = RobotFileParser()
        answer: _Answer | URL | int = url.origin() / "robots.txt"
        for _ in range(_MOST_REDIRECTS + 1):
            if not isinstance(answer, URL):
                break
            answer = await self._request(answer, _ROBOTS_BYTES)
        if isinstance(answer, _Answer):
            robots.parse(answer.body.decode("utf-8", errors="replace").splitlines())
        elif isinstance(answer, int) and (answer >= 500 or answer == 429):
            raise _refused(answer)
        else:
            robots.parse([])
        delay = robots.crawl_delay(NAME)
        self._pause = max(self._pause, min(_LONGEST_PAUSE, float(delay))) if delay else self._pause
        return robots

    async def _request(self, url: URL, limit: int) -> _Answer | URL | int:
        """The answer, where it leads to, or the status it refuses with. Raises LinkTrouble."""
        await self._keep_pace()
        left = max(0.0, min(REQUEST_TIME.total_seconds(), self._deadline - time.monotonic()))
        try:
            async with (
                asyncio.timeout(left),
                self._session.request("GET", url, headers=_HEADERS) as response,
            ):
                location = response.headers.get("Location")
                if response.status in _REDIRECTS and location:
                    return _parse(location, url)
                if response.status != 200:
                    return response.status
                body = await read_body(response, limit)
                return _Answer(url, body, response.content_type, response.charset)
        except LinkTrouble:
            raise
        except PrivateAddress as error:
            raise LinkTrouble(str(error), "link_private") from None
        except Misconfigured as error:
            raise LinkTrouble(str(error), "link_bad") from None
        except Rejected as error:
            raise LinkTrouble(str(error), "link_large") from None
        except aiohttp.InvalidURL:
            raise LinkTrouble("The address is no valid URL", "link_bad") from None
        except (TimeoutError, aiohttp.ClientError, OSError):
            raise LinkTrouble("The address cannot be reached", "link_unreachable") from None

    async def _keep_pace(self) -> None:
        wait = self._next_at - time.monotonic()
        if wait > 0:
            await asyncio.sleep(wait)
        self._next_at = time.monotonic() + self._pause


def _parse(text: str, base: URL | None = None) -> URL:
    """Without its fragment. Raises LinkTrouble."""
    try:
        url = (URL(text) if base is None else base.join(URL(text))).with_fragment(None)
        usable = len(text) <= 2_048 and url.scheme in ("http", "https") and bool(url.host) and url.port is not None
        usable = usable and url.user is None and url.password is None
    except ValueError:
        usable, url = False, URL()
    if not usable:
        raise LinkTrouble("The address must begin with http:// or https:// and hold no password", "link_bad")
    return url


def _origin(url: URL) -> str:
    return f"{url.host}:{url.port}".removeprefix("www.")


def _key(url: URL) -> str:
    return f"{_origin(url)}{url.path.rstrip('/')}?{url.query_string}"


def _refused(status: int) -> LinkTrouble:
    if status in (408, 425, 429) or status >= 500:
        return LinkTrouble(f"The address answered {status}", "link_unreachable")
    return LinkTrouble(f"The address answered {status}. Check that it is right and open to everybody", "link_refused")
