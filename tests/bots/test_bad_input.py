"""10,000 bodies that no vendor would send, at both webhooks: a 4xx or a 200 each, never a 5xx, and no memory kept."""

import asyncio
import gc
import hmac
import random
from collections import Counter
from collections.abc import AsyncIterator, Callable, Sequence
from datetime import UTC, datetime
from typing import Any

import aiohttp
import orjson
import psutil
import pytest

from bots.accounts import Credentials, Registry
from bots.intake import Intake
from bots.telegram.webhook import TelegramWebhook
from bots.web import create_web_app, serve
from bots.whatsapp.webhook import WhatsAppWebhook
from core.channels import Account
from core.clock import SystemClock
from core.events import NewEvent
from core.ids import AccountId, TenantId
from core.recording import DeliveryReceipt

BODIES = 10_000
SECRET, APP_SECRET, NUMBER = "s3cret", "app-secret", "100200300"


class Kept:
    """Keeps only what was recorded last, so that memory that grows is not the test's own."""

    def __init__(self) -> None:
        self.recorded = 0
        self.texts: set[str] = set()

    async def record(self, events: Sequence[NewEvent]) -> None:
        self.recorded += len(events)
        for new in events:
            orjson.dumps(new.external_id)
            self.texts |= {getattr(new.event, "text", "")} & {"valid"}

    async def record_receipts(self, receipts: Sequence[DeliveryReceipt]) -> None:
        self.recorded += len(receipts)

    async def desk_tenant(
        self, account: AccountId, chat: str, *, invite: str | None = None, chosen: TenantId | None = None
    ) -> TenantId:
        raise AssertionError("no admin bots here")


def credentials() -> Credentials:
    return Credentials(token="t", webhook_secret=SECRET, app_secret=APP_SECRET, verify_token="v")


def account(channel: Any, path_id: str, external_id: str) -> Account:
    return Account(
        account_id=AccountId(1 if channel == "telegram" else 2),
        tenant_id=TenantId(5),
        channel=channel,
        role="customer",
        external_id=external_id,
        path_id=path_id,
        delivery="webhook",
    )


@pytest.fixture
async def kept() -> Kept:
    return Kept()


@pytest.fixture
async def url(kept: Kept) -> AsyncIterator[str]:
    intake, telegram, whatsapp = Intake(kept), Registry(), Registry()
    telegram.put(account("telegram", "tg", "7001"), credentials())
    whatsapp.put(account("whatsapp", "wa", NUMBER), credentials())

    async def healthy() -> str:
        return ""

    app = create_web_app(
        TelegramWebhook(telegram, intake, SystemClock()).routes(),
        WhatsAppWebhook(whatsapp, intake).routes(),
        health=healthy,
    )
    runner = await serve(app, "127.0.0.1", 0)
    yield "http://{}:{}".format(*runner.addresses[0][:2])
    await runner.cleanup()


def telegram_update(text: object = "valid", update_id: object = 1) -> dict[str, Any]:
    user = {"id": 5, "is_bot": False, "first_name": "Ada"}
    head = {"message_id": 3, "date": 1_700_000_000, "chat": {"id": 5, "type": "private"}, "from": user}
    return {"update_id": update_id, "message": {**head, "text": text}}


def whatsapp_message(text: object = "valid") -> dict[str, Any]:
    now = str(int(datetime.now(UTC).timestamp()))
    return {"from": "4917", "id": f"wamid.{random.getrandbits(40)}", "timestamp": now} | {
        "type": "text",
        "text": {"body": text},
    }


def whatsapp_body(messages: list[Any]) -> dict[str, Any]:
    metadata = {"display_phone_number": "1555", "phone_number_id": NUMBER}
    contacts = [{"profile": {"name": "Ada"}, "wa_id": "4917"}]
    value = {"messaging_product": "whatsapp", "metadata": metadata, "contacts": contacts, "messages": messages}
    change = {"field": "messages", "value": value}
    return {"object": "whatsapp_business_account", "entry": [{"id": "1", "changes": [change]}]}


def mangle(value: Any, dice: random.Random) -> Any:
    """The same value with one part somewhere replaced by something of another type or size."""
    poison: list[Any] = [None, True, -1, 1.5, 2**70 * 1.0, "", "\0", "x" * 5000, [], {}, [[]], [None], {"a": {}}, "é😀"]
    if isinstance(value, dict) and value and dice.random() < 0.8:
        key = dice.choice(list(value))
        return {**value, key: mangle(value[key], dice)}
    if isinstance(value, list) and value and dice.random() < 0.8:
        index = dice.randrange(len(value))
        return [*value[:index], mangle(value[index], dice), *value[index + 1 :]]
    return dice.choice(poison)


def nested(depth: int) -> bytes:
    return b'{"update_id":1,"message":' + b"[" * depth + b"]" * depth + b"}"


def noise(dice: random.Random) -> bytes:
    return dice.randbytes(dice.randrange(200))


def broken(dice: random.Random) -> bytes:
    whole = orjson.dumps(telegram_update() if dice.random() < 0.5 else whatsapp_body([whatsapp_message()]))
    return whole[: dice.randrange(len(whole))]


