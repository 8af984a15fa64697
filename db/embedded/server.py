"""What both servers do alike: adopt the one that runs or start one, wait until it answers, stop it."""

import asyncio
import os
import signal
import subprocess
from abc import ABC, abstractmethod
from collections.abc import Sequence
from importlib.util import find_spec
from pathlib import Path
from typing import ClassVar

import psutil
import structlog

from core.errors import Misconfigured
from db.embedded import process
from db.embedded.account import open_way
from db.embedded.folder import StateFolder, unwritable

log = structlog.get_logger(__name__)

_READY_SECONDS = 180.0  # recovery after a crash replays up to a gigabyte of log


class Server(ABC):
    """A server is known by its program and working folder, never by a pid alone. Call under `StateFolder.starting`."""

    title: ClassVar[str]
    program: ClassVar[str]
    setting: ClassVar[str]
    stop_steps: ClassVar[Sequence[tuple[signal.Signals, float]]]

    def __init__(self, state: StateFolder, name: str, binaries: Path) -> None:
        self.state = state
        self.folder = state.path / name
        self.data = self.folder / "data"
        self.log = self.folder / f"{name}.log"
        self.binaries = binaries
        self._child: subprocess.Popen[bytes] | None = None
        self._process: psutil.Process | None = None

    @abstractmethod
    def recorded_pid(self) -> int | None:
        """The pid the server wrote about itself; it may be stale."""

    @abstractmethod
    async def prepare(self, *, durable: bool) -> None:
        """Make the data folder and write the settings."""

    @abstractmethod
    def command(self) -> list[str]: ...

    @abstractmethod
    async def answers(self) -> bool:
        """Whether it serves clients now."""

    @abstractmethod
    def complaint(self, lines: list[str]) -> str:
        """The log line that says best why it did not start."""

    @abstractmethod
    def socket(self) -> Path: ...

    def repair(self, lines: list[str]) -> bool:
        """Called once after a failed start; True asks for another try."""
        del lines
        return False

    def adopt(self, *, durable: bool) -> None:
        """Called when the server was already running, with what this process needs of it."""
        log.info("embedded_server_adopted", server=self.title, durable=durable)

    def lives(self) -> bool:
        """For the watch. Asking after our own child costs next to nothing, and collects it when it is dead."""
        if self._child:
            return self._child.poll() is None
        return self._process is not None and process.alive(self._process)

    def find(self) -> psutil.Process | None:
        pid = self.recorded_pid()
        return process.recognise(pid, self.program, self.data) if pid else None

    async def listens(self) -> bool:
        try:
            _, writer = await asyncio.open_unix_connection(str(self.socket()))
        except OSError:
            return False
        writer.close()
        return True

    async def start(self, *, durable: bool) -> None:
        """Adopt the running server, else start one. Raises: Misconfigured."""
        try:
            while self.find():
                if await self._until_ready():
                    return self.adopt(durable=durable)
            await self._clear()
            await self.prepare(durable=durable)
            return await self._launch()
        except OSError as error:
            raise unwritable(self.folder, error) from error

    async def stop(self) -> bool:
        """True when there was a server to stop. Leaves no process and no stale socket behind."""
        found = process.find_all(self.program, self.data)
        if not found:
            return False
        main = self.find()
        await process.end([main] if main else found, self.stop_steps)
        await process.end(process.find_all(self.program, self.data), [(signal.SIGKILL, 5.0)])
        self.forget()
        return True

    def forget(self) -> None:
        """Let go of a child that may live on for another process, without Popen's warning about it."""
        if self._child and self._child.poll() is None:
            self._child.returncode = 0
        self._child = self._process = None

    async def _clear(self) -> None:
        """End what a crash left behind; refuse a server that we can reach but not see."""
        await process.end(process.find_all(self.program, self.data), [(signal.SIGQUIT, 3.0), (signal.SIGKILL, 5.0)])
        if await self.listens():
            raise Misconfigured(
                f"{self.title} in {self.folder} is run by something outside our sight, such as another container. "
                f"Give this Steward a state folder of its own, or set {self.setting}."
            )

    async def _launch(self) -> None:
        if self.state.account:
            open_way(self.binaries, self.state.account)
        offset = process.size(self.log)
        ready = await self._try_launch()
        if not ready and self.repair(process.read_from(self.log, offset)):
            offset = process.size(self.log)
            ready = await self._try_launch()
        if not ready:
            raise self._failure(offset)

    async def _try_launch(self) -> bool:
        self._child = process.spawn(self.command(), folder=self.data, log=self.log, account=self.state.account)
        return await self._until_ready()

    async def _until_ready(self) -> bool:
        """False when the server went away meanwhile."""
        deadline = asyncio.get_running_loop().time() + _READY_SECONDS
        pause = 0.002
        while asyncio.get_running_loop().time() < deadline:
            if self._child and self._child.poll() is not None:
                self._child = None
            found = self.find()
            if found and await self.answers():
                self._process = found
                return True
            if not found and not self._child:
                return False
            await asyncio.sleep(pause)
            pause = min(pause * 1.2, 0.05)
        raise Misconfigured(f"{self.title} is not ready after {_READY_SECONDS:.0f} seconds. See {self.log}.")

    def _failure(self, offset: int) -> Misconfigured:
        lines = process.read_from(self.log, offset)
        reason = self.complaint(lines) if lines else "it said nothing"
        return Misconfigured(
            f"{self.title} did not start: {reason.rstrip('.')}. "
            f"See {self.log}, or set {self.setting} to a server of your own."
        )


def wheel_folder(package: str, *parts: str) -> Path:
    """Where a wheel keeps its programs, without importing its code. Raises: Misconfigured."""
    spec = find_spec(package)
    if spec and spec.submodule_search_locations:
        folder = Path(spec.submodule_search_locations[0]).joinpath(*parts)
        if os.access(folder, os.R_OK):
            return folder
    raise Misconfigured(
        f"The package {package} has no servers for this machine. Install it for Python 3.11 or 3.12, "
        "or set STEWARD_DATABASE_URL and STEWARD_REDIS_URL to servers of your own."
    )
