"""The WhatsApp edge beside stock pywa, in one run: CPU of an inbound message and of a send, memory of 1,000 numbers.

    python -m benchmarks.whatsapp_edge [--messages 3000]

Inbound: signature, decoding, one event or one pywa message handed to a handler; no HTTP server, no database on either
side. Send: a text to a local server in another process that answers as the Graph API does; only this process's CPU
counts. Each figure is the best of three rounds, the two sides taking turns.
"""

import argparse
import asyncio
import gc
import hashlib
import hmac
import json
import logging
import multiprocessing
import time
from collections.abc import Awaitable, Callable, Sequence
from multiprocessing.connection import Connection
from typing import Any

import httpx
import psutil
from aiohttp import web
from pywa_async import WhatsApp
from pywa_async.types import Message

from bots.intake import Intake
from bots.web import parse_json
from bots.whatsapp.channel import WhatsAppChannel
from bots.whatsapp.numbers import Numbers
from bots.whatsapp.parse import parse
from bots.whatsapp.webhook import is_signed
from core.channels import Account, Target
from core.events import NewEvent
from core.ids import AccountId, TenantId
from core.messages import SendText
from core.recording import DeliveryReceipt

SECRETS = {"token": "token", "app_secret": "secret", "verify_token": "verify"}
CONCURRENT = 10


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


def account_of(number: int) -> Account:
    return Account(
        account_id=AccountId(number),
        tenant_id=TenantId(number),
        channel="whatsapp",
        role="customer",
        external_id=str(10**14 + number),
        path_id=f"path{number}",
        delivery="webhook",
    )


def body_of(account: Account, number: int) -> tuple[bytes, str]:
    """A text message as Meta posts it, and its signature."""
    contact = {"profile": {"name": "Ana"}, "wa_id": "16505551234", "user_id": "US.13491208655302741918"}
    message = {
        "from": "16505551234",
        "from_user_id": "US.13491208655302741918",
        "id": f"wamid.HBgLMTY1MDM4Nzk0MzkVAgASGBQzQ{number}",
        "timestamp": "1739321024",
        "type": "text",
        "text": {"body": "Do you deliver on Saturdays?"},
    }
    metadata = {"display_phone_number": "15550783881", "phone_number_id": account.external_id}
    value = {"messaging_product": "whatsapp", "metadata": metadata, "contacts": [contact], "messages": [message]}
    change = {"value": value, "field": "messages"}
    raw = json.dumps({"object": "whatsapp_business_account", "entry": [{"id": "1", "changes": [change]}]}).encode()
    return raw, "sha256=" + hmac.new(b"secret", raw, hashlib.sha256).hexdigest()


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


async def inbound(count: int) -> list[float]:
    account = account_of(1)
    intake = Intake(NoRecorder())
    client = WhatsApp(
        phone_id=account.external_id, app_secret="secret", verify_token="verify", skip_duplicate_updates=False
    )
    seen = 0

    @client.on_message
    async def handle(_: WhatsApp, message: Message) -> None:
        nonlocal seen
        seen += len(message.id) > 0

    bodies = {number: body_of(account, number) for number in range(-50, count + CONCURRENT)}

    async def ours(number: int) -> None:
        raw, signature = bodies[number]
        assert is_signed(raw, signature, "secret")
        parsed = parse(parse_json(raw), account)
        await intake.record(account, parsed.arrivals)

    async def stock(number: int) -> None:
        raw, signature = bodies[number]
        assert await client.webhook_update_validator(raw, signature) is None
        assert await client.webhook_update_handler(raw) == ("ok", 200)

    figures = await compare(ours, stock, count)
    assert seen >= 3 * count, "stock pywa handled less than it was given"
    return figures


async def sends(count: int, url: str) -> list[float]:
    numbers = Numbers(url)
    numbers.put(account_of(1), SECRETS)

    async def fetch_media(holder: AccountId, ref: str) -> bytes:
        raise NotImplementedError

    channel = WhatsAppChannel(numbers, fetch_media)
    target = Target(account=account_of(1), chat="16505551234")
    async with httpx.AsyncClient() as session:
        client = WhatsApp(phone_id=account_of(1).external_id, token="token", session=session)
        session.base_url = url

        async def ours(number: int) -> None:
            await channel.send(target, SendText(text=f"Yes, we do. {number}"))

        async def stock(number: int) -> None:
            await client.send_message(target.chat, f"Yes, we do. {number}")

        figures = await compare(ours, stock, count)
    await numbers.close()
    return figures


def grown_kb(make: Callable[[], object]) -> tuple[float, object]:
    gc.collect()
    before = psutil.Process().memory_info().rss
    made = make()
    gc.collect()
    return (psutil.Process().memory_info().rss - before) / 1024, made


async def memory(url: str) -> list[float]:
    """KB of a number: ours of 1,000, stock with a transport shared of 1,000, stock as it comes of 30."""
    numbers = Numbers(url)
    transport = httpx.AsyncHTTPTransport()
    kept: list[Any] = []

    def ours() -> None:
        for number in range(1000):
            numbers.put(account_of(number), SECRETS)

    def shared() -> None:
        clients = (httpx.AsyncClient(transport=transport, trust_env=False) for _ in range(1000))
        kept.extend(WhatsApp(phone_id="1", token="t", session=client) for client in clients)

    def stock() -> None:
        kept.extend(WhatsApp(phone_id="1", token="t") for _ in range(30))

    figures = [grown_kb(make)[0] / count for make, count in ((ours, 1000), (shared, 1000), (stock, 30))]
    await numbers.close()
    return figures


def serve_graph(pipe: Connection) -> None:
    """In its own process: answers every send."""

    async def answer(request: web.Request) -> web.Response:
        await request.read()
        return web.json_response({"contacts": [{"input": "1", "wa_id": "1"}], "messages": [{"id": "wamid.X"}]})

    async def run() -> None:
        app = web.Application()
        app.router.add_route("*", "/{path:.*}", answer)
        runner = web.AppRunner(app, access_log=None)
        await runner.setup()
        await web.TCPSite(runner, "127.0.0.1", 0).start()
        pipe.send(runner.addresses[0][1])
        await asyncio.Event().wait()

    asyncio.run(run())


async def measure(count: int, url: str) -> None:
    print(
        f"{'KB of a number':24}",
        "ours {:.1f}   pywa, transport shared {:.1f}   pywa as it comes {:.0f}".format(*await memory(url)),
    )
    for name, (ours, stock) in (("inbound message", await inbound(count)), ("send", await sends(count, url))):
        print(f"{name + ', ms CPU':24} ours {ours:.4f}   stock pywa {stock:.4f}   ratio {ours / stock:.2f}")


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__.partition("\n")[0])
    parser.add_argument("--messages", type=int, default=3000)
    count = parser.parse_args().messages
    logging.getLogger().setLevel(logging.ERROR)
    here, there = multiprocessing.get_context("spawn").Pipe()
    server = multiprocessing.get_context("spawn").Process(target=serve_graph, args=(there,), daemon=True)
    server.start()
    try:
        asyncio.run(measure(count, f"http://127.0.0.1:{here.recv()}"))
    finally:
        server.terminate()
        server.join()


if __name__ == "__main__":
    main()
