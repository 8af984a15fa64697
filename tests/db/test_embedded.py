"""The servers in the state folder: shared, kept, recovered, whoever is killed."""

import asyncio
import contextlib
import os
import shutil
import signal
import socket
import subprocess
import sys
import tempfile
import time
from collections.abc import AsyncIterator, Callable, Iterator
from pathlib import Path

import asyncpg
import psutil
import pytest
from redis.asyncio import Redis

from core.errors import Misconfigured
from db.embedded import Services, start_services, stop_services
from db.embedded.process import alive, find_all

ROOT = Path(__file__).parents[2]

OWNER = """
import asyncio, sys
from pathlib import Path
from db.embedded import start_services

async def own() -> None:
    async with start_services(Path(sys.argv[1]), durable=False) as services:
        print("URL", services.database_url, flush=True)
        await asyncio.get_running_loop().run_in_executor(None, sys.stdin.readline)

asyncio.run(own())
"""


@pytest.fixture
async def state() -> AsyncIterator[Path]:
    # Not pytest's folder: it is made private again by each run, and root's servers run as another user.
    folder = Path(tempfile.mkdtemp(prefix="steward-state-"))
    yield folder / "state"
    for data in folder.rglob("data"):
        for process in [*find_all("postgres", data), *find_all("redis-server", data)]:
            with contextlib.suppress(psutil.Error):
                process.kill()
    shutil.rmtree(folder)


@pytest.fixture
def owner(state: Path) -> Iterator[Callable[[], "subprocess.Popen[str]"]]:
    """Starts other processes that use the same state folder until they read a line."""
    children: list[subprocess.Popen[str]] = []

    def start() -> "subprocess.Popen[str]":
        command = [sys.executable, "-c", OWNER, str(state)]
        child = subprocess.Popen(command, cwd=ROOT, stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True)
        children.append(child)
        return child

    yield start
    for child in children:
        child.kill()
        child.communicate()


async def url_of(child: "subprocess.Popen[str]") -> str:
    """Waits until the servers of another process are up."""
    assert child.stdout
    while line := await asyncio.to_thread(child.stdout.readline):
        if line.startswith("URL "):
            return line.removeprefix("URL ").strip()
    raise AssertionError("the other process ended without a word")


async def write(services: Services, value: int) -> None:
    connection = await asyncpg.connect(services.database_url)
    await connection.execute("CREATE TABLE IF NOT EXISTS kept (value int)")
    await connection.execute("INSERT INTO kept VALUES ($1)", value)
    await connection.close()


async def read(services: Services) -> list[int]:
    connection = await asyncpg.connect(services.database_url)
    rows = await connection.fetch("SELECT value FROM kept ORDER BY value")
    await connection.close()
    return [row["value"] for row in rows]


async def until(condition: Callable[[], bool], seconds: float = 15) -> None:
    deadline = time.monotonic() + seconds
    while not condition():
        assert time.monotonic() < deadline, "the condition did not come true in time"
        await asyncio.sleep(0.01)


def postmaster(state: Path) -> int:
    return int((state / "postgres/data/postmaster.pid").read_text().split()[0])


def redis_server(state: Path) -> int:
    """0 while there is none."""
    pid_file = state / "redis/data/redis.pid"
    return int(pid_file.read_text() or 0) if pid_file.exists() else 0


def running(state: Path) -> list[psutil.Process]:
    return find_all("postgres", state / "postgres/data") + find_all("redis-server", state / "redis/data")


async def test_first_start_serves_both_and_leaves_nothing_running(state: Path) -> None:
    async with start_services(state, durable=False) as services:
        connection = await asyncpg.connect(services.database_url)
        assert (await connection.fetchval("SHOW server_version")).startswith("18.")
        assert await connection.fetchval("SHOW listen_addresses") == ""
        assert await connection.fetchval("SHOW log_error_verbosity") == "terse"
        await connection.close()
        async with Redis.from_url(services.redis_url) as redis:
            assert await redis.ping()
            assert (await redis.config_get("maxmemory-policy"))["maxmemory-policy"] == "allkeys-lru"
    assert running(state) == []


