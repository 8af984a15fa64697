"""Where a worker of the crash suite dies. The product knows nothing of this: its parts are wrapped from outside."""

import functools
import os
import signal
from collections.abc import Awaitable, Callable
from types import ModuleType
from typing import Any

import db.engine.recorder
import jobs.claims
import jobs.finishing
import jobs.sender
from bots.telegram.channel import TelegramChannel

POINTS = (
    "after_record",  # committed, not acknowledged, not handed to a turn
    "after_claim",  # streams are leased, their events not read
    "before_finish",  # decided, nothing written
    "in_finish",  # written: committed where the statement is all, uncommitted where a transaction goes on
    "after_finish",  # committed, not handed to the sender
    "after_claim_rows",  # outbox rows are taken, not sent
    "before_send",
    "after_accept",  # the provider has it, we have not noted it
    "before_settle",
    "after_settle",
)


class Fuse:
    """Kills this process with SIGKILL, the next time its point is reached after it was armed."""

    def __init__(self, point: str) -> None:
        if point and point not in POINTS:
            raise ValueError(f"there is no commit point {point}")
        self._point = point
        self._armed = False

    def arm(self) -> None:
        self._armed = True

    def reach(self, point: str) -> None:
        if self._armed and point == self._point:
            os.kill(os.getpid(), signal.SIGKILL)

    def install(self) -> None:
        self._wrap(db.engine.recorder, "record_events", after="after_record")
        self._wrap(jobs.claims, "claim_streams", after="after_claim")
        self._wrap(jobs.finishing, "finish_turns", before="before_finish", after="in_finish")
        self._wrap(jobs.finishing.Finisher, "finish", after="after_finish")
        self._wrap(jobs.sender, "claim_rows", after="after_claim_rows")
        self._wrap(TelegramChannel, "send", before="before_send", after="after_accept")
        self._wrap(jobs.sender, "settle_rows", before="before_settle", after="after_settle")

    def _wrap(self, place: ModuleType | type, name: str, *, before: str = "", after: str = "") -> None:
        inner: Callable[..., Awaitable[Any]] = getattr(place, name)

        @functools.wraps(inner)
        async def wrapped(*arguments: Any, **named: Any) -> Any:
            self.reach(before)
            result = await inner(*arguments, **named)
            # A claim that found nothing is no commit point.
            if result or not after.startswith("after_claim"):
                self.reach(after)
            return result

        setattr(place, name, wrapped)
