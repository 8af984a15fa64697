"""Steward itself, as `python -m steward run` starts it, set up with tenants and pointed at the benchmark's vendors."""

import asyncio
import os
import re
import secrets
import shutil
import socket
import subprocess
import sys
from collections.abc import AsyncGenerator, Mapping
from contextlib import AsyncExitStack, asynccontextmanager
from dataclasses import dataclass
from pathlib import Path

import aiohttp
import psutil

from benchmarks.ground import Ground
from benchmarks.outside import SECRET
from core.ids import TenantId
from db.engine.link import Link
from steward.data import Data, open_data
from steward.settings import Settings
from steward.setup import Setup

ROOT = Path(__file__).parent.parent
_READY_SECONDS = 60


@dataclass(frozen=True, slots=True, kw_only=True)
class Installed:
    process: psutil.Process
    port: int
    log: Path

    def cpu(self) -> float:
        times = self.process.cpu_times()
        return times.user + times.system

    def memory_mb(self) -> float:
        return self.process.memory_info().rss / 1048576


def settings_of(ground: Ground, state: Path) -> dict[str, str]:
    return {
        "STEWARD_STATE": str(state), "STEWARD_DATABASE_URL": ground.database_url,
        "STEWARD_REDIS_URL": ground.redis_url, "STEWARD_SANDBOX": "off", "STEWARD_TYPING": "false",
        "STEWARD_LOG_LEVEL": "warning",
    }  # fmt: skip


@asynccontextmanager
async def open_setup(ground: Ground, state: Path) -> AsyncGenerator[Setup]:
    state.mkdir(exist_ok=True)
    settings = Settings(
        state=state,
        database_url=ground.database_url,
        redis_url=ground.redis_url,
        _env_file=None,  # type: ignore[call-arg, arg-type]
    )
    async with AsyncExitStack() as stack:
        data: Data = await stack.enter_async_context(open_data(settings))
        link = await stack.enter_async_context(Link(data.engine_url, "setup"))
        yield Setup(data.database, link, data.vault)


async def add_bakery(setup: Setup, folder: Path, number: int) -> TenantId:
    """A tenant like the demo's bakery, with all of its knowledge."""
    place = folder / f"bakery-{number}"
    shutil.copytree(ROOT / "demo/bakery", place)
    file = place / "tenant.toml"
    file.write_text(re.sub(r'slug = ".*"', f'slug = "bakery-{number}"', file.read_text()))
    return (await setup.load_folder(place))[0]


async def add_telegram(setup: Setup, tenant: TenantId, number: int) -> str:
    """The path of its webhook."""
    bot_id = str(7_000_000_000 + number)
    _, path_id = await setup.connect(
        tenant, channel="telegram", role="customer", external_id=bot_id, name=f"Bakery {number}", delivery="webhook",
        credentials={"token": f"{bot_id}:{secrets.token_urlsafe(26)[:35]}", "webhook_secret": SECRET},
    )  # fmt: skip
    return f"/telegram/{path_id}"


def free_port() -> int:
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        return int(probe.getsockname()[1])


@asynccontextmanager
async def run_steward(ground: Ground, state: Path, vendors: Mapping[str, str]) -> AsyncGenerator[Installed]:
    """`vendors`: STEWARD_TELEGRAM_URL and the like. Yields once it answers; else RuntimeError with the log."""
    port, log = free_port(), state / "steward.log"
    kept = {name: value for name, value in os.environ.items() if not name.startswith(("STEWARD_", "OPENAI_"))}
    environment = {
        **kept, **settings_of(ground, state), **vendors, "STEWARD_PORT": str(port), "PYTHONPATH": str(ROOT),
    }  # fmt: skip
    with log.open("ab") as file:
        child = subprocess.Popen(
            [sys.executable, "-m", "steward", "run"], env=environment, cwd=state, stdout=file, stderr=file
        )
    try:
        await _until_healthy(child, port, log)
        yield Installed(process=psutil.Process(child.pid), port=port, log=log)
    finally:
        child.terminate()
        try:
            await asyncio.to_thread(child.wait, 20)
        except subprocess.TimeoutExpired:
            child.kill()
            child.wait()


async def _until_healthy(child: "subprocess.Popen[bytes]", port: int, log: Path) -> None:
    async with aiohttp.ClientSession() as session:
        for _ in range(_READY_SECONDS * 50):
            if child.poll() is not None:
                break
            try:
                async with session.get(f"http://127.0.0.1:{port}/healthz") as answered:
                    if answered.status == 200:
                        return
            except aiohttp.ClientError:
                pass
            await asyncio.sleep(0.02)
    raise RuntimeError(f"Steward did not start: {log.read_text()[-2000:]}")