async def test_data_outlive_a_restart(state: Path) -> None:
    async with start_services(state) as services:
        await write(services, 1)
        async with Redis.from_url(services.redis_url) as redis:
            await redis.set("warm", "yes")
    began = time.monotonic()
    async with start_services(state) as services:
        took = time.monotonic() - began
        assert await read(services) == [1]
        async with Redis.from_url(services.redis_url) as redis:
            assert await redis.get("warm") == b"yes"
    assert took < 5, "an initialised cluster starts at once"


async def test_durability_is_raised_for_a_process_that_needs_it_and_never_lowered(state: Path) -> None:
    async def fsync(services: Services) -> str:
        connection = await asyncpg.connect(services.database_url)
        value: str = await connection.fetchval("SHOW fsync")
        await connection.close()
        return value

    async with start_services(state, durable=False) as first:
        assert await fsync(first) == "off"
        async with start_services(state, durable=True) as second:
            deadline = time.monotonic() + 10
            while await fsync(second) != "on":
                assert time.monotonic() < deadline
            async with start_services(state, durable=False) as third:
                assert await fsync(third) == "on"


@pytest.mark.parametrize("name", ["with spaces, a comma and 'quotes' ü", "long-" + "x" * 120])
async def test_any_path_will_do(state: Path, name: str) -> None:
    for value in (1, 2):
        async with start_services(state / name, durable=False) as services:
            await write(services, value)
            assert len(await read(services)) == value
            async with Redis.from_url(services.redis_url) as redis:
                assert await redis.ping()
    shutil.rmtree((state / name / "run").resolve())


async def test_a_moved_state_folder_still_starts(state: Path) -> None:
    async with start_services(state, durable=False) as services:
        await write(services, 1)
    long = state.with_name("long-" + "x" * 120)
    state.rename(long)
    async with start_services(long, durable=False) as services:
        assert await read(services) == [1]
    shutil.rmtree((long / "run").resolve())
    long.rename(state)
    async with start_services(state, durable=False) as services:
        assert await read(services) == [1]


async def test_two_processes_start_at_once_and_share(state: Path, owner: Callable[[], "subprocess.Popen[str]"]) -> None:
    first, second = owner(), owner()
    assert await url_of(first) == await url_of(second)
    async with start_services(state, durable=False) as services:
        pids = postmaster(state), redis_server(state)
        await asyncio.to_thread(first.communicate, "\n")
        await write(services, 1)
        await asyncio.to_thread(second.communicate, "\n")
        assert await read(services) == [1]
        assert (postmaster(state), redis_server(state)) == pids, "nobody restarted a server in use"
    assert running(state) == []


async def test_servers_orphaned_by_kill_9_are_adopted(
    state: Path, owner: Callable[[], "subprocess.Popen[str]"]
) -> None:
    child = owner()
    await url_of(child)
    child.kill()
    child.wait()
    before = postmaster(state), redis_server(state)
    async with start_services(state, durable=False) as services:
        assert (postmaster(state), redis_server(state)) == before
        await write(services, 1)
    assert running(state) == []


async def test_stop_ends_orphans_but_not_servers_in_use(
    state: Path, owner: Callable[[], "subprocess.Popen[str]"]
) -> None:
    child = owner()
    await url_of(child)
    with pytest.raises(Misconfigured, match="Stop it first"):
        await stop_services(state)
    assert running(state)
    child.kill()
    child.wait()
    assert await stop_services(state) is True
    assert running(state) == []
    assert await stop_services(state) is False


async def test_everything_killed_at_once_recovers_with_its_data(
    state: Path, owner: Callable[[], "subprocess.Popen[str]"]
) -> None:
    child = owner()
    await write(Services(database_url=await url_of(child), redis_url=""), 7)
    child.kill()
    child.wait()
    servers = running(state)
    for process in servers:
        with contextlib.suppress(psutil.Error):
            process.kill()
    await until(lambda: not any(alive(process) for process in servers))
    assert (state / "postgres/data/postmaster.pid").exists(), "the stale file is what is tested"
    async with start_services(state, durable=False) as services:
        assert await read(services) == [7]
        async with Redis.from_url(services.redis_url) as redis:
            assert await redis.ping()


