"""The Telegram edge beside stock aiogram, in one run: CPU of an inbound message and of a send, memory of bots.

    python -m benchmarks.telegram_edge [--messages 3000]

Inbound: the webhook's body to one event, or to one update fed to a dispatcher with one handler; no HTTP server, no
database on either side. Through HTTP: the same behind each one's own aiohttp route, posted from another process. Send:
to a local server in another process that answers as the Bot API does; the formatted text is Markdown for ours and
ready HTML for stock. Only this process's CPU counts. Each figure is the best of three rounds, taking turns.
"""

import argparse
import asyncio
import gc
import multiprocessing
import subprocess
import sys
import time
from collections.abc import AsyncIterator, Awaitable, Callable, Sequence
from contextlib import asynccontextmanager
from multiprocessing.connection import Connection
from typing import Any

import aiohttp
import orjson
import psutil
from aiogram import Bot, Dispatcher
from aiogram.client.session.aiohttp import AiohttpSession
from aiogram.client.telegram import TelegramAPIServer
from aiogram.types import Message
from aiogram.webhook.aiohttp_server import SimpleRequestHandler
from aiohttp import web

from bots.intake import Intake
from bots.telegram.edge import TelegramEdge
from bots.telegram.parse import parse_update
from bots.web import create_web_app, parse_json, serve
from core.channels import Account, Target
from core.clock import SystemClock
from core.events import NewEvent
from core.ids import AccountId, TenantId
from core.messages import SendText
from core.recording import DeliveryReceipt

SECRET, CONCURRENT = "secret", 10
MARKDOWN = "Yes, **we do**: see [our page](https://example.com/hours).\n\n- Saturday\n- Sunday\n\n"


class NoRecorder:
    """Takes everything at no cost: recording is measured elsewhere."""

    async def record(self, events: Sequence[NewEvent]) -> None:
        pass

    async def record_receipts(self, receipts: Sequence[DeliveryReceipt]) -> None:
        pass

    async def desk_tenant(
        self,
        account: AccountId,  # noqa: ARG002
        chat: str,  # noqa: ARG002
        *,
        invite: str | None = None,  # noqa: ARG002
        chosen: TenantId | None = None,  # noqa: ARG002
    ) -> TenantId:
        return TenantId(1)


def account_of(number: int, delivery: Any = "webhook") -> Account:
    return Account(
        account_id=AccountId(number),
        tenant_id=TenantId(number),
        channel="telegram",
        role="customer",
        external_id=str(7_000_000 + number),
        path_id=f"path{number}",
        delivery=delivery,
    )


def secrets_of(number: int) -> dict[str, str]:
    return {"token": f"{7_000_000 + number}:AAHdqTcvCH1vGWJxfSeofSAs0K5PALDsaw", "webhook_secret": SECRET}


def body_of(number: int) -> bytes:
    """A text message as Telegram posts it."""
    user = {"id": 1234567, "is_bot": False, "first_name": "Ana", "username": "ana_x", "language_code": "pt-br"}
    chat = {"id": 1234567, "first_name": "Ana", "username": "ana_x", "type": "private"}
    head = {"message_id": abs(number) + 1, "from": user, "chat": chat, "date": 1739321024}
    return orjson.dumps({"update_id": abs(number) + 1, "message": {**head, "text": "Do you deliver on Saturdays?"}})


async def cpu_ms(act: Callable[[int], Awaitable[object]], count: int) -> float:
    for number in range(50):
        await act(-1 - number)
    gc.collect()
    before = time.process_time()
    for start in range(0, count, CONCURRENT):
        await asyncio.gather(*(act(start + number) for number in range(CONCURRENT)))
    return (time.process_time() - before) / count * 1000


async def compare(
    ours: Callable[[int], Awaitable[object]], stock: Callable[[int], Awaitable[object]], count: int
) -> list[float]:
    rounds = [(await cpu_ms(ours, count), await cpu_ms(stock, count)) for _ in range(3)]
    return [min(each) for each in zip(*rounds, strict=True)]


