"""The pool: jobs in, answers out, and every way a child can go wrong."""

import asyncio
import os
import signal
import subprocess
import sys
import time
from collections.abc import AsyncIterator, Callable
from datetime import timedelta
from pathlib import Path

import psutil
import pytest
import structlog

from core.errors import Rejected, Transient
from documents.workers import Job, WorkerPool

ROOT = Path(__file__).parents[2]


def job(name: str, data: bytes = b"", *, seconds: float = 30, **options) -> Job:
    return Job(
        target=f"tests.documents.jobs.{name}",
        data=data,
        options=options,
        time_limit=timedelta(seconds=seconds),
        overrun="too slow",
    )


@pytest.fixture
async def pool() -> AsyncIterator[WorkerPool]:
    pool = WorkerPool(1, waiting=1)
    yield pool
    await pool.aclose()


def is_gone(pid: int) -> bool:
    try:
        return psutil.Process(pid).status() == psutil.STATUS_ZOMBIE
    except psutil.NoSuchProcess:
        return True


async def until(condition: Callable[[], bool], *, seconds: float = 20) -> None:
    deadline = time.monotonic() + seconds
    while not condition():
        assert time.monotonic() < deadline, "it did not happen in time"
        await asyncio.sleep(0.02)


async def pids_in(note: Path) -> list[int]:
    await until(note.exists)
    return [int(pid) for pid in note.read_text().split()]


async def test_bytes_and_options_arrive_whole_and_the_child_is_kept(pool: WorkerPool):
    data = bytes(range(256)) * 40_000
    first = await pool.run(job("echo", data, language="ru", pages=[1, 2]))
    second = await pool.run(job("echo"))
    assert (first["size"], first["sum"]) == (len(data), sum(data))
    assert first["options"] == {"language": "ru", "pages": [1, 2]}
    assert second["size"] == 0
    assert [first["pid"]] == [second["pid"]] == pool.pids


async def test_no_child_before_the_first_job(pool: WorkerPool):
    assert pool.pids == []


async def test_secrets_stay_out_of_the_child(pool: WorkerPool, monkeypatch: pytest.MonkeyPatch):
    monkeypatch.setenv("STEWARD_SECRET_KEY", "x")
    monkeypatch.setenv("HTTPS_PROXY", "http://user:word@127.0.0.1:9")
    names = await pool.run(job("environment"))
    assert "PATH" in names
    assert not {"STEWARD_SECRET_KEY", "HTTPS_PROXY"} & set(names)


async def test_what_a_library_prints_is_no_answer(pool: WorkerPool):
    assert await pool.run(job("chatter")) == "done"


async def test_a_hanging_job_is_killed_with_what_it_started(pool: WorkerPool, tmp_path: Path):
    with pytest.raises(Rejected, match="too slow"):
        await pool.run(job("hang", seconds=1, note=str(tmp_path / "pids")))
    pids = await pids_in(tmp_path / "pids")
    await until(lambda: all(is_gone(pid) for pid in pids))
    assert (await pool.run(job("echo", b"next")))["size"] == 4


async def test_a_crash_is_transient_and_the_next_job_gets_a_new_child(pool: WorkerPool):
    before = (await pool.run(job("echo")))["pid"]
    with pytest.raises(Transient):
        await pool.run(job("crash"))
    assert (await pool.run(job("echo")))["pid"] != before


async def test_a_child_killed_while_resting_is_replaced(pool: WorkerPool):
    before = (await pool.run(job("echo")))["pid"]
    os.kill(before, signal.SIGKILL)
    await until(lambda: is_gone(before))
    # Whether the pool has noticed yet or not, one try again is enough.
    try:
        after = await pool.run(job("echo"))
    except Transient:
        after = await pool.run(job("echo"))
    assert after["pid"] != before


async def test_memory_is_bounded(pool: WorkerPool):
    with pytest.raises(Rejected, match="memory"):
        await pool.run(job("hoard"))
    assert (await pool.run(job("echo", b"ok")))["size"] == 2


async def test_an_error_is_logged_by_its_place_without_its_text(pool: WorkerPool):
    with structlog.testing.capture_logs() as logs, pytest.raises(Transient) as raised:
        await pool.run(job("fail"))
    assert logs[0]["error"] == "ValueError"
    assert any("jobs.py" in line for line in logs[0]["where"])
    assert "customer" not in f"{logs}{raised.value}"


