"""The world outside, in a process of its own: people who post webhooks, and a Bot API that accepts every call.

Both are bare protocols, so that on a small machine they take little from what is measured; their CPU is not counted.
Times are this process's alone: from the start of a webhook's POST to its answer (ack), and to the accepted reply.
"""

import asyncio
import itertools
import multiprocessing
import re
import time
from collections import Counter
from collections.abc import Sequence
from dataclasses import dataclass
from multiprocessing.connection import Connection
from multiprocessing.process import BaseProcess
from typing import Any

import orjson
import uvloop

SECRET = "benchmark-secret"
QUESTIONS = (
    "Are you open on Sunday?", "When do you open on Saturday?", "Is there wifi?",
    "What is your address?", "May I bring my dog?", "Are you closed on Christmas?", "What is your phone number?",
)  # fmt: skip
"""All of them in `demo/bakery/knowledge/visit.md`."""
_CHAT = re.compile(rb'chat_id(?:=|":"?|"\r\n(?:[^\r]+\r\n)*\r\n)(\d+)')
_LENGTH = re.compile(rb"\r\ncontent-length: *(\d+)", re.IGNORECASE)


@dataclass(frozen=True, slots=True, kw_only=True)
class Bot:
    path: str
    """Of its webhook."""
    first_chat: int
    chats: int


@dataclass(frozen=True, slots=True, kw_only=True)
class Load:
    port: int
    bots: Sequence[Bot]
    messages: int
    together: int = 128
    """Messages under way at once, each by a person of its own who waits for the answer."""
    rate: float = 0
    """A second; 0: as fast as answers come."""
    first: int = 0
    """Where in the round of chats to begin."""
    questions: Sequence[str] = QUESTIONS
    """Each chat asks them in turn."""
    patience: float = 15
    """Seconds that a reply is waited for."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Times:
    seconds: float
    acks: list[float]
    """Seconds, in the order of arrival."""
    replies: list[float]
    bots: list[int]
    """Of each reply, in the same order: the bot's place in the list."""
    late: int
    """Messages without an accepted reply."""


class Call(asyncio.Protocol):
    """A keep-alive connection for one webhook at a time."""

    def __init__(self) -> None:
        self._answer: asyncio.Future[int] | None = None
        self._transport: Any = None

    def connection_made(self, transport: Any) -> None:
        self._transport = transport

    def data_received(self, data: bytes) -> None:
        if self._answer is not None and not self._answer.done():
            self._answer.set_result(int(data[9:12]))

    def connection_lost(self, error: Exception | None) -> None:
        if self._answer is not None and not self._answer.done():
            self._answer.set_exception(error or ConnectionResetError())

    def post(self, path: str, body: bytes) -> asyncio.Future[int]:
        self._answer = asyncio.get_running_loop().create_future()
        head = (
            f"POST {path} HTTP/1.1\r\nHost: localhost\r\nContent-Type: application/json\r\n"
            f"X-Telegram-Bot-Api-Secret-Token: {SECRET}\r\nContent-Length: {len(body)}\r\n\r\n"
        )
        self._transport.write(head.encode() + body)
        return self._answer

    def close(self) -> None:
        self._transport.close()


class BotApi(asyncio.Protocol):
    """Accepts what it is sent and tells who waits for it."""

    def __init__(self, waiting: dict[int, asyncio.Future[float]]) -> None:
        self._waiting = waiting
        self._buffer = b""
        self._transport: Any = None

    def connection_made(self, transport: Any) -> None:
        self._transport = transport

    def data_received(self, data: bytes) -> None:
        self._buffer += data
        while (head := self._buffer.find(b"\r\n\r\n")) >= 0:
            length = _LENGTH.search(self._buffer, 0, head + 2)
            if length is not None:
                end = head + 4 + int(length[1])
            else:  # chunked
                mark = self._buffer.find(b"\r\n0\r\n\r\n", head)
                end = mark + 7 if mark >= 0 else len(self._buffer) + 1
            if len(self._buffer) < end:
                return
            call, self._buffer = self._buffer[:end], self._buffer[end:]
            self._accept(call)

    def _accept(self, call: bytes) -> None:
        now = time.perf_counter()
        found = _CHAT.search(call)
        chat = int(found[1]) if found else 0
        if (waiting := self._waiting.pop(chat, None)) is not None and not waiting.done():
            waiting.set_result(now)
        message = {
            "message_id": 7, "date": 1764000000, "text": "Yes, on Sunday from 8:00 to 13:00.",
            "from": {"id": 1, "is_bot": True, "first_name": "Bakery", "username": "bakery_bot"},
            "chat": {"id": chat, "first_name": "Ana", "type": "private"},
        }  # fmt: skip
        body = orjson.dumps({"ok": True, "result": message})
        head = f"HTTP/1.1 200 OK\r\nContent-Type: application/json\r\nContent-Length: {len(body)}\r\n\r\n"
        self._transport.write(head.encode() + body)


