"""The worker processes of the crash suite: started, killed, stopped and continued."""

import asyncio
import os
import signal
import sys
import time
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from itertools import count
from pathlib import Path

import orjson

ROOT = Path(__file__).parent.parent
READY_SECONDS = 60


@dataclass(slots=True)
class Instance:
    name: str
    process: asyncio.subprocess.Process
    point: str
    port: int
    worker_id: int
    roles: str

    @property
    def lives(self) -> bool:
        return self.process.returncode is None

    def send(self, signal_number: signal.Signals) -> None:
        if self.lives:
            self.process.send_signal(signal_number)


class Fleet:
    def __init__(self, urls: Mapping[str, str], provider_url: str, logs: Path) -> None:
        self._urls = urls
        self._provider_url = provider_url
        self._logs = logs
        self._names = count(1)
        self.instances: list[Instance] = []

    def ports(self) -> Sequence[int]:
        return [i.port for i in self.instances if i.lives]

    async def start(self, roles: str = "web,worker,scheduler", point: str = "") -> Instance:
        """Returns when it is ready to take webhooks. Raises RuntimeError when it does not get there."""
        name = f"i{next(self._names)}"
        env = {
            **os.environ,
            **self._urls,
            "CHAOS_PROVIDER_URL": f"{self._provider_url}/{name}",
            "CHAOS_ROLES": roles,
            "STEWARD_CRASH_AT": point,
        }
        with (self._logs / f"{name}.log").open("wb") as log:
            process = await asyncio.create_subprocess_exec(
                sys.executable,
                "-m",
                "benchmarks.chaos_worker",
                cwd=ROOT,
                env=env,
                stdout=asyncio.subprocess.PIPE,
                stderr=log,
            )
        assert process.stdout is not None
        try:
            line = await asyncio.wait_for(process.stdout.readline(), READY_SECONDS)
            ready = orjson.loads(line)
        except (TimeoutError, ValueError) as error:
            if process.returncode is None:
                process.kill()
            await process.wait()
            raise RuntimeError(f"worker {name} did not start, see {self._logs / name}.log") from error
        instance = Instance(name, process, point, ready["port"], ready["worker"], roles)
        self.instances.append(instance)
        return instance

    async def kill(self, victim: Instance) -> float:
        """At its commit point where it has one, else right now; returns when it died, in monotonic seconds."""
        if victim.point:
            victim.send(signal.SIGUSR1)
            try:
                await asyncio.wait_for(asyncio.shield(victim.process.wait()), 3)
            except TimeoutError:
                victim.point = "random"  # nothing came by its point
        victim.send(signal.SIGKILL)
        await victim.process.wait()
        self.instances.remove(victim)
        return time.monotonic()

    async def drain(self) -> float:
        """Asks all to end; returns how long that took, in seconds."""
        started = time.monotonic()
        for instance in self.instances:
            instance.send(signal.SIGTERM)
        await asyncio.gather(*(i.process.wait() for i in self.instances))
        self.instances.clear()
        return time.monotonic() - started

    async def abort(self) -> None:
        for instance in self.instances:
            instance.send(signal.SIGKILL)
            await instance.process.wait()
