"""What the open pages are told at once, over their WebSockets."""

import asyncio

import orjson
from aiohttp import WSCloseCode, web

from sandbox.records import Json

MAX_BEHIND = 2_000
"""A page that falls this many events behind is cut off; it reloads and reads the state."""


class Events:
    def __init__(self) -> None:
        self._pages: set[asyncio.Queue[str | None]] = set()

    @property
    def watched(self) -> bool:
        """Whether any page is open: what nobody sees is not rendered."""
        return bool(self._pages)

    def tell(self, event: Json) -> None:
        if not self._pages:
            return
        text = orjson.dumps(event).decode()
        for page in list(self._pages):
            if page.qsize() < MAX_BEHIND:
                page.put_nowait(text)
            else:
                self._pages.discard(page)
                page.put_nowait(None)

    async def serve(self, request: web.Request) -> web.StreamResponse:
        """`GET /api/events`. A page of another site is refused: a WebSocket is not bound by the same-origin rule."""
        origin = request.headers.get("Origin")
        if origin is not None and origin.partition("://")[2] != request.host:
            return web.Response(status=403, text="Open this from the sandbox's own page.")
        socket = web.WebSocketResponse(heartbeat=30)
        await socket.prepare(request)
        page: asyncio.Queue[str | None] = asyncio.Queue()
        self._pages.add(page)
        sender = asyncio.create_task(_forward(page, socket))
        try:
            async for _ in socket:
                pass
        finally:
            self._pages.discard(page)
            sender.cancel()
            await asyncio.gather(sender, return_exceptions=True)
        return socket

    def close(self) -> None:
        for page in self._pages:
            page.put_nowait(None)
        self._pages.clear()


async def _forward(page: asyncio.Queue[str | None], socket: web.WebSocketResponse) -> None:
    while True:
        text = await page.get()
        if text is None or socket.closed:
            await socket.close(code=WSCloseCode.GOING_AWAY)
            return
        try:
            await socket.send_str(text)
        except ConnectionError:
            return