def make_edge(url: str) -> TelegramEdge:
    async def fetch_media(holder: AccountId, ref: str) -> bytes:
        raise NotImplementedError

    async def on_trouble(account_id: AccountId, text: str) -> None:
        raise RuntimeError(f"{account_id}: {text}")

    intake = Intake(NoRecorder())
    return TelegramEdge(intake, SystemClock(), fetch_media=fetch_media, on_trouble=on_trouble, base_url=url)


def make_dispatcher() -> Dispatcher:
    dispatcher = Dispatcher()

    @dispatcher.message()
    async def handle(message: Message) -> None:
        assert message.text

    return dispatcher


async def inbound(count: int) -> list[float]:
    account, intake, clock = account_of(1), Intake(NoRecorder()), SystemClock()
    dispatcher, bot = make_dispatcher(), Bot(secrets_of(1)["token"])
    bodies = {number: body_of(number) for number in range(-50, count + CONCURRENT)}

    async def ours(number: int) -> None:
        parsed = parse_update(parse_json(bodies[number]), now=clock.now())
        assert not isinstance(parsed, str)
        await intake.record(account, (parsed,))

    async def stock(number: int) -> None:
        await dispatcher.feed_webhook_update(bot, bot.session.json_loads(bodies[number]))

    return await compare(ours, stock, count)


@asynccontextmanager
async def listening(app: web.Application) -> AsyncIterator[str]:
    runner = await serve(app, "127.0.0.1", 0)
    yield "http://{}:{}".format(*runner.addresses[0][:2])
    await runner.cleanup()


async def webhooks(count: int, pipe: Connection) -> list[float]:
    edge = make_edge("http://127.0.0.1:1")
    await edge.start(account_of(1), secrets_of(1))

    async def health() -> str:
        return ""

    stock_app = web.Application()
    handler = SimpleRequestHandler(make_dispatcher(), Bot(secrets_of(1)["token"]), secret_token=SECRET)
    handler.register(stock_app, path="/telegram/path1")
    figures: list[list[float]] = []
    async with listening(create_web_app(edge.routes(), health=health)) as ours, listening(stock_app) as stock:
        for _ in range(3):
            figures.append([await posted_ms(pipe, url, count) for url in (ours, stock)])
    await edge.close()
    return [min(each) for each in zip(*figures, strict=True)]


async def posted_ms(pipe: Connection, url: str, count: int) -> float:
    """CPU of this process for each body that the other one posts."""
    gc.collect()
    before = time.process_time()
    pipe.send((f"{url}/telegram/path1", count))
    assert await asyncio.to_thread(pipe.recv) == count
    return (time.process_time() - before) / count * 1000


async def sends(count: int, url: str, text: str) -> list[float]:
    edge = make_edge(url)
    await edge.start(account_of(1), secrets_of(1))
    target = Target(account=account_of(1), chat="1234567")
    stock_bot = Bot(secrets_of(1)["token"], session=AiohttpSession(api=TelegramAPIServer.from_base(url)))
    html = text.replace("**we do**", "<b>we do</b>").replace(
        "[our page](https://example.com/hours)", '<a href="https://example.com/hours">our page</a>'
    )

    async def ours(number: int) -> None:
        await edge.channel.send(target, SendText(text=f"{text}{number}"))

    async def stock(number: int) -> None:
        await stock_bot.send_message(1234567, f"{html}{number}", parse_mode="HTML" if html != text else None)

    figures = await compare(ours, stock, count)
    await edge.close()
    await stock_bot.session.close()
    return figures


