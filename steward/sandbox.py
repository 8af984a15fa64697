"""The sandbox beside Steward: started as its own process, found again after a crash, set up with the demo tenants."""

import asyncio
import fcntl
import os
import signal
import sys
from collections.abc import AsyncGenerator
from contextlib import asynccontextmanager
from pathlib import Path

import aiohttp
import structlog

from core.errors import Misconfigured
from steward.settings import Settings

_log = structlog.get_logger(__name__)
DEMO = Path(__file__).parent.parent / "demo"
_START_SECONDS = 20


class Sandbox:
    def __init__(self, url: str) -> None:
        self.url = url
        self._session = aiohttp.ClientSession(base_url=url, timeout=aiohttp.ClientTimeout(total=10))

    @property
    def telegram_url(self) -> str:
        return f"{self.url}/telegram"

    @property
    def whatsapp_url(self) -> str:
        return f"{self.url}/whatsapp/v26.0"

    async def put(self, path: str, body: dict[str, object]) -> None:
        async with self._session.put(path, json=body) as response:
            response.raise_for_status()

    async def delete(self, path: str) -> None:
        async with self._session.delete(path) as response:
            response.raise_for_status()

    async def answers(self) -> bool:
        """Whether what listens there is a sandbox."""
        try:
            async with self._session.get("/api/world") as response:
                return response.status == 200 and "accounts" in await response.json()
        except (aiohttp.ClientError, OSError, ValueError, TimeoutError):
            return False

    async def aclose(self) -> None:
        await self._session.close()


@asynccontextmanager
async def open_sandbox(settings: Settings) -> AsyncGenerator[Sandbox]:
    """Starts the sandbox's process, or finds the one that a killed Steward left behind; the last one to leave stops it.

    Raises Misconfigured when something else has the port.
    """
    sandbox = Sandbox(f"http://127.0.0.1:{settings.sandbox_port}")
    pid_file = settings.state / "sandbox.pid"
    settings.state.mkdir(parents=True, exist_ok=True)
    users = os.open(settings.state / "sandbox.lock", os.O_RDWR | os.O_CREAT, 0o600)
    fcntl.flock(users, fcntl.LOCK_SH)
    try:
        if await sandbox.answers():
            _log.info("sandbox_found")
        else:
            await _start(settings, sandbox, pid_file)
        yield sandbox
    finally:
        await sandbox.aclose()
        if _is_last(users):
            _stop(pid_file)
        os.close(users)


def _is_last(users: int) -> bool:
    """Whether no other living Steward uses the sandbox, such as one that a second `make run` met."""
    try:
        fcntl.flock(users, fcntl.LOCK_EX | fcntl.LOCK_NB)
    except BlockingIOError:
        return False
    return True


async def _start(settings: Settings, sandbox: Sandbox, pid_file: Path) -> None:
    folder = settings.state / "sandbox"
    folder.mkdir(parents=True, exist_ok=True)
    with (folder / "sandbox.log").open("ab") as log:
        process = await asyncio.create_subprocess_exec(
            sys.executable, "-m", "sandbox", "--port", str(settings.sandbox_port), "--state", str(folder),
            stdin=asyncio.subprocess.DEVNULL, stdout=log, stderr=log, cwd=DEMO.parent, start_new_session=True,
        )  # fmt: skip
    _note(pid_file, process.pid)
    for _ in range(_START_SECONDS * 20):
        if await sandbox.answers():
            return
        if process.returncode is not None:
            break
        await asyncio.sleep(0.05)
    raise Misconfigured(
        f"The sandbox did not start on port {settings.sandbox_port}. Is the port in use? Set STEWARD_SANDBOX_PORT to a "
        f"free one; {folder / 'sandbox.log'} says more."
    )


def _note(pid_file: Path, pid: int) -> None:
    pid_file.write_text(str(pid))


def _stop(pid_file: Path) -> None:
    try:
        os.kill(int(pid_file.read_text()), signal.SIGTERM)
        pid_file.unlink()
    except (OSError, ValueError):
        _log.info("sandbox_not_stopped")
