"""Child processes for CPU work: reading and hearing happen there, never in the process that answers chats.

A job goes to a child as one frame (JSON header + bytes), the answer comes back as one JSON frame: never pickle, because
a child that has just parsed a stranger's file must not be able to run code in its parent. Children get an environment
without secrets, a memory limit and a lower priority, and live in their own process group so that a kill takes their
own children (Tesseract) along. When this process dies, however it dies, their stdin closes and they end themselves.
"""

import asyncio
import contextlib
import os
import signal
import sys
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from datetime import timedelta
from pathlib import Path

import structlog
from pydantic import BaseModel, JsonValue, TypeAdapter, ValidationError

from core.errors import Misconfigured, Rejected, StewardError, Transient
from documents.unreadable import Reason, Unreadable

log = structlog.get_logger(__name__)

ANSWER_MAX_BYTES = 8 * 1024 * 1024
_ROOT = Path(__file__).resolve().parent.parent
# What a child may know: where programs and language data are. Tokens and keys stay here.
_PASSED_ON = ("PATH", "LANG", "LC_ALL", "LC_CTYPE", "TZ", "TMPDIR", "LD_LIBRARY_PATH", "TESSDATA_PREFIX")
# A proxy's address can hold a password: only for a child that fetches, which opens no stranger's file.
_PASSED_ON_FOR_NETWORK = (
    *("HF_ENDPOINT", "HF_HUB_OFFLINE", "SSL_CERT_FILE", "SSL_CERT_DIR", "REQUESTS_CA_BUNDLE"),
    *("HTTP_PROXY", "HTTPS_PROXY", "NO_PROXY", "http_proxy", "https_proxy", "no_proxy"),
)
_HEADER = TypeAdapter(dict[str, JsonValue])


@dataclass(frozen=True, slots=True, kw_only=True)
class Job:
    target: str
    """Module and function, for example `documents.hearing.transcribe`: `def f(data: bytes, **options)`."""
    data: bytes = b""
    options: Mapping[str, JsonValue] = field(default_factory=dict[str, JsonValue])
    time_limit: timedelta
    overrun: str
    """What the person is told when the time limit passes."""


class Answer(BaseModel):
    """A child's last word on a job: a result, or which error to raise here."""

    result: JsonValue = None
    error: str | None = None
    text: str = ""
    reason: Reason | None = None
    where: list[str] = []


