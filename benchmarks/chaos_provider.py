"""The vendor's side of the crash suite: accepts sends, remembers every one of them, answers as the Bot API does."""

import asyncio
import random
import time
from collections import defaultdict
from collections.abc import AsyncGenerator
from contextlib import asynccontextmanager
from dataclasses import dataclass
from itertools import count

import orjson
from aiohttp import web


@dataclass(frozen=True, slots=True)
class Accept:
    at: float
    instance: str
    chat: str
    text: str

    @property
    def words(self) -> list[int]:
        return [int(word.rpartition("k")[2]) for word in self.text.split()]


class Provider:
    """`refuse`: the share of calls answered with 429 or 500, neither of which accepts anything."""

    def __init__(self, seed: int) -> None:
        self.accepts: list[Accept] = []
        self.answered: dict[str, dict[int, float]] = defaultdict(dict)
        """By chat and number of the message: when it was first answered."""
        self.stamps: dict[str, list[float]] = defaultdict(list)
        self.refuse = 0.0
        self.refused = 0
        self._random = random.Random(seed)
        self._ids = count(1)

    @asynccontextmanager
    async def serve(self) -> AsyncGenerator[int]:
        app = web.Application()
        app.add_routes([web.post("/{instance}/stamp", self._stamp), web.post("/{instance}/{bot}/{method}", self._send)])
        runner = web.AppRunner(app, access_log=None, shutdown_timeout=1)
        await runner.setup()
        await web.TCPSite(runner, "127.0.0.1", 0, backlog=1024).start()
        try:
            yield runner.addresses[0][1]
        finally:
            await runner.cleanup()

    async def _send(self, request: web.Request) -> web.Response:
        body = orjson.loads(await request.read())
        if self._random.random() < self.refuse:
            self.refused += 1
            if self._random.random() < 0.5:
                reply = {"ok": False, "error_code": 500, "description": "Internal Server Error"}
                return web.Response(status=500, body=orjson.dumps(reply))
            late = {"retry_after": 1}
            reply = {
                "ok": False,
                "error_code": 429,
                "description": "Too Many Requests: retry after 1",
                "parameters": late,
            }
            return web.Response(status=429, body=orjson.dumps(reply))
        if request.match_info["method"] != "sendMessage":
            return web.Response(body=orjson.dumps({"ok": True, "result": True}))
        chat, now = str(body["chat_id"]), time.monotonic()
        accept = Accept(now, request.match_info["instance"], chat, body["text"])
        self.accepts.append(accept)
        for number in accept.words:
            self.answered[chat].setdefault(number, now)
        # Accepted; the answer takes a while, as it does over a network: this is where a crash leaves a send in doubt.
        await asyncio.sleep(self._random.uniform(0.001, 0.03))
        message = {"message_id": next(self._ids), "date": 0, "chat": {"id": int(chat), "type": "private"}}
        return web.Response(body=orjson.dumps({"ok": True, "result": message}))

    async def _stamp(self, request: web.Request) -> web.Response:
        self.stamps[orjson.loads(await request.read())["key"]].append(time.monotonic())
        return web.Response(body=b"{}")
