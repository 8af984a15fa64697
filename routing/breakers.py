"""Circuit breakers: shared through Redis, and this process's own while Redis is away."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import timedelta

import structlog

from core.clock import Clock
from core.errors import Transient
from db.breakers import Admission, BreakerStore

_log = structlog.get_logger(__name__)
OPENS_AFTER = 5
"""Failures in a row."""
FIRST_PAUSE = timedelta(seconds=5)
LONGEST_PAUSE = timedelta(minutes=2)
"""The pause doubles each time a probe fails."""
MEMORY = timedelta(minutes=2)
"""Failures further apart than that are not in a row."""
PROBE_TIME = timedelta(seconds=30)


@dataclass(slots=True)
class _Own:
    fails: int = 0
    times: int = 0
    open_until: float | None = None
    probe_until: float | None = None


class Breakers:
    def __init__(self, store: BreakerStore, clock: Clock) -> None:
        self._store = store
        self._clock = clock
        self._own: dict[str, _Own] = {}
        self._away_until = 0.0

    async def look(self, names: Sequence[str]) -> list[Admission]:
        """How each of them stands, in order. PROBE: it is time to try again, and `admit` says who may."""
        if names and self._clock.monotonic() >= self._away_until:
            try:
                return await self._store.look(names)
            except Transient:
                self._step_back()
        return [self._look_here(name) for name in names]

    async def admit(self, name: str) -> Admission:
        """May a request go there now? Whoever is told PROBE must report how it went."""
        if self._clock.monotonic() >= self._away_until:
            try:
                return await self._store.admit(name, PROBE_TIME)
            except Transient:
                self._step_back()
        admission = self._look_here(name)
        if admission is Admission.PROBE:
            self._own[name].probe_until = self._clock.monotonic() + PROBE_TIME.total_seconds()
        return admission

    async def fail(self, name: str) -> None:
        pause = timedelta(0)
        self._fail_here(name)
        if self._clock.monotonic() >= self._away_until:
            try:
                pause = await self._store.fail(
                    name, opens_after=OPENS_AFTER, first_pause=FIRST_PAUSE, longest_pause=LONGEST_PAUSE, memory=MEMORY
                )
            except Transient:
                self._step_back()
        if pause:
            _log.warning("breaker_opened", target=name, seconds=pause.total_seconds())

    async def succeed(self, name: str, admission: Admission) -> None:
        """Costs nothing while there is nothing to forget."""
        known = self._own.pop(name, None)
        if admission is Admission.CLOSED and known is None:
            return
        try:
            await self._store.succeed(name)
        except Transient:
            self._step_back()
            return
        if admission is Admission.PROBE:
            _log.info("breaker_closed", target=name)

    def _look_here(self, name: str) -> Admission:
        own = self._own.get(name)
        if own is None:
            return Admission.CLOSED
        now = self._clock.monotonic()
        if own.open_until is None:
            return Admission.SUSPECT
        if now < own.open_until or (own.probe_until is not None and now < own.probe_until):
            return Admission.OPEN
        return Admission.PROBE

    def _fail_here(self, name: str) -> None:
        own = self._own.setdefault(name, _Own())
        if own.open_until is not None and self._clock.monotonic() < own.open_until:
            return  # a request that was under way when it opened says nothing new
        own.fails += 1
        if own.open_until is None and own.fails < OPENS_AFTER:
            return
        own.times += 1
        pause = min(LONGEST_PAUSE, FIRST_PAUSE * 2 ** min(own.times - 1, 20))
        own.open_until = self._clock.monotonic() + pause.total_seconds()
        own.probe_until = None

    def _step_back(self) -> None:
        """For a second this process goes by what it has seen itself."""
        self._away_until = self._clock.monotonic() + 1.0
        _log.warning("breakers_on_their_own")
