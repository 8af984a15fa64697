"""Customers of the crash suite. Each conversation delivers its messages in order, each one until it is acknowledged."""

import asyncio
import random
import time
from collections.abc import Callable, Sequence
from dataclasses import dataclass, field

import aiohttp
import orjson

from benchmarks.chaos_worker import WEBHOOK_SECRET

_SECRET = {"X-Telegram-Bot-Api-Secret-Token": WEBHOOK_SECRET, "Content-Type": "application/json"}


@dataclass(slots=True)
class Conversation:
    chat: str
    path_id: str
    acknowledged: list[float] = field(default_factory=list[float])
    """When each message was, from number 0."""


class Load:
    def __init__(
        self, conversations: Sequence[Conversation], ports: Callable[[], Sequence[int]], *, rate: float, seed: int
    ) -> None:
        """`rate`: messages a second, of all conversations. `ports`: where the workers that live listen."""
        self.conversations = conversations
        self.retried = 0
        self._ports = ports
        self._pause = len(conversations) / rate
        self._random = random.Random(seed)
        self._stopped = False
        self._tasks: list[asyncio.Task[None]] = []

    @property
    def acknowledged(self) -> int:
        return sum(len(c.acknowledged) for c in self.conversations)

    def start(self, session: aiohttp.ClientSession) -> None:
        self._tasks = [asyncio.create_task(self._talk(session, c)) for c in self.conversations]

    async def stop(self) -> None:
        """Starts no more messages; returns when those begun are acknowledged."""
        self._stopped = True
        await asyncio.gather(*self._tasks)

    async def _talk(self, session: aiohttp.ClientSession, conversation: Conversation) -> None:
        await asyncio.sleep(self._random.uniform(0, self._pause))
        while not self._stopped:
            # No more than Telegram's pace lets through at once: what waits for its pace says nothing about a takeover.
            burst = self._random.choice((1, 1, 1, 2))
            for _ in range(burst):
                await self._deliver(session, conversation)
            waited, pause = 0.0, self._pause * burst * (0.5 + self._random.expovariate(2))
            while waited < pause and not self._stopped:
                step = min(0.2, pause - waited)
                await asyncio.sleep(step)
                waited += step

    async def _deliver(self, session: aiohttp.ClientSession, conversation: Conversation) -> None:
        number, chat = len(conversation.acknowledged), int(conversation.chat)
        update = {
            "update_id": chat * 100_000 + number,
            "message": {
                "message_id": number + 1,
                "date": int(time.time()),
                "chat": {"id": chat, "type": "private"},
                "from": {"id": chat, "is_bot": False, "first_name": "Customer"},
                "text": f"c{chat}k{number}",
            },
        }
        body = orjson.dumps(update)
        while not await self._post(session, conversation.path_id, body):
            self.retried += 1
            await asyncio.sleep(self._random.uniform(0.02, 0.2))
        conversation.acknowledged.append(time.monotonic())

    async def _post(self, session: aiohttp.ClientSession, path_id: str, body: bytes) -> bool:
        ports = self._ports()
        if not ports:
            return False
        url = f"http://127.0.0.1:{self._random.choice(ports)}/telegram/{path_id}"
        try:
            async with session.post(
                url, data=body, headers=_SECRET, timeout=aiohttp.ClientTimeout(total=4)
            ) as response:
                return response.status == 200
        except (aiohttp.ClientError, TimeoutError, OSError):
            return False
