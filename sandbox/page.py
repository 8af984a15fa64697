"""The page itself: files of `sandbox/web/`, under a strict Content-Security-Policy."""

from pathlib import Path

from aiohttp import web

WEB = Path(__file__).parent / "web"
POLICY = (
    "default-src 'self'; script-src 'self'; style-src 'self' 'unsafe-inline'; img-src 'self' blob: data:; "
    "media-src 'self' blob:; connect-src 'self'; font-src 'self' data:; object-src 'none'; base-uri 'none'; "
    "form-action 'none'; frame-ancestors 'none'"
)
HEADERS = {
    "Content-Security-Policy": POLICY,
    "X-Content-Type-Options": "nosniff",
    "Referrer-Policy": "no-referrer",
    "Cache-Control": "no-cache",
}


async def index(_request: web.Request) -> web.StreamResponse:
    return _file(WEB / "index.html")


async def static(request: web.Request) -> web.StreamResponse:
    """`/static/…`: a file below `sandbox/web/`, nothing else."""
    path = (WEB / request.match_info["path"]).resolve()
    if not path.is_relative_to(WEB):
        raise web.HTTPNotFound(text="There is no such file.")
    return _file(path)


def _file(path: Path) -> web.StreamResponse:
    if not path.is_file():
        raise web.HTTPNotFound(text="The page is not here: sandbox/web/ is incomplete.")
    return web.FileResponse(path, headers=HEADERS)
