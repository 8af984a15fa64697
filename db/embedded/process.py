"""One operating-system process: start it apart from us, recognise it later, end it, read and bound its log."""

import asyncio
import os
import signal
import subprocess
from collections.abc import Iterable, Sequence
from contextlib import suppress
from pathlib import Path

import psutil

from core.errors import Misconfigured
from db.embedded.account import Account

_LOG_BYTES = 8_000_000


def spawn(command: Sequence[str], *, folder: Path, log: Path, account: Account | None) -> "subprocess.Popen[bytes]":
    """Start a program in a session of its own, so that Ctrl-C in our terminal does not reach it.

    Not asyncio's subprocess: closing the loop would kill a server that another process still uses.
    Raises: Misconfigured, OSError.
    """
    if not os.access(command[0], os.X_OK):
        raise Misconfigured(f"The program {command[0]} cannot be run. Install Steward's packages again: make run.")
    with log.open("ab") as output:
        return subprocess.Popen(  # noqa: S603
            command,
            cwd=folder,
            env={"PATH": os.defpath, "LC_ALL": "C"},  # no PGPORT, LD_PRELOAD or the like of the caller
            stdin=subprocess.DEVNULL,
            stdout=output,
            stderr=output,
            start_new_session=True,
            user=account.uid if account else None,
            group=account.gid if account else None,
            extra_groups=[] if account else None,
        )


def recognise(pid: int, program: str, folder: Path) -> psutil.Process | None:
    """The process, if it lives and is this program in this folder. A reused pid is neither."""
    try:
        process = psutil.Process(pid)
        if process.name() == program and alive(process) and Path(process.cwd()).samefile(folder):
            return process
    except (psutil.Error, OSError, ValueError):
        pass
    return None


def find_all(program: str, folder: Path) -> list[psutil.Process]:
    """Every living process of this program in this folder, children included."""
    named = (process.pid for process in psutil.process_iter(["name"]) if process.info["name"] == program)
    found = (recognise(pid, program, folder) for pid in named)
    return [process for process in found if process]


def alive(process: psutil.Process) -> bool:
    """A zombie is dead: in a container nobody may collect it."""
    try:
        return process.is_running() and process.status() != psutil.STATUS_ZOMBIE
    except psutil.Error:
        return False


async def end(processes: Iterable[psutil.Process], steps: Sequence[tuple[signal.Signals, float]]) -> None:
    """Send each signal in turn to those still alive, and wait its number of seconds for them to go."""
    left = list(processes)
    for number, seconds in steps:
        for process in left:
            with suppress(psutil.Error):
                process.send_signal(number)
        deadline = asyncio.get_running_loop().time() + seconds
        while left and asyncio.get_running_loop().time() < deadline:
            await asyncio.sleep(0.005)
            left = [process for process in left if alive(process)]


def size(log: Path) -> int:
    return log.stat().st_size if log.exists() else 0


def read_from(log: Path, offset: int) -> list[str]:
    with log.open("rb") as file:
        file.seek(offset)
        return [line for line in file.read(200_000).decode(errors="replace").splitlines() if line.strip()]


def bound(log: Path) -> None:
    """Keep one older log beside the current one. The server appends, so it goes on writing at the new start."""
    if size(log) > _LOG_BYTES:
        older = log.with_suffix(".old.log")
        older.write_bytes(log.read_bytes())
        older.chmod(0o600)
        os.truncate(log, 0)
