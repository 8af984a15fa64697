"""Carriers' signed webhooks: what they report is written to the shipment and recorded for its case.

`POST /carriers/{path_id}` with `X-Steward-Signature` and one event or `{"events": [...]}`; an event is
`{id, reference, status, eta, occurred_at?}`. Each is answered on its own: `{"results": [{id, result, error?}]}` with
`recorded`, `duplicate`, `outdated` (the shipment knows something newer), `unknown_reference` or `invalid`.
"""

from collections.abc import Sequence
from dataclasses import dataclass

import aiohttp
import orjson
import structlog
from aiohttp import web
from aiohttp.http_exceptions import HttpProcessingError
from prometheus_client import Counter

from connectors.reporting import Reporting, Result
from connectors.reports import CarrierEvent, read_event, read_items
from connectors.signing import HEADER, is_signed
from core.clock import Clock
from core.errors import Misconfigured, Transient
from core.recording import Recorder
from db.database import Database
from db.engine.directory import StoredConnection
from db.engine.link import Link
from db.shipments import find_connection
from tenants.secrets import Vault

PATH = "/carriers/{path_id:[A-Za-z0-9_-]{1,64}}"
MOST_BYTES = 256 * 1024
_log = structlog.get_logger(__name__)
_ITEMS = Counter("steward_carrier_events", "Events that carriers reported, by what became of them.", ["result"])


@dataclass(frozen=True, slots=True)
class _Item:
    event: CarrierEvent | None
    id: str
    error: str = ""


class CarrierWebhook:
    def __init__(self, *, link: Link, database: Database, recorder: Recorder, vault: Vault, clock: Clock) -> None:
        """`link` is one of the engine role: whose path it is stands in no tenant's view."""
        self._link = link
        self._reporting = Reporting(database, recorder, clock)
        self._vault = vault
        self._clock = clock

    def routes(self) -> Sequence[web.AbstractRouteDef]:
        return [web.post(PATH, self.receive)]

    async def receive(self, request: web.Request) -> web.Response:
        """200 once every valid event is committed; 422 when none is valid.

        401 without and 403 with a wrong or stale signature, 404, 413, 400; 503 while nothing can be recorded: the
        carrier delivers again.
        """
        header = request.headers.get(HEADER)
        if not header:
            return _refuse(401, f"Sign the body and send the signature in {HEADER}")
        body = await _read_body(request)
        if isinstance(body, web.Response):
            return body
        try:
            async with self._link.use() as tx:
                connection = await find_connection(tx, request.match_info["path_id"])
            if connection is None or connection.kind != "carrier":
                return _refuse(404, "There is no such carrier connection")
            if not is_signed(self._secret(connection), body, header, self._clock.now()):
                _log.warning("carrier_wrong_signature", connection=connection.connection_id)
                return _refuse(403, "The signature is wrong, or more than five minutes old")
            return await self._accept(connection, body)
        except Transient as error:
            _log.warning("carrier_not_recorded", error=type(error).__name__)
            return _refuse(503, "Try again shortly", {"Retry-After": "1"})

    def _secret(self, connection: StoredConnection) -> str:
        try:
            return self._vault.open(connection.tenant_id, connection.secrets).get("signing_secret", "")
        except Misconfigured:
            _log.error("carrier_secret_sealed", connection=connection.connection_id)
            return ""

    async def _accept(self, connection: StoredConnection, body: bytes) -> web.Response:
        """Raises Transient."""
        try:
            items = [_read(item) for item in read_items(body)]
        except ValueError as error:
            return _refuse(400, str(error).capitalize())
        events = [item.event for item in items if item.event is not None]
        results = iter(await self._reporting.take(connection, events) if events else [])
        answers: list[dict[str, str]] = []
        for item in items:
            result: Result | str = "invalid" if item.event is None else next(results)
            _ITEMS.labels(result).inc()
            answers.append({"id": item.id, "result": result, **({"error": item.error} if item.error else {})})
        return _answer(200 if events else 422, {"results": answers})


def _read(item: object) -> _Item:
    try:
        event = read_event(item)
    except ValueError as error:
        return _Item(None, "", str(error))
    return _Item(event, event.id)


async def _read_body(request: web.Request) -> bytes | web.Response:
    """Nothing beyond the limit is kept, and nothing is unpacked."""
    if request.headers.get("Content-Encoding", "identity") != "identity":
        return _refuse(415, "Send it uncompressed")
    if (request.content_length or 0) > MOST_BYTES:
        return _refuse(413, f"Send at most {MOST_BYTES // 1024} KB")
    body = bytearray()
    try:
        while chunk := await request.content.readany():
            body += chunk
            if len(body) > MOST_BYTES:
                return _refuse(413, f"Send at most {MOST_BYTES // 1024} KB")
    except (aiohttp.ClientPayloadError, HttpProcessingError, ConnectionError):
        return _refuse(400, "The body broke off")
    return bytes(body)


def _refuse(status: int, reason: str, headers: dict[str, str] | None = None) -> web.Response:
    return _answer(status, {"error": reason}, headers)


def _answer(status: int, value: object, headers: dict[str, str] | None = None) -> web.Response:
    return web.Response(body=orjson.dumps(value), status=status, content_type="application/json", headers=headers)