class World:
    def __init__(self) -> None:
        self.waiting: dict[int, asyncio.Future[float]] = {}
        self._ids = itertools.count(1)
        self._visits: Counter[int] = Counter()

    async def drive(self, load: Load) -> Times:
        places = [(at, bot.first_chat + n) for n in range(load.bots[0].chats) for at, bot in enumerate(load.bots)]
        order = itertools.islice(itertools.cycle(places), load.first, load.first + load.messages)
        loop = asyncio.get_running_loop()
        calls = [(await loop.create_connection(Call, "127.0.0.1", load.port))[1] for _ in range(load.together)]
        times = Times(seconds=0, acks=[], replies=[], bots=[], late=0)
        began = time.perf_counter()
        turn = itertools.count()

        async def ask(call: Call) -> int:
            late = 0
            for at, chat in order:
                if load.rate:
                    due = began + next(turn) / load.rate
                    await asyncio.sleep(max(0.0, due - time.perf_counter()))
                late += not await self._ask(call, load, at, chat, times)
            return late

        late = await asyncio.gather(*map(ask, calls))
        seconds = time.perf_counter() - began
        for call in calls:
            call.close()
        return Times(seconds=seconds, acks=times.acks, replies=times.replies, bots=times.bots, late=sum(late))

    async def _ask(self, call: Call, load: Load, at: int, chat: int, times: Times) -> bool:
        """False when no reply came."""
        accepted = self.waiting[chat] = asyncio.get_running_loop().create_future()
        self._visits[chat] += 1
        question = load.questions[(chat + self._visits[chat]) % len(load.questions)]
        body = update(next(self._ids), chat, question)
        began = time.perf_counter()
        status = await call.post(load.bots[at].path, body)
        times.acks.append(time.perf_counter() - began)
        if status != 200:
            raise RuntimeError(f"a webhook was answered with {status}")
        try:
            async with asyncio.timeout(load.patience):
                replied = await accepted
        except TimeoutError:
            return False
        times.replies.append(replied - began)
        times.bots.append(at)
        return True


def update(number: int, chat: int, text: str) -> bytes:
    """A text message as Telegram posts it."""
    user = {"id": chat, "is_bot": False, "first_name": "Ana", "username": f"ana_{chat}", "language_code": "en"}
    place = {"id": chat, "first_name": "Ana", "username": f"ana_{chat}", "type": "private"}
    message = {"message_id": number, "from": user, "chat": place, "date": int(time.time()), "text": text}
    return orjson.dumps({"update_id": 10_000_000 + number, "message": message})


def play(pipe: Connection) -> None:
    async def live() -> None:
        world = World()
        server = await asyncio.get_running_loop().create_server(lambda: BotApi(world.waiting), "127.0.0.1", 0)
        pipe.send(server.sockets[0].getsockname()[1])
        while True:
            load = await asyncio.to_thread(pipe.recv)
            pipe.send(await world.drive(load))

    with asyncio.Runner(loop_factory=uvloop.new_event_loop) as runner:
        runner.run(live())


class Outside:
    """The handle on that process."""

    def __init__(self) -> None:
        context = multiprocessing.get_context("spawn")
        self._pipe, there = context.Pipe()
        self._process: BaseProcess = context.Process(target=play, args=(there,), daemon=True)
        self._process.start()
        there.close()
        self.port: int = self._pipe.recv()

    @property
    def url(self) -> str:
        return f"http://127.0.0.1:{self.port}"

    async def drive(self, load: Load) -> Times:
        """Raises EOFError when something went wrong there; it has said what."""
        self._pipe.send(load)
        return await asyncio.to_thread(self._pipe.recv)

    def __enter__(self) -> "Outside":
        return self

    def __exit__(self, *_: object) -> None:
        self._process.kill()
        self._process.join()
