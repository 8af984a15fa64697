"""The other system that tenants' own actions reach: it does what it is asked, and writes down every request."""

from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from dataclasses import dataclass, field
from typing import Any

from aiohttp import web


@dataclass(frozen=True, slots=True, kw_only=True)
class Seen:
    method: str
    path: str
    key: str
    """The idempotency key."""
    body: dict[str, Any]
    bearer: str = ""


@dataclass(kw_only=True)
class Business:
    url: str = ""
    seen: list[Seen] = field(default_factory=list)
    failing: bool = False
    keeps_keys: bool = True
    """Whether it does once what is asked for twice under one key."""

    async def handle(self, request: web.Request) -> web.Response:
        body = await request.json() if request.can_read_body else {}
        if self.failing:
            return web.json_response({"message": "no"}, status=422)
        known = [each for each in self.seen if self.keeps_keys and each.key == request.headers.get("Idempotency-Key")]
        if not known:
            self.seen.append(
                Seen(
                    method=request.method,
                    path=request.path_qs,
                    key=request.headers.get("Idempotency-Key", ""),
                    body=body,
                    bearer=request.headers.get("Authorization", "").removeprefix("Bearer "),
                )
            )
        return web.json_response({"id": f"c{len(self.seen)}", "duplicate": bool(known)}, status=201)


@asynccontextmanager
async def running_business() -> AsyncIterator[Business]:
    business = Business()
    app = web.Application()
    app.router.add_route("*", "/{rest:.*}", business.handle)
    runner = web.AppRunner(app, access_log=None, shutdown_timeout=0.1)
    await runner.setup()
    await web.TCPSite(runner, "127.0.0.1", 0).start()
    business.url = f"http://127.0.0.1:{runner.addresses[0][1]}"
    try:
        yield business
    finally:
        await runner.cleanup()