async def test_a_stale_pid_that_now_belongs_to_someone_else(state: Path) -> None:
    async with start_services(state, durable=False) as services:
        await write(services, 3)
    decoy = subprocess.Popen(["/bin/sleep", "600"])
    try:
        lines = [str(decoy.pid), str(state), "1700000000", "5432", str(state / "run"), "", "1 1", "ready"]
        (state / "postgres/data/postmaster.pid").write_text("\n".join(lines) + "\n")
        (state / "run/.s.PGSQL.5432.lock").write_text("\n".join(lines) + "\n")
        (state / "redis/data/redis.pid").write_text(f"{decoy.pid}\n")
        with socket.socket(socket.AF_UNIX) as stale:
            stale.bind(str(state / "run/redis.sock"))
        async with start_services(state, durable=False) as services:
            assert await read(services) == [3]
            assert postmaster(state) != decoy.pid
        assert decoy.poll() is None, "a stranger is never killed"
    finally:
        decoy.kill()
        decoy.wait()


async def test_a_killed_server_is_started_again(state: Path) -> None:
    async with start_services(state, durable=False) as services:
        await write(services, 1)
        for round_ in range(2, 4):
            old_postgres, old_redis = postmaster(state), redis_server(state)
            os.kill(old_postgres, signal.SIGKILL)
            os.kill(old_redis, signal.SIGKILL)
            await until(lambda old=old_redis: redis_server(state) != old and answers_redis(state))
            await until(lambda old=old_postgres: is_ready(state, other_than=old))
            await write(services, round_)
        assert await read(services) == [1, 2, 3]
    assert running(state) == []


def is_ready(state: Path, *, other_than: int) -> bool:
    with contextlib.suppress(OSError):
        lines = (state / "postgres/data/postmaster.pid").read_text().splitlines()
        return len(lines) > 7 and lines[7].strip() == "ready" and int(lines[0]) != other_than
    return False


def answers_redis(state: Path) -> bool:
    with socket.socket(socket.AF_UNIX) as client, contextlib.suppress(OSError):
        client.connect(str(state / "run/redis.sock"))
        client.sendall(b"PING\r\n")
        return client.recv(16) == b"+PONG\r\n"
    return False


async def test_killed_during_initdb(state: Path, owner: Callable[[], "subprocess.Popen[str]"]) -> None:
    child = owner()
    await until(lambda: any((state / "postgres").glob("initdb-*/base")))
    child.kill()
    child.wait()
    assert not (state / "postgres/data").exists(), "the kill came too late to test anything"
    async with start_services(state, durable=False) as services:
        await write(services, 1)
        assert await read(services) == [1]
    assert not list((state / "postgres").glob("initdb-*"))


async def test_an_unreadable_snapshot_is_put_aside(state: Path) -> None:
    async with start_services(state, postgres=False, durable=False):
        pass
    (state / "redis/data/dump.rdb").write_bytes(b"REDIS0009 not a snapshot at all")
    async with (
        start_services(state, postgres=False, durable=False) as services,
        Redis.from_url(services.redis_url) as redis,
    ):
        assert await redis.dbsize() == 0
    assert (state / "redis/data/dump.unreadable").exists()


async def test_a_state_folder_that_is_a_file(state: Path) -> None:
    state.write_text("in the way")
    with pytest.raises(Misconfigured, match=r"cannot keep its data in .*state: .*\. Make the folder writable"):
        async with start_services(state):
            pass


@pytest.mark.skipif(os.geteuid() == 0, reason="root may write anywhere")
async def test_a_state_folder_that_may_not_be_written(state: Path) -> None:
    state.mkdir(mode=0o500)
    with pytest.raises(Misconfigured, match="permission denied"):
        async with start_services(state):
            pass


async def test_the_log_says_why_a_server_does_not_start(state: Path) -> None:
    async with start_services(state, redis=False, durable=False):
        pass
    control = state / "postgres/data/global/pg_control"
    control.write_bytes(b"\0" * control.stat().st_size)
    with pytest.raises(Misconfigured, match=r"PostgreSQL did not start: .+\. See .+postgres\.log, or set STEWARD_"):
        async with start_services(state, redis=False, durable=False):
            pass
    assert running(state) == []


async def test_data_of_another_version_are_left_alone(state: Path) -> None:
    async with start_services(state, redis=False, durable=False):
        pass
    (state / "postgres/data/PG_VERSION").write_text("17\n")
    with pytest.raises(Misconfigured, match="made by PostgreSQL 17"):
        async with start_services(state, redis=False, durable=False):
            pass
    assert (state / "postgres/data/base").is_dir()
