"""The process's one HTTP server: webhooks in, health and metrics out. Never a 5xx for what somebody sent, but 503
while the database cannot be reached, so that the vendor delivers again.
"""

import asyncio
import hmac
import logging
import re
from collections.abc import Awaitable, Callable, Iterable

import orjson
import structlog
from aiohttp import web
from aiohttp.http_exceptions import HttpProcessingError
from aiohttp.web_protocol import RequestPayloadError
from prometheus_client import CONTENT_TYPE_LATEST, generate_latest

from core.errors import Misconfigured, StewardError

JSON = "application/json"
MOST_BYTES = 3 * 1024 * 1024
"""Of any body. Source: Meta, webhooks overview: payloads are up to 3 MB."""
_ACCEPTING = 5
"""Rounds of the loop from a socket's being accepted to its connection's being known."""
_NUL = re.compile(rb"(?<!\\)((?:\\\\)*)\\u0000")
_log = structlog.get_logger(__name__)

_server_log = logging.getLogger("steward.web")
_server_log.addFilter(lambda record: not _is_clients_fault(record))

Health = Callable[[], Awaitable[str]]
"""What is wrong, in a few words; empty when nothing is."""


def create_web_app(*tables: Iterable[web.AbstractRouteDef], health: Health) -> web.Application:
    """One table of routes for each edge and each connector that listens."""
    app = web.Application(client_max_size=MOST_BYTES)
    for table in tables:
        app.add_routes(table)

    async def answer_health(_: web.Request) -> web.Response:
        trouble = await health()
        return web.Response(status=503 if trouble else 200, text=trouble or "ok")

    app.add_routes([web.get("/healthz", answer_health), web.get("/metrics", _answer_metrics)])
    return app


async def serve(app: web.Application, host: str, port: int) -> web.AppRunner:
    """Starts listening; `stop_serving` ends it, letting requests in hand finish.

    Raises Misconfigured when the port is taken.
    """
    runner = web.AppRunner(app, access_log=None, logger=_server_log, handle_signals=False, shutdown_timeout=10)
    await runner.setup()
    try:
        await web.TCPSite(runner, host, port, backlog=1024).start()
    except OSError as error:
        await runner.cleanup()
        raise Misconfigured(
            f"Cannot listen on {host}:{port} ({error.strerror}). Set STEWARD_PORT to a free port"
        ) from None
    return runner


async def stop_serving(runner: web.AppRunner) -> None:
    """A connection that is being accepted at this very moment is closed, too: the runner alone would leave it open."""
    for site in list(runner.sites):
        await site.stop()
    for _ in range(_ACCEPTING):
        await asyncio.sleep(0)
    await runner.cleanup()


async def _answer_metrics(_: web.Request) -> web.Response:
    return web.Response(body=generate_latest(), headers={"Content-Type": CONTENT_TYPE_LATEST})


def _is_clients_fault(record: logging.LogRecord) -> bool:
    """Requests that are no HTTP, or broken off: answered with 400, and no reason for a stack trace in the log."""
    error = record.exc_info[1] if record.exc_info else None
    return isinstance(error, HttpProcessingError | RequestPayloadError | ConnectionError)


def refuse(status: int, reason: str) -> web.Response:
    return web.Response(status=status, text=reason)


def unavailable(error: StewardError) -> web.Response:
    """For an item that could not be recorded now: the vendor keeps it and delivers again."""
    _log.warning("webhook.not_recorded", error=type(error).__name__)
    return web.Response(status=503, text="try again", headers={"Retry-After": "1"})


def same_secret(given: str, expected: str) -> bool:
    """Compared in constant time, as bytes: header text may hold anything. An empty secret matches nothing."""
    return bool(expected) and hmac.compare_digest(given.encode("utf-8", "surrogateescape"), expected.encode())


async def read_body(request: web.Request, limit: int) -> bytes | web.Response:
    """The body, or the 4xx to answer with. Nothing beyond `limit` bytes is kept, and nothing is unpacked."""
    if request.headers.get("Content-Encoding", "identity") != "identity":
        return refuse(415, "send it uncompressed")
    length = request.content_length
    if length is not None and length > limit:
        return refuse(413, "too large")
    chunks: list[bytes] = []
    taken = 0
    try:
        while chunk := await request.content.readany():
            taken += len(chunk)
            if taken > limit:
                return refuse(413, "too large")
            chunks.append(chunk)
    except (HttpProcessingError, RequestPayloadError, ConnectionError):
        return refuse(400, "broken off")
    return chunks[0] if len(chunks) == 1 else b"".join(chunks)


def parse_json(body: bytes) -> object:
    """Decodes without the NUL characters, which PostgreSQL cannot store in text.

    Raises ValueError when it is no JSON, or nested deeper than 1,024 levels (orjson's own bound: it stops there).
    Lone surrogates and invalid UTF-8 are no JSON.
    """
    if b"\\u0000" in body:
        body = _NUL.sub(rb"\1", body)
    return orjson.loads(body)
