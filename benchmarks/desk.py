"""How fast a decision card reaches its owner, and its outcome after the tap: through the sandbox, on both channels.

Steward runs as it is installed, with the sandbox as both vendors. Customers of three businesses ask what nobody knows;
each business has an owner on Telegram and one on WhatsApp, who dismiss in turn. Commit -> card: from when the question
was recorded for the desk (`inbox.recorded_at`) until the vendor accepted the card (`GET /control/accepted`). Tap ->
outcome: from the tap on the sandbox's page until the card is edited on Telegram, as seen by looking every few
milliseconds, or the follow-up is accepted on WhatsApp. The vendors' rates hold: owners are asked as slowly as these
allow.
"""

import asyncio
import subprocess
import sys
import time
from collections.abc import AsyncGenerator
from contextlib import asynccontextmanager
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

import aiohttp
import asyncpg

from benchmarks.ground import MILLI, Ground, percentile, print_table, print_verdict, stand
from benchmarks.installation import ROOT, free_port, open_setup, settings_of

OWNERS = {"bakery": "omar", "forwarder": "olga", "procurement": "otto"}
"""One for each business: a chat with the admin bot speaks for one at a time."""
CHANNELS = ("telegram", "whatsapp")
_BETWEEN = 3.2
"""Seconds: each round sends three messages to an owner, and Telegram takes one a second."""
_PATIENCE = 20
_LOOK = 0.004


@dataclass(kw_only=True)
class Page:
    """The sandbox's page, as people use it."""

    http: aiohttp.ClientSession
    url: str
    numbers: dict[str, str] = field(default_factory=dict[str, str])
    """Phone number ids by tenant; the admin number under the empty name."""

    async def call(self, method: str, path: str, **how: Any) -> Any:
        async with self.http.request(method, self.url + path, **how) as answer:
            if answer.status >= 300:
                raise RuntimeError(f"{path}: {answer.status} {await answer.text()}")
            return await answer.json()

    async def say(self, chat: str, text: str) -> None:
        await self.call("POST", f"/api/chats/{chat}/messages", json={"text": text})

    async def wait(self, chat: str, needle: str) -> dict[str, Any]:
        """The message of the bot that says so, as soon as it does."""
        deadline = time.monotonic() + _PATIENCE
        while time.monotonic() < deadline:
            for message in reversed((await self.call("GET", f"/api/chats/{chat}"))["messages"]):
                if message["from"] == "bot" and needle in message["text"]:
                    return message
            await asyncio.sleep(_LOOK)
        said = [each["text"] for each in (await self.call("GET", f"/api/chats/{chat}"))["messages"]]
        raise RuntimeError(f"{needle!r} never came to {chat}: {said[-3:]}")

    async def tap(self, chat: str, message: dict[str, Any], verb: str) -> None:
        data = next(b["data"] for row in message["buttons"] for b in row if f":{verb}:" in b["data"])
        await self.call("POST", f"/api/chats/{chat}/tap", json={"message_id": message["id"], "data": data})

    def desk(self, channel: str, owner: str) -> str:
        return f"tg:operator_bot:{owner}" if channel == "telegram" else f"wa:{self.numbers['']}:{owner}"


@asynccontextmanager
async def run_product(ground: Ground, state: Path) -> AsyncGenerator[str]:
    """With the sandbox; yields its address once the demo's businesses are there."""
    port, sandbox = free_port(), free_port()
    environment = {
        **settings_of(ground, state), "STEWARD_SANDBOX": "on", "STEWARD_SANDBOX_PORT": str(sandbox),
        "STEWARD_PORT": str(port), "PYTHONPATH": str(ROOT), "PATH": "/usr/bin:/bin",
    }  # fmt: skip
    state.mkdir(exist_ok=True)
    with (state / "steward.log").open("ab") as log:
        child = subprocess.Popen(
            [sys.executable, "-m", "steward", "run"], env=environment, cwd=state, stdout=log, stderr=log
        )
    try:
        await _until_ready(child, f"http://127.0.0.1:{sandbox}", state / "steward.log")
        yield f"http://127.0.0.1:{sandbox}"
    finally:
        child.terminate()
        await asyncio.to_thread(child.wait, 20)


async def _until_ready(child: "subprocess.Popen[bytes]", url: str, log: Path) -> None:
    async with aiohttp.ClientSession() as http:
        for _ in range(3_000):
            if child.poll() is not None:
                break
            try:
                async with http.get(f"{url}/api/world") as answer:
                    world = await answer.json()
                    if len(world["accounts"]) >= 2 * len(OWNERS) + 2:
                        return
            except aiohttp.ClientError:
                pass
            await asyncio.sleep(0.02)
    raise RuntimeError(f"Steward did not start: {log.read_text()[-2000:]}")


async def seat_owners(ground: Ground, state: Path, page: Page) -> None:
    async with open_setup(ground, state) as setup:
        for slug, owner in OWNERS.items():
            tenant = await setup.find(slug)
            assert tenant is not None, "the demo has it"
            for channel in CHANNELS:
                code = await setup.invite(tenant, "owner", datetime.now(UTC) + timedelta(hours=1))
                await page.say(page.desk(channel, owner), f"/start {code}")
                await page.wait(page.desk(channel, owner), "/start")


