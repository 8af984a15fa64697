"""A business's own pages, read politely: what robots.txt allows, one host, few pages, nothing private."""

from collections.abc import AsyncIterator
from datetime import timedelta

import pytest
from aiohttp import web
from aiohttp.test_utils import TestServer

from connectors.crawling import NAME, Crawled, Crawler, LinkTrouble
from connectors.guarding import GuardedSession
from documents.markup import read_html
from documents.sources import SourceText

HTML = "<!doctype html><title>{title}</title><body>{body}</body>"


class Site:
    """Pages by path: HTML, a status, or where it leads to."""

    def __init__(self) -> None:
        self.pages: dict[str, str | int | bytes] = {}
        self.asked: list[str] = []
        self.agents: set[str] = set()
        app = web.Application()
        app.router.add_get("/{path:.*}", self.serve)
        self.server = TestServer(app)

    async def serve(self, request: web.Request) -> web.Response:
        self.asked.append(request.path_qs)
        self.agents.add(request.headers["User-Agent"])
        page = self.pages.get(request.path_qs, 404)
        if isinstance(page, int):
            return web.Response(status=page)
        if isinstance(page, bytes):
            return web.Response(body=page, content_type="text/csv")
        if page.startswith("->"):
            return web.Response(status=302, headers={"Location": page[2:]})
        kind = "text/plain" if request.path == "/robots.txt" else "text/html"
        return web.Response(text=page, content_type=kind)

    def put(self, path: str, body: str, *links: str) -> None:
        anchors = "".join(f'<p><a href="{link}">.</a></p>' for link in links)
        self.pages[path] = HTML.format(title=path, body=body + anchors)

    @property
    def url(self) -> str:
        return str(self.server.make_url("/"))

    @property
    def place(self) -> str:
        return f"{self.server.host}:{self.server.port}"


@pytest.fixture
async def site() -> AsyncIterator[Site]:
    site = Site()
    await site.server.start_server()
    yield site
    await site.server.close()


async def read(body: bytes, mime: str, address: str, encoding: str | None) -> SourceText:
    """As `documents.sources` does, without a process of its own."""
    if mime != "text/html":
        return SourceText(markdown=body.decode(), kind="csv")
    page = read_html(body, address, encoding=encoding)
    return SourceText(markdown=page.markdown, kind="html", title=page.title, links=page.links)


async def crawl(site: Site, path: str = "", *, pages: int = 20, pause: float = 0, allowed: bool = True) -> Crawled:
    async with GuardedSession(allowed=[site.place] if allowed else []) as session:
        crawler = Crawler(session, most_pages=pages, pause=timedelta(seconds=pause))
        return await crawler.crawl(site.url + path, read)


async def test_pages_of_the_host_are_read_two_links_deep_and_each_block_once(site: Site) -> None:
    site.put("/", "<h1>Shop</h1><p>Bread</p><footer>Open 8-18</footer>", "/menu", "http://other.example/x", "/menu#top")
    site.put("/menu", "<h1>Menu</h1><p>Rye 4.50</p><footer>Open 8-18</footer>", "/deep", "/photo.jpg", "/")
    site.put("/deep", "<p>Deep</p>", "/deeper")
    site.put("/deeper", "<p>Too deep</p>")
    got = await crawl(site)
    assert got.markdown == (
        "# /\n\n## Shop\n\nBread\n\nOpen 8-18\n\n.\n\n# /menu\n\n## Menu\n\nRye 4.50\n\n# /deep\n\nDeep"
    )
    assert (got.pages, got.truncated) == (3, False)
    assert site.asked == ["/robots.txt", "/", "/menu", "/deep"]
    assert all(agent.startswith(f"{NAME}/") for agent in site.agents)


async def test_at_most_so_many_pages_and_it_says_so(site: Site) -> None:
    site.put("/", "<p>Start</p>", *(f"/{n}" for n in range(9)))
    for n in range(9):
        site.put(f"/{n}", f"<p>Page {n}</p>")
    got = await crawl(site, pages=4)
    assert (got.pages, got.truncated) == (4, True)
    assert len(site.asked) == 5


