"""The state folder: its layout, who holds it, and a socket folder short enough for the kernel.

    <state>/postgres/   postgresql.conf, postgres.log, data/ (the cluster)
    <state>/redis/      redis.conf, redis.log, data/ (the snapshot)
    <state>/run/        both sockets; a link to a short folder under the temp folder where the path is too long or odd
    <state>/*.lock      two kernel locks, which vanish with the process that holds them however it ends

`starting.lock` is held alone while servers start or stop. `using.lock` is held jointly by every process that uses the
servers: whoever can take it alone was the last.
"""

import asyncio
import fcntl
import hashlib
import os
import re
import shutil
import stat
import tempfile
from collections.abc import AsyncGenerator
from contextlib import asynccontextmanager
from dataclasses import dataclass
from pathlib import Path

from core.errors import Misconfigured
from db.embedded.account import Account, choose_account, open_way

_SOCKET_PATH_BYTES = 103  # macOS; Linux takes 107. Source: unix(7), sys/un.h
_LONGEST_SOCKET_NAME = ".s.PGSQL.5432"
_PLAIN = re.compile(r"[\w ./+-]*")  # a comma in a URL's host would separate two hosts
_PATIENCE_SECONDS = 240.0  # longer than a server may take to recover after a crash


@dataclass(frozen=True, slots=True, kw_only=True)
class StateFolder:
    path: Path
    sockets: Path
    account: Account | None

    @classmethod
    def prepare(cls, state: Path) -> "StateFolder":
        """Make the folder and what lies in it. Raises: Misconfigured."""
        path = state.expanduser().resolve()
        try:
            account = choose_account(path / "postgres" / "data")
            path.mkdir(mode=0o700, parents=True, exist_ok=True)
            for name in ("postgres", "redis"):
                (path / name).mkdir(mode=0o700, exist_ok=True)
                if account:
                    open_way(path / name, account)
            return cls(path=path, sockets=_prepare_sockets(path, account), account=account)
        except OSError as error:
            raise unwritable(path, error) from error

    def own(self, path: Path) -> None:
        """Give a path to the user that runs the servers."""
        if self.account:
            self.account.own(path)

    @asynccontextmanager
    async def starting(self) -> AsyncGenerator[None]:
        """Alone: no other process starts or stops servers in this folder meanwhile. Raises: Misconfigured."""
        handle = self._open("starting.lock")
        try:
            deadline = asyncio.get_running_loop().time() + _PATIENCE_SECONDS
            while not _take(handle, fcntl.LOCK_EX):
                if asyncio.get_running_loop().time() > deadline:
                    raise Misconfigured(f"Another Steward is stuck starting in {self.path}. Stop it, then try again.")
                await asyncio.sleep(0.02)
            yield
        finally:
            os.close(handle)

    def join(self) -> int:
        """Count this process among the users, under `starting`. Give the handle back to `leave`."""
        handle = self._open("using.lock")
        _take(handle, fcntl.LOCK_SH)
        return handle

    def leave(self, handle: int) -> None:
        # Said aloud, not only by closing: a forked child may hold a copy of the handle.
        fcntl.flock(handle, fcntl.LOCK_UN)
        os.close(handle)

    def unused(self) -> bool:
        """Whether no living process uses the servers, under `starting`."""
        handle = self._open("using.lock")
        try:
            return _take(handle, fcntl.LOCK_EX)
        finally:
            os.close(handle)

    def _open(self, name: str) -> int:
        try:
            return os.open(self.path / name, os.O_RDWR | os.O_CREAT | os.O_CLOEXEC, 0o600)
        except OSError as error:
            raise unwritable(self.path, error) from error


def unwritable(path: Path, error: OSError) -> Misconfigured:
    reason = (error.strerror or str(error)).lower()
    return Misconfigured(
        f"Steward cannot keep its data in {path}: {reason}. Make the folder writable for this user, or choose another."
    )


def _take(handle: int, kind: int) -> bool:
    try:
        fcntl.flock(handle, kind | fcntl.LOCK_NB)
    except BlockingIOError:
        return False
    return True


def _prepare_sockets(path: Path, account: Account | None) -> Path:
    sockets = path / "run"
    too_long = len(os.fsencode(sockets / _LONGEST_SOCKET_NAME)) > _SOCKET_PATH_BYTES
    if too_long or not _PLAIN.fullmatch(str(sockets)):
        sockets = _short_folder(path, sockets)
    elif sockets.is_symlink():  # the state folder was moved here from a longer path
        sockets.unlink()
    sockets.mkdir(mode=0o700, exist_ok=True)
    found = sockets.lstat()
    if account and found.st_uid == os.geteuid():
        account.own(sockets)
    elif found.st_uid != (account.uid if account else os.geteuid()) or not stat.S_ISDIR(found.st_mode):
        raise Misconfigured(f"The folder {sockets} belongs to someone else. Remove it, or use a shorter state path.")
    if account:
        open_way(sockets, account)
    return sockets


def _short_folder(path: Path, link: Path) -> Path:
    """The link remembers the choice, so that a process with another temp folder finds the same sockets."""
    name = f"steward-{hashlib.sha256(os.fsencode(path)).hexdigest()[:16]}"
    if not link.is_symlink() or link.readlink().name != name:  # the latter in a copy of another state folder
        if link.is_dir() and not link.is_symlink():  # the state folder was moved here from a shorter path
            shutil.rmtree(link)
        draft = link.with_name(f"run-{os.getpid()}")
        draft.symlink_to(Path(tempfile.gettempdir()) / name)
        draft.replace(link)  # in one step: another process may be starting too
    return link.readlink()