async def play_round(page: Page, slug: str, number: int, outcomes: dict[str, list[float]]) -> None:
    """A question, its cards on both channels, a tap on one of them."""
    question = f"Can you repair my bicycle, model {number:04}?"
    await page.say(f"tg:{slug}_bot:person-{number}", question)
    cards = {channel: await page.wait(page.desk(channel, OWNERS[slug]), f"{number:04}") for channel in CHANNELS}
    channel = CHANNELS[number // len(OWNERS) % 2]
    desk = page.desk(channel, OWNERS[slug])
    before = (await page.call("GET", "/control/accepted", params={"after": 10**9}))["total"]
    tapped_ns = time.time_ns()
    await page.tap(desk, cards[channel], "dismiss")
    if channel == "telegram":
        await _until_edited(page, desk, cards[channel]["id"])
        outcomes[channel].append((time.time_ns() - tapped_ns) / 1e6)
    else:
        outcomes[channel].append((await _find_follow_up(page, desk, number, before) - tapped_ns) / 1e6)


async def _until_edited(page: Page, desk: str, message_id: str) -> None:
    deadline = time.monotonic() + _PATIENCE
    while time.monotonic() < deadline:
        messages = (await page.call("GET", f"/api/chats/{desk}"))["messages"]
        if any(each["id"] == message_id and "✓" in each["text"] for each in messages):
            return
        await asyncio.sleep(_LOOK)
    raise RuntimeError("the card was never edited")


async def _find_follow_up(page: Page, desk: str, number: int, after: int) -> int:
    deadline = time.monotonic() + _PATIENCE
    while time.monotonic() < deadline:
        answer = await page.call("GET", "/control/accepted", params={"after": after})
        for item in answer["items"]:
            if item["chat"] == desk and f"{number:04}" in item["text"] and "✓" in item["text"]:
                return item["at_ns"]
        await asyncio.sleep(_LOOK)
    raise RuntimeError("no follow-up came")


async def read_cards(ground: Ground, page: Page) -> dict[str, list[float]]:
    """Milliseconds from commit to card, by channel."""
    connection = await asyncpg.connect(ground.database_url)
    try:
        rows = await connection.fetch(
            "SELECT a.channel, i.event ->> 'question' AS question, extract(epoch FROM i.recorded_at) AS at "
            "FROM inbox i JOIN streams s USING (tenant_id, stream_id) "
            "JOIN channel_accounts a ON a.account_id = s.account_id "
            "WHERE i.event ->> 'kind' = 'escalation_opened' AND s.kind = 'desk'"
        )
    finally:
        await connection.close()
    accepted: list[dict[str, Any]] = []
    while True:
        answer = await page.call("GET", "/control/accepted", params={"after": len(accepted)})
        accepted += answer["items"]
        if not answer["items"]:
            break
    found: dict[str, list[float]] = {channel: [] for channel in CHANNELS}
    desks = {page.desk(channel, owner) for channel in CHANNELS for owner in OWNERS.values()}
    for row in rows:
        shown = next(
            item
            for item in accepted
            if item["chat"] in desks and item["channel"] == row["channel"] and row["question"] in item["text"]
        )
        found[row["channel"]].append(shown["at_ns"] / 1e6 - float(row["at"]) * MILLI)
    return found


async def run(*, short: bool) -> bool:
    rounds = 4 if short else 12
    async with stand() as ground, aiohttp.ClientSession() as http:
        state = ground.state / "steward"
        async with run_product(ground, state) as url:
            page = Page(http=http, url=url)
            world = await page.call("GET", "/api/world")
            page.numbers = {a["tenant"]: a["phone_number_id"] for a in world["accounts"] if a["channel"] == "whatsapp"}
            await seat_owners(ground, state, page)
            outcomes: dict[str, list[float]] = {channel: [] for channel in CHANNELS}
            for number in range(rounds):
                await asyncio.sleep(_BETWEEN)
                for place, slug in enumerate(OWNERS):
                    await play_round(page, slug, number * len(OWNERS) + place, outcomes)
            cards = await read_cards(ground, page)
    return _report(cards, outcomes)


def _report(cards: dict[str, list[float]], outcomes: dict[str, list[float]]) -> bool:
    steps = {"commit -> card": cards, "tap -> outcome": outcomes}
    print_table(
        "A decision card, ms",
        ("", "times", "p50", "p95", "longest"),
        [
            (f"{name}, {channel}", len(values), *(f"{each:.0f}" for each in _shares(values)))
            for name, by_channel in steps.items()
            for channel, values in by_channel.items()
        ],
    )
    met = [
        print_verdict(f"{name} on {channel}, the longest", max(values), 1000, " ms")
        for name, by_channel in steps.items()
        for channel, values in by_channel.items()
    ]
    return all(met)


def _shares(values: list[float]) -> tuple[float, float, float]:
    return percentile(values, 0.5), percentile(values, 0.95), max(values)
