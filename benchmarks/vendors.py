"""The three vendors of models on one loopback port, in a process of their own: whose CPU is not counted.

Each takes as long as it is told to, and fails as it is told to; requests are counted by vendor. Their protocols are
those of a whole reply, without streaming.
"""

import asyncio
import multiprocessing
from collections import Counter
from collections.abc import Mapping
from dataclasses import dataclass, field
from multiprocessing.connection import Connection
from multiprocessing.process import BaseProcess
from typing import Any, Literal

import orjson
import uvloop
from aiohttp import web

NAMES = ("groq", "anthropic", "openai")
SAID = "With pleasure: yes, and we look forward to seeing you."
"""Without a number, so that it stands against any notes."""
_STALL_SECONDS = 60
_RETRY_AFTER = "2"

Failing = Literal["", "500", "429", "stall"]


@dataclass(frozen=True, slots=True, kw_only=True)
class Manner:
    seconds: float = 0.0
    failing: Failing = ""


@dataclass
class Street:
    manners: dict[str, Manner] = field(default_factory=lambda: dict.fromkeys(NAMES, Manner()))
    asked: Counter[str] = field(default_factory=Counter[str])

    async def handle(self, request: web.Request) -> web.Response:
        vendor = request.path.split("/")[1]
        self.asked[vendor] += 1
        body = orjson.loads(await request.read())
        manner = self.manners[vendor]
        match manner.failing:
            case "500" | "429":
                error = {"error": {"message": "told to fail", "type": "error"}}
                return web.json_response(error, status=int(manner.failing), headers={"retry-after": _RETRY_AFTER})
            case "stall":
                await asyncio.sleep(_STALL_SECONDS)
            case _:
                await asyncio.sleep(manner.seconds)
        reply = message(body["model"]) if vendor == "anthropic" else completion(body["model"])
        return web.Response(body=orjson.dumps(reply), content_type="application/json")


def completion(model: str) -> dict[str, Any]:
    """As OpenAI and Groq reply."""
    choice = {"index": 0, "message": {"role": "assistant", "content": SAID}, "finish_reason": "stop"}
    usage = {"prompt_tokens": 640, "completion_tokens": 14, "total_tokens": 654}
    return {
        "id": "c", "object": "chat.completion", "created": 1, "model": model, "choices": [choice], "usage": usage,
    }  # fmt: skip


def message(model: str) -> dict[str, Any]:
    """As Anthropic replies."""
    return {
        "id": "m", "type": "message", "role": "assistant", "model": model, "stop_reason": "end_turn",
        "stop_sequence": None, "content": [{"type": "text", "text": SAID}],
        "usage": {"input_tokens": 640, "output_tokens": 14},
    }  # fmt: skip


def play(pipe: Connection) -> None:
    async def live() -> None:
        street = Street()
        app = web.Application()
        app.router.add_post("/{rest:.*}", street.handle)
        runner = web.AppRunner(app, access_log=None)
        await runner.setup()
        await web.TCPSite(runner, "127.0.0.1", 0).start()
        pipe.send(runner.addresses[0][1])
        while True:
            order = await asyncio.to_thread(pipe.recv)
            if order is not None:
                street.manners, street.asked = {**street.manners, **order}, Counter()
            pipe.send(dict(street.asked))

    with asyncio.Runner(loop_factory=uvloop.new_event_loop) as runner:
        runner.run(live())


class Vendors:
    """The handle on that process."""

    def __init__(self) -> None:
        context = multiprocessing.get_context("spawn")
        self._pipe, there = context.Pipe()
        self._process: BaseProcess = context.Process(target=play, args=(there,), daemon=True)
        self._process.start()
        there.close()
        self._port: int = self._pipe.recv()

    @property
    def urls(self) -> dict[str, str]:
        return {name: f"http://127.0.0.1:{self._port}/{name}" for name in NAMES}

    @property
    def settings(self) -> dict[str, str]:
        """For an installation with the keys of all three."""
        return {
            name: value
            for vendor, url in self.urls.items()
            for name, value in (
                (f"STEWARD_{vendor.upper()}_API_KEY", "k"), (f"STEWARD_{vendor.upper()}_BASE_URL", url),
            )
        }  # fmt: skip

    def behave(self, manners: Mapping[str, Manner]) -> None:
        """From now on; counting starts anew."""
        self._call(dict(manners))

    def asked(self) -> dict[str, int]:
        """Requests since then, by vendor."""
        return self._call(None)

    def _call(self, order: dict[str, Manner] | None) -> dict[str, int]:
        self._pipe.send(order)
        return self._pipe.recv()

    def __enter__(self) -> "Vendors":
        return self

    def __exit__(self, *_: object) -> None:
        self._process.kill()
        self._process.join()
