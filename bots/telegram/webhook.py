"""Where Telegram delivers. 200 is said after the commit only; a tap is answered in the same reply.

Own route, as aiogram's handlers answer 200 before their work is done and let a wrong secret or deep JSON end in a 500.
"""

from collections.abc import Sequence

import orjson
from aiohttp import web

from bots.accounts import Registry
from bots.intake import Intake
from bots.telegram.parse import parse_update
from bots.web import JSON, parse_json, read_body, refuse, same_secret, unavailable
from core.clock import Clock
from core.errors import Transient
from core.events import ButtonTapped

PATH = "/telegram/{path_id}"
SECRET = "X-Telegram-Bot-Api-Secret-Token"  # noqa: S105
MOST_BYTES = 1024 * 1024


class TelegramWebhook:
    def __init__(self, registry: Registry, intake: Intake, clock: Clock) -> None:
        self._registry = registry
        self._intake = intake
        self._clock = clock

    def routes(self) -> Sequence[web.AbstractRouteDef]:
        return [web.post(PATH, self.receive)]

    async def receive(self, request: web.Request) -> web.Response:
        """404 for an unknown path and for a wrong secret alike; 413, 415, 400; 503 while nothing can be recorded."""
        running = self._registry.at_path(request.match_info["path_id"])
        if running is None or not same_secret(request.headers.get(SECRET, ""), running.credentials.webhook_secret):
            return refuse(404, "not found")
        body = await read_body(request, MOST_BYTES)
        if isinstance(body, web.Response):
            return body
        try:
            parsed = parse_update(parse_json(body), now=self._clock.now())
        except ValueError:
            parsed = "rejected"
        if isinstance(parsed, str):
            self._intake.count(running.account, parsed)
            return refuse(400, "malformed") if parsed == "rejected" else web.Response()
        try:
            await self._intake.record(running.account, (parsed,))
        except Transient as error:
            return unavailable(error)
        event = parsed.event
        if isinstance(event, ButtonTapped):
            answer = {"method": "answerCallbackQuery", "callback_query_id": event.callback_id}
            return web.Response(body=orjson.dumps(answer), content_type=JSON)
        return web.Response()