SHAPES: list[Callable[[random.Random], bytes]] = [
    noise,
    broken,
    lambda dice: orjson.dumps(mangle(telegram_update(), dice)),
    lambda dice: orjson.dumps(mangle(whatsapp_body([whatsapp_message(), whatsapp_message()]), dice)),
    lambda dice: nested(dice.choice([10, 500, 1000, 1030, 100_000])),
    lambda dice: orjson.dumps(dice.choice([None, 1, "x", [], {}, [{}], {"entry": {}}, {"update_id": "1"}])),
    lambda dice: b'{"update_id":1,"message":"\\ud800"}',
    lambda dice: b'{"update_id":1,"update_id":2,"message":{}}',
    lambda dice: b"[" + b"1," * 1000 + b"NaN]",
]


def headers_for(path: str, body: bytes, dice: random.Random) -> dict[str, str]:
    signature = "sha256=" + hmac.digest(APP_SECRET.encode(), body, "sha256").hex()
    secret = SECRET
    if dice.random() < 0.2:
        wrong = ["", "x", "ünïcode", "sha256=", "sha256=ü", "sha1=" + "0" * 40, "s" * 4000]
        signature = secret = dice.choice(wrong).encode().decode("latin-1")
    types = ["application/json", "text/plain", "multipart/form-data", "application/json; charset=utf-99", "x", ""]
    headers = {"Content-Type": dice.choice(types)}
    headers["X-Telegram-Bot-Api-Secret-Token" if path.startswith("/t") else "X-Hub-Signature-256"] = secret
    if path.startswith("/w"):
        headers["X-Hub-Signature-256"] = signature
    if dice.random() < 0.03:
        headers["Content-Encoding"] = dice.choice(["gzip", "br", "deflate", "nonsense"])
    return headers


async def knock(http: aiohttp.ClientSession, url: str, dice: random.Random, answers: Counter[int]) -> None:
    body = dice.choice(SHAPES)(dice)
    path = dice.choice(
        ["/telegram/tg", "/whatsapp/wa", "/telegram/tg", "/whatsapp/wa", "/telegram/none", "/whatsapp/ü"]
    )
    async with http.post(url + path, data=body, headers=headers_for(path, body, dice)) as answer:
        text = await answer.text()
        answers[answer.status] += 1
        assert answer.status < 500, (path, body[:300], text)
        assert len(text) < 200 and "Traceback" not in text, text


async def test_ten_thousand_bad_bodies(url: str, kept: Kept) -> None:
    dice, answers, process = random.Random(23), Counter[int](), psutil.Process()
    async with aiohttp.ClientSession(skip_auto_headers=("Content-Type",)) as http:
        weights: list[int] = []
        for start in range(0, BODIES, 50):
            await asyncio.gather(*(knock(http, url, dice, answers) for _ in range(50)))
            if start % 1000 == 950:
                gc.collect()
                weights.append(process.memory_info().rss)
    assert sum(answers.values()) == BODIES
    assert answers[400] > 1000 and answers[404] > 1000 and answers[415] > 50 and answers[200] > 150
    assert kept.recorded > 100  # some are only a little wrong
    assert weights[-1] - weights[len(weights) // 2] < 8 * 1024 * 1024, weights


async def test_bodies_that_are_too_large_are_not_read(url: str) -> None:
    async def endless() -> AsyncIterator[bytes]:
        for _ in range(64):
            yield b"[" * 65_536

    large = {"/telegram/tg": 1024 * 1024 + 1, "/whatsapp/wa": 3 * 1024 * 1024 + 1}
    async with aiohttp.ClientSession() as http:
        for path, size in large.items():
            headers = {"X-Telegram-Bot-Api-Secret-Token": SECRET, "X-Hub-Signature-256": "sha256=00"}
            for data in (endless(), _file(size)):
                try:
                    async with http.post(url + path, data=data, headers=headers) as answer:
                        assert answer.status == 413
                except aiohttp.ClientOSError:
                    pass  # refused and closed while we were still writing


def _file(size: int) -> Any:
    import io

    return io.BytesIO(b" " * size)


async def test_the_valid_items_of_a_bad_body_are_kept(url: str, kept: Kept) -> None:
    bad = [5, {"type": "text"}, {**whatsapp_message(), "text": 7}, {**whatsapp_message(), "timestamp": []}, None]
    body = orjson.dumps(whatsapp_body([*bad, whatsapp_message(), *bad, whatsapp_message()]))
    signature = "sha256=" + hmac.digest(APP_SECRET.encode(), body, "sha256").hex()
    headers = {"X-Hub-Signature-256": signature}
    async with aiohttp.request("POST", f"{url}/whatsapp/wa", data=body, headers=headers) as answer:
        assert answer.status == 200
    assert kept.recorded == 2 and kept.texts == {"valid"}


async def test_a_stranger_learns_nothing(url: str) -> None:
    async with aiohttp.ClientSession() as http:
        answers: set[tuple[int, str]] = set()
        for path, secret in (("tg", "wrong"), ("tg", ""), ("nobody", SECRET), ("tg", "ü" * 30)):
            headers = {"X-Telegram-Bot-Api-Secret-Token": secret.encode().decode("latin-1")}
            async with http.post(f"{url}/telegram/{path}", data=b"{}", headers=headers) as answer:
                answers.add((answer.status, await answer.text()))
    assert answers == {(404, "not found")}
