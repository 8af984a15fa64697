"""Where Meta delivers: the challenge once, then signed bodies with any number of messages and statuses.

Nothing is read before its signature is checked, and nothing is acknowledged before it is committed.
"""

import hmac
from collections.abc import Sequence

import structlog
from aiohttp import web

from bots.accounts import Registry
from bots.intake import Intake
from bots.web import MOST_BYTES, parse_json, read_body, refuse, same_secret, unavailable
from bots.whatsapp.parse import parse
from core.errors import Transient

PATH = "/whatsapp/{path_id}"
SIGNATURE = "X-Hub-Signature-256"
_PREFIX = "sha256="
_log = structlog.get_logger(__name__)


class WhatsAppWebhook:
    def __init__(self, registry: Registry, intake: Intake) -> None:
        self._registry = registry
        self._intake = intake

    def routes(self) -> Sequence[web.AbstractRouteDef]:
        return [web.get(PATH, self.challenge, allow_head=False), web.post(PATH, self.receive)]

    async def challenge(self, request: web.Request) -> web.Response:
        """Proves to Meta that the address is ours: says its word back when it knows our verify token."""
        running = self._registry.at_path(request.match_info["path_id"])
        query = request.query
        if running is None:
            return refuse(404, "no such number")
        if query.get("hub.mode") != "subscribe" or not same_secret(
            query.get("hub.verify_token", ""), running.credentials.verify_token
        ):
            return refuse(403, "wrong verify token")
        word = query.get("hub.challenge", "")
        return web.Response(text=word) if word.isascii() else refuse(400, "no challenge of Meta's")

    async def receive(self, request: web.Request) -> web.Response:
        """200 once everything in the body is committed.

        401 without and 403 with a wrong signature, 404, 413, 400; 503 while nothing can be recorded: Meta keeps what
        was not answered with 200 and delivers it again for 7 days.
        """
        running = self._registry.at_path(request.match_info["path_id"])
        if running is None:
            return refuse(404, "no such number")
        signature = request.headers.get(SIGNATURE)
        if not signature:
            return refuse(401, "not signed")
        body = await read_body(request, MOST_BYTES)
        if isinstance(body, web.Response):
            return body
        if not is_signed(body, signature, running.credentials.app_secret):
            _log.warning("whatsapp.wrong_signature", account=running.account.account_id)
            return refuse(403, "wrong signature")
        try:
            parsed = parse(parse_json(body), running.account)
        except ValueError:
            self._intake.count(running.account, "rejected")
            return refuse(400, "malformed")
        self._intake.count(running.account, "ignored", parsed.ignored)
        self._intake.count(running.account, "rejected", parsed.rejected)
        try:
            if parsed.arrivals:
                await self._intake.record(running.account, parsed.arrivals)
            if parsed.receipts:
                await self._intake.recorder.record_receipts(parsed.receipts)
        except Transient as error:
            return unavailable(error)
        return web.Response()


def is_signed(body: bytes, signature: str, app_secret: str) -> bool:
    expected = hmac.digest(app_secret.encode(), body, "sha256").hex()
    return signature.startswith(_PREFIX) and same_secret(signature[len(_PREFIX) :], expected)