async def test_robots_are_asked_first_and_obeyed(site: Site) -> None:
    site.pages["/robots.txt"] = f"User-agent: {NAME}\nDisallow: /secret\n\nUser-agent: *\nDisallow: /\n"
    site.put("/", "<p>Open</p>", "/secret/a", "/b")
    site.put("/b", "<p>Also open</p>")
    got = await crawl(site)
    assert "Also open" in got.markdown
    assert site.asked == ["/robots.txt", "/", "/b"]
    with pytest.raises(LinkTrouble) as raised:
        await crawl(site, "secret/a")
    assert raised.value.reason == "link_robots"


async def test_a_site_whose_robots_cannot_be_asked_is_left_alone(site: Site) -> None:
    site.pages["/robots.txt"] = 503
    site.put("/", "<p>Open</p>")
    with pytest.raises(LinkTrouble) as raised:
        await crawl(site)
    assert raised.value.reason == "link_unreachable"
    assert site.asked == ["/robots.txt"]


async def test_a_list_is_taken_as_it_is(site: Site) -> None:
    site.pages["/list.csv"] = b"item,price\nrye,4.50\n"
    assert (await crawl(site, "list.csv")).markdown == "item,price\nrye,4.50\n"


async def test_requests_keep_their_distance(site: Site) -> None:
    """What a site wants for a delay is kept to; time itself is not measured here."""
    site.pages["/robots.txt"] = "User-agent: *\nCrawl-delay: 0.01\n"
    site.put("/", "<p>Start</p>", "/a")
    site.put("/a", "<p>A</p>")
    assert (await crawl(site, pause=0.01)).pages == 2


@pytest.mark.parametrize(
    ("path", "page", "reason"),
    [
        ("gone", 404, "link_refused"),
        ("closed", 403, "link_refused"),
        ("busy", 429, "link_unreachable"),
        ("broken", 500, "link_unreachable"),
        ("round", "->/round", "link_elsewhere"),
        ("inside", "->http://10.0.0.1/x", "link_private"),
        ("nowhere", "->ftp://shop.example/x", "link_bad"),
        ("blank", "<!doctype html><title></title><body></body>", "link_empty"),
    ],
)
async def test_what_goes_wrong_is_told_by_a_code(site: Site, path: str, page: str | int, reason: str) -> None:
    site.pages[f"/{path}"] = page
    with pytest.raises(LinkTrouble) as raised:
        await crawl(site, path)
    assert raised.value.reason == reason


async def test_no_request_outlives_the_time_of_the_visit(site: Site) -> None:
    site.put("/", "Bread")
    async with GuardedSession(allowed=[site.place]) as session:
        with pytest.raises(LinkTrouble) as raised:
            await Crawler(session, time_limit=timedelta(0)).crawl(site.url, read)
    assert raised.value.reason == "link_unreachable"


async def test_private_addresses_are_not_asked(site: Site) -> None:
    site.put("/", "<p>Inside</p>")
    with pytest.raises(LinkTrouble) as raised:
        await crawl(site, allowed=False)
    assert raised.value.reason == "link_private"
    assert site.asked == []


@pytest.mark.parametrize("link", ["", "file:///etc/passwd", "http://", "http://[", "https://user:secret@shop.example/"])
async def test_what_is_no_address_is_refused(link: str) -> None:
    async with GuardedSession() as session:
        with pytest.raises(LinkTrouble) as raised:
            await Crawler(session).crawl(link, read)
    assert raised.value.reason == "link_bad"


async def test_a_page_that_fails_on_the_way_costs_the_others_nothing(site: Site) -> None:
    site.put("/", "<p>Start</p>", "/broken", "/away", "/fine")
    site.pages["/broken"] = 500
    site.pages["/away"] = "->http://10.0.0.1/x"
    site.put("/fine", "<p>Fine</p>")
    got = await crawl(site)
    assert got.pages == 2
    assert "Fine" in got.markdown