class WorkerPool:
    """At most `size` children, started on first use, ended after `idle` without work or after `jobs_per_child` jobs."""

    def __init__(
        self,
        size: int = 1,
        *,
        waiting: int = 32,
        idle: timedelta = timedelta(minutes=3),
        memory_bytes: int = 4 * 1024**3,
        jobs_per_child: int = 200,
        network: bool = False,
    ) -> None:
        self._size = size
        self._waiting = waiting
        self._idle_seconds = idle.total_seconds()
        self._memory_bytes = memory_bytes
        self._jobs_per_child = jobs_per_child
        self._names = _PASSED_ON + _PASSED_ON_FOR_NETWORK if network else _PASSED_ON
        self._slots = asyncio.Semaphore(size)
        self._pending = 0
        self._starting = 0
        self._children: list[_Child] = []
        self._endings: set[asyncio.Task[None]] = set()
        self._closed = False

    @property
    def pids(self) -> list[int]:
        return [child.pid for child in self._children]

    async def run(self, job: Job) -> JsonValue:
        """Raises Rejected (also when the time limit passes), Misconfigured, Transient (queue full, child crashed)."""
        if self._closed:
            raise Transient("The workers are shutting down.")
        if self._pending >= self._size + self._waiting:
            raise Transient("Too many files are waiting to be read.", retry_after=timedelta(seconds=15))
        self._pending += 1
        try:
            async with self._slots:
                return _unwrap(job, await self._work(job))
        finally:
            self._pending -= 1

    async def _work(self, job: Job) -> Answer:
        child = await self._take(job.target)
        reusable = False
        try:
            async with asyncio.timeout(job.time_limit.total_seconds()):
                answer = await child.ask(job)
            reusable = child.jobs < self._jobs_per_child
            return answer
        except TimeoutError:
            log.warning("worker_overrun", target=job.target, seconds=job.time_limit.total_seconds())
            raise Unreadable(job.overrun, "slow") from None
        except (OSError, EOFError, ValidationError) as error:
            log.warning("worker_crashed", target=job.target, error=type(error).__name__)
            raise Transient("The worker process ended in the middle of a file.") from error
        finally:
            if reusable and not self._closed:
                child.rest(self._idle_seconds, self._end)
            else:
                self._end(child)

    async def _take(self, target: str) -> "_Child":
        """A resting child that has this job's model loaded, else a new one, else any: loading costs seconds."""
        if self._closed:
            raise Transient("The workers are shutting down.")
        for gone in [child for child in self._children if not child.alive]:
            self._end(gone)
        resting = [child for child in self._children if child.resting]
        warm = [child for child in resting if target in child.targets]
        if warm or (resting and len(self._children) + self._starting >= self._size):
            child = (warm or resting)[0]
            child.wake()
            return child
        self._starting += 1
        try:
            threads = max(1, (os.cpu_count() or 1) // self._size)
            child = await _Child.start(self._names, self._memory_bytes, threads)
            self._children.append(child)
        finally:
            self._starting -= 1
        return child

    def _end(self, child: "_Child") -> None:
        if child in self._children:
            self._children.remove(child)
            ending = asyncio.get_running_loop().create_task(child.end())
            self._endings.add(ending)
            ending.add_done_callback(self._endings.discard)

    async def aclose(self) -> None:
        """Ends every child at once; jobs under way raise Transient."""
        self._closed = True
        for child in list(self._children):
            self._end(child)
        if self._endings:
            await asyncio.wait(set(self._endings))


class _Child:
    def __init__(self, process: asyncio.subprocess.Process) -> None:
        assert process.stdin is not None and process.stdout is not None
        self._process = process
        self._stdin = process.stdin
        self._stdout = process.stdout
        self._timer: asyncio.TimerHandle | None = None
        self._reading = False
        self.pid = process.pid
        self.targets: set[str] = set()
        self.jobs = 0

    @classmethod
    async def start(cls, names: tuple[str, ...], memory_bytes: int, threads: int) -> "_Child":
        known = {name: os.environ[name] for name in names if name in os.environ}
        path = os.pathsep.join([str(_ROOT), *filter(None, [os.environ.get("PYTHONPATH")])])
        process = await asyncio.create_subprocess_exec(
            *(sys.executable, "-P", "-m", "documents.child", str(memory_bytes), str(threads)),
            stdin=asyncio.subprocess.PIPE,
            stdout=asyncio.subprocess.PIPE,
            stderr=asyncio.subprocess.DEVNULL,
            env={**known, "PYTHONPATH": path, "PYTHONDONTWRITEBYTECODE": "1"},
            start_new_session=True,
        )
        return cls(process)

    @property
    def alive(self) -> bool:
        return self._process.returncode is None

    @property
    def resting(self) -> bool:
        return self._timer is not None

    async def ask(self, job: Job) -> Answer:
        """Raises OSError or EOFError when the child ends, ValidationError when it does not speak the protocol."""
        self.targets.add(job.target)
        self.jobs += 1
        header = _HEADER.dump_json({"target": job.target, "options": dict(job.options)})
        self._stdin.write(len(header).to_bytes(4, "big") + len(job.data).to_bytes(4, "big") + header)
        self._stdin.write(job.data)
        await self._stdin.drain()
        self._reading = True
        try:
            length = int.from_bytes(await self._stdout.readexactly(4), "big")
            if length > ANSWER_MAX_BYTES:
                raise EOFError("answer too long")
            return Answer.model_validate_json(await self._stdout.readexactly(length))
        finally:
            self._reading = False

    def rest(self, seconds: float, end: "Callable[[_Child], None]") -> None:
        self._timer = asyncio.get_running_loop().call_later(seconds, end, self)

    def wake(self) -> None:
        if self._timer is not None:
            self._timer.cancel()
            self._timer = None

    async def end(self) -> None:
        self.wake()
        # It may be gone already; its group may still hold a Tesseract.
        with contextlib.suppress(ProcessLookupError, PermissionError):
            os.killpg(self.pid, signal.SIGKILL)
        self._stdin.close()
        # The pipe closes only once what was left in it has been read; whoever waits for an answer does that too.
        while not self._reading and await self._stdout.read(65536):
            pass
        await self._process.wait()


def _unwrap(job: Job, answer: Answer) -> JsonValue:
    errors: dict[str, type[StewardError]] = {
        "Rejected": Rejected,
        "Misconfigured": Misconfigured,
        "Transient": Transient,
    }
    if answer.error is None:
        return answer.result
    if answer.reason is not None:
        raise Unreadable(answer.text, answer.reason)
    if answer.error in errors:
        raise errors[answer.error](answer.text)
    # No message text: it can hold a piece of the customer's file.
    log.error("worker_job_failed", target=job.target, error=answer.error, where=answer.where)
    raise Transient(f"Reading failed with {answer.error}.")
