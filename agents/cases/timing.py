"""Timers by name, and trying again after growing pauses."""

from dataclasses import dataclass
from datetime import datetime, timedelta
from hashlib import blake2b

from core.changes import SetTimer
from core.events import TimerFired

_JITTER = 0.25
"""Of a pause, to either side: cases that failed together do not come back together."""


def appoint(name: str, due_at: datetime, at: datetime) -> SetTimer:
    """A timer for an appointment at `at`."""
    return SetTimer(name=name, due_at=due_at, payload={"at": at.timestamp()})


def is_for(event: TimerFired, at: datetime | None) -> bool:
    """Not of an appointment that was moved while its timer was on its way."""
    return at is not None and event.payload.get("at") == at.timestamp()


def cancel_timers(*names: str) -> tuple[SetTimer, ...]:
    return tuple(SetTimer(name=name, due_at=None) for name in names)


@dataclass(frozen=True, slots=True, kw_only=True)
class NextTry:
    attempts: int
    """That failed so far, for the state."""
    timer: SetTimer | None
    """None: it was tried often enough; now a person has to know."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Retry:
    """How often something is tried, and how long the pauses in between are."""

    most: int
    """Attempts, with the first one."""
    first: timedelta
    longest: timedelta = timedelta(hours=6)

    def pause(self, case: str, attempt: int) -> timedelta:
        """After the attempt of that number, from 1: twice the one before, a little off by what case it is.

        Derived from the two, not drawn: a turn that runs again sets the same timer.
        """
        seconds = min(self.first.total_seconds() * 2.0 ** min(attempt - 1, 40), self.longest.total_seconds())
        digest = blake2b(f"{case}\x1f{attempt}".encode(), digest_size=4).digest()
        share = int.from_bytes(digest) / 0xFFFFFFFF  # 0 to 1
        return timedelta(seconds=seconds * (1 - _JITTER + 2 * _JITTER * share))

    def after_failure(self, case: str, attempts: int, now: datetime, timer: str) -> NextTry:
        """`attempts` failed before this one."""
        failed = min(attempts + 1, self.most)
        if failed >= self.most:
            return NextTry(attempts=failed, timer=None)
        return NextTry(attempts=failed, timer=SetTimer(name=timer, due_at=now + self.pause(case, failed)))
