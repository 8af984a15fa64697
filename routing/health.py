"""How a model has been doing in this process: its time, its failures, and the queue before it."""

import asyncio
from collections.abc import AsyncGenerator
from contextlib import asynccontextmanager

from core.clock import Clock
from routing.errors import Busy

_WEIGHT = 0.2
"""Of the newest measurement in the moving average."""
_FAILURE_WEIGHT = 0.1
_FORGOTTEN_SECONDS = 30.0
"""Failures count half after that long, so that a model which is no longer asked soon gets another chance."""


class Health:
    def __init__(self, clock: Clock, *, seconds: float, at_once: int) -> None:
        """`seconds`: what a request is thought to take before the first is measured."""
        self._clock = clock
        self._seconds = seconds
        self._failing = 0.0
        self._failed_at = clock.monotonic()
        self._at_once = at_once
        self._slots = asyncio.Semaphore(at_once)
        self._waiting = 0
        self._rests_until = float("-inf")

    @property
    def seconds(self) -> float:
        """A request's time with the queue before it."""
        return self._seconds * (1 + self._waiting / self._at_once)

    @property
    def failing(self) -> float:
        """Share of failed requests lately."""
        return self._failing * 0.5 ** ((self._clock.monotonic() - self._failed_at) / _FORGOTTEN_SECONDS)

    @property
    def waiting(self) -> int:
        return self._waiting

    @property
    def resting(self) -> bool:
        """The provider asked us to stay away for now."""
        return self._clock.monotonic() < self._rests_until

    def rest(self, seconds: float) -> None:
        self._rests_until = max(self._rests_until, self._clock.monotonic() + seconds)

    @asynccontextmanager
    async def slot(self, patience_seconds: float) -> AsyncGenerator[None]:
        """Waits until fewer than the allowed number of requests are under way. Raises Busy after the patience."""
        self._waiting += 1
        try:
            async with asyncio.timeout(patience_seconds):
                await self._slots.acquire()
        except TimeoutError as error:
            raise Busy("Too many requests wait for this model") from error
        finally:
            self._waiting -= 1
        try:
            yield
        finally:
            self._slots.release()

    def succeeded(self, seconds: float) -> None:
        self._seconds += _WEIGHT * (seconds - self._seconds)
        self._note(0.0)

    def failed(self) -> None:
        self._note(1.0)

    def _note(self, outcome: float) -> None:
        before = self.failing
        self._failed_at = self._clock.monotonic()
        self._failing = before + _FAILURE_WEIGHT * (outcome - before)