async def test_a_full_queue_says_when_to_come_back(pool: WorkerPool, tmp_path: Path):
    busy = [asyncio.create_task(pool.run(job("hang", note=str(tmp_path / "pids")))) for _ in range(2)]
    await pids_in(tmp_path / "pids")
    with pytest.raises(Transient) as raised:
        await pool.run(job("echo"))
    assert raised.value.retry_after is not None
    await pool.aclose()
    assert all(isinstance(end, Transient) for end in await asyncio.gather(*busy, return_exceptions=True))


async def test_cancelling_a_job_kills_its_child(pool: WorkerPool, tmp_path: Path):
    task = asyncio.create_task(pool.run(job("hang", note=str(tmp_path / "pids"))))
    pids = await pids_in(tmp_path / "pids")
    task.cancel()
    with pytest.raises(asyncio.CancelledError):
        await task
    await until(lambda: all(is_gone(pid) for pid in pids))
    assert (await pool.run(job("echo", b"next")))["size"] == 4


async def test_closing_ends_children_and_refuses_more(tmp_path: Path):
    pool = WorkerPool(1)
    task = asyncio.create_task(pool.run(job("hang", note=str(tmp_path / "pids"))))
    pids = await pids_in(tmp_path / "pids")
    await pool.aclose()
    await until(lambda: all(is_gone(pid) for pid in pids))  # of a grandchild's end only the kernel knows the moment
    with pytest.raises(Transient):
        await task
    with pytest.raises(Transient):
        await pool.run(job("echo"))


async def test_an_idle_child_ends():
    pool = WorkerPool(1, idle=timedelta(milliseconds=50))
    pid = (await pool.run(job("echo")))["pid"]
    await until(lambda: pool.pids == [] and is_gone(pid))
    assert (await pool.run(job("echo")))["pid"] != pid
    await pool.aclose()


async def test_a_child_retires_after_its_jobs():
    pool = WorkerPool(1, jobs_per_child=2)
    pids = [(await pool.run(job("echo")))["pid"] for _ in range(4)]
    assert pids[0] == pids[1] != pids[2] == pids[3]
    await pool.aclose()


async def test_a_job_goes_to_the_child_that_has_its_model_loaded():
    pool = WorkerPool(2)
    first = (await pool.run(job("echo")))["pid"]
    other = (await pool.run(job("echo_too")))["pid"]
    assert first != other
    for _ in range(3):
        assert (await pool.run(job("echo")))["pid"] == first
        assert (await pool.run(job("echo_too")))["pid"] == other
    await pool.aclose()


async def test_never_more_children_than_the_size():
    pool = WorkerPool(2)
    answers = await asyncio.gather(*(pool.run(job(name)) for name in ("echo", "echo_too") * 8))
    assert len({answer["pid"] for answer in answers}) == 2
    await pool.aclose()


PARENT = """
import asyncio, sys
from datetime import timedelta
from documents.workers import Job, WorkerPool
job = Job(target="tests.documents.jobs.hang", options={"note": sys.argv[1]}, time_limit=timedelta(hours=1), overrun="")
asyncio.run(WorkerPool(1).run(job))
"""


async def test_no_orphans_when_the_parent_is_killed(tmp_path: Path):
    note = tmp_path / "pids"
    parent = subprocess.Popen(
        [sys.executable, "-c", PARENT, str(note)], cwd=ROOT, env={**os.environ, "PYTHONPATH": "."}
    )
    pids = await pids_in(note)
    parent.kill()
    parent.wait()
    await until(lambda: all(is_gone(pid) for pid in pids))


def test_the_parent_loads_none_of_the_heavy_libraries():
    heavy = "numpy PIL cv2 av onnxruntime ctranslate2 faster_whisper rapidocr pypdfium2 pytesseract huggingface_hub"
    code = (
        "import sys, documents.workers, documents.reading, documents.speech\n"
        f"print([name for name in {heavy.split()} if name in sys.modules])"
    )
    out = subprocess.run([sys.executable, "-c", code], cwd=ROOT, capture_output=True, text=True, check=True)
    assert out.stdout.strip() == "[]"
