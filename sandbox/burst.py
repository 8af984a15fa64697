"""Many people who write at once: the load of the benchmarks, through the same doors as everyone's messages."""

import asyncio
import time
from typing import Any

from aiohttp import web

from sandbox.people import Mistake, People
from sandbox.people_api import answer, read_object
from sandbox.records import Chat

TICK = 0.005
MOST = 1_000_000


class Burst:
    def __init__(self, people: People) -> None:
        self._people = people
        self._tasks: set[asyncio.Task[None]] = set()

    async def serve(self, request: web.Request) -> web.Response:
        """`POST /control/burst`: answers when the last message was written, or at once with `wait: false`."""
        body = await read_object(request)
        account = body.get("bot") or body.get("phone_number_id")
        prefix = f"tg:{account}" if body.get("channel") == "telegram" else f"wa:{account}"
        people, messages = _whole(body, "people", 1), _whole(body, "messages", 1)
        rate: Any = body.get("rate") or 0
        if isinstance(rate, bool) or not isinstance(rate, int | float) or rate < 0:
            raise Mistake("rate is messages a second; 0 means as fast as possible.")
        text = str(body.get("text") or "What are your opening hours?")
        chats = [self._people.open(f"{prefix}:burst-{ordinal}") for ordinal in range(people)]
        started_ns = time.time_ns()
        writing = asyncio.create_task(self._write(chats, messages, float(rate), text))
        self._tasks.add(writing)
        writing.add_done_callback(self._tasks.discard)
        if body.get("wait", True):
            await writing
        return answer({"started_ns": started_ns, "ended_ns": time.time_ns(), "messages": messages})

    async def _write(self, chats: list[Chat], messages: int, rate: float, text: str) -> None:
        begun = time.monotonic()
        for ordinal in range(messages):
            if rate:
                ahead = ordinal / rate - (time.monotonic() - begun)
                if ahead > TICK:
                    await asyncio.sleep(ahead)
            elif ordinal % 100 == 99:
                await asyncio.sleep(0)
            self._people.say(chats[ordinal % len(chats)], f"{text} #{ordinal}")


def _whole(body: dict[str, Any], name: str, least: int) -> int:
    value = body.get(name, least)
    if isinstance(value, bool) or not isinstance(value, int) or not least <= value <= MOST:
        raise Mistake(f"{name} is a whole number between {least} and {MOST}.")
    return value