async def bots(url: str) -> list[float]:
    """KB of a webhook bot and of a polling one, and the seconds to start 1,000 webhook bots."""
    edge, process = make_edge(url), psutil.Process()
    gc.collect()
    before, began = process.memory_info().rss, time.perf_counter()
    for number in range(1000):
        await edge.start(account_of(number), secrets_of(number))
    seconds, webhook = time.perf_counter() - began, (process.memory_info().rss - before) / 1024 / 1000
    before = process.memory_info().rss
    for number in range(1000, 1200):
        await edge.start(account_of(number, "polling"), secrets_of(number))
    await asyncio.sleep(5)
    polling = (process.memory_info().rss - before) / 1024 / 200
    await edge.close()
    return [webhook, polling, seconds]


def import_mb(module: str) -> float:
    """RSS that importing a module adds to a process that has aiohttp, pydantic and orjson already."""
    code = (
        "import aiohttp.web, orjson, psutil, pydantic, structlog, prometheus_client, markdown_it\n"
        "weigh = psutil.Process().memory_info; before = weigh().rss\n"
        f"import {module}\nprint((weigh().rss - before) / 1048576)"
    )
    return float(subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True).stdout)


def play_telegram(pipe: Connection) -> None:
    """In its own process: answers every call, and posts webhooks when told to."""
    sent = {"message_id": 5, "date": 1739321024, "chat": {"id": 1, "type": "private"}, "text": "Yes, we do."}
    sent["from"] = {"id": 7_000_001, "is_bot": True, "first_name": "Baker", "username": "baker_bot"}

    async def answer(request: web.Request) -> web.Response:
        await request.read()
        if request.path.endswith("getUpdates"):
            await asyncio.sleep(600)
        return web.json_response({"ok": True, "result": sent})

    async def post(http: aiohttp.ClientSession, url: str, numbers: range) -> None:
        headers = {"X-Telegram-Bot-Api-Secret-Token": SECRET, "Content-Type": "application/json"}
        for number in numbers:
            async with http.post(url, data=body_of(number), headers=headers) as answered:
                assert answered.status == 200, answered.status
                await answered.read()

    async def run() -> None:
        app = web.Application()
        app.router.add_route("*", "/{path:.*}", answer)
        runner = web.AppRunner(app, access_log=None)
        await runner.setup()
        await web.TCPSite(runner, "127.0.0.1", 0).start()
        pipe.send(runner.addresses[0][1])
        while True:
            url, count = await asyncio.to_thread(pipe.recv)
            async with aiohttp.ClientSession() as http:
                part = count // CONCURRENT
                await asyncio.gather(*(post(http, url, range(n * part, n * part + part)) for n in range(CONCURRENT)))
            pipe.send(count)

    asyncio.run(run())


async def measure(count: int, url: str, pipe: Connection) -> None:
    print(f"{'import, MB':28} ours {import_mb('bots.telegram.edge'):.0f}   stock aiogram {import_mb('aiogram'):.0f}")
    print(
        f"{'KB of a bot':28}",
        "webhook {:.1f}   polling {:.1f}   (1,000 webhook bots started in {:.2f} s)".format(*await bots(url)),
    )
    for name, (ours, stock) in (
        ("inbound message", await inbound(count)),
        ("inbound through HTTP", await webhooks(count, pipe)),
        ("send plain text", await sends(count, url, "Yes, we do. ")),
        ("send formatted text", await sends(count, url, MARKDOWN)),
    ):
        print(f"{name + ', ms CPU':28} ours {ours:.4f}   stock aiogram {stock:.4f}   ratio {ours / stock:.2f}")


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__.partition("\n")[0])
    parser.add_argument("--messages", type=int, default=3000)
    count = parser.parse_args().messages
    here, there = multiprocessing.get_context("spawn").Pipe()
    server = multiprocessing.get_context("spawn").Process(target=play_telegram, args=(there,), daemon=True)
    server.start()
    try:
        asyncio.run(measure(count, f"http://127.0.0.1:{here.recv()}", here))
    finally:
        server.kill()
        server.join()


if __name__ == "__main__":
    main()
