"""What waits for a person."""

from collections.abc import Collection, Mapping
from dataclasses import dataclass
from datetime import datetime
from typing import Literal, Protocol

from core.changes import AskedAction
from core.events import Channel
from core.ids import ApprovalId
from core.money import Money

Box = Literal["question", "action", "held"]
"""`held`: a conversation that somebody has taken over."""
MOST_COUNTED = 1_000
"""Nobody needs to know how many more there are, and counting them all would cost what the list saves."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Place:
    """Where in the order a page begins or ends: the most urgent first, then whoever has waited longest."""

    urgency: int
    since: datetime
    approval_id: ApprovalId


@dataclass(frozen=True, slots=True, kw_only=True)
class Waiting:
    """One line of the list."""

    approval_id: ApprovalId
    box: Box
    urgency: int
    """0: urgent."""
    since: datetime
    contact_name: str
    channel: Channel
    question: str
    reason: str
    held_by: str = ""
    asked: AskedAction | None = None

    @property
    def place(self) -> Place:
        return Place(urgency=self.urgency, since=self.since, approval_id=self.approval_id)


@dataclass(frozen=True, slots=True, kw_only=True)
class OpenLimit:
    """A limit of the day or month that is now, reached, with nothing decided about it."""

    scope: Literal["day", "month"]
    period: str
    limit: Money
    used: Money


@dataclass(frozen=True, slots=True, kw_only=True)
class Standing:
    """A question that still waits."""

    approval_id: ApprovalId
    snoozed_until: datetime | None


@dataclass(frozen=True, slots=True, kw_only=True)
class Questions:
    count: int
    """At most `MOST_COUNTED`."""
    oldest: datetime | None


@dataclass(frozen=True, slots=True, kw_only=True)
class ActionEnd:
    """What became of an action that was approved."""

    status: Literal["running", "waiting", "done", "failed", "undone"]
    error: str


class InboxReader(Protocol):
    """`now` decides what is set aside and what is too late: neither is among what waits."""

    async def page(
        self,
        now: datetime,
        box: Box | None,
        limit: int,
        *,
        after: Place | None = None,
        before: Place | None = None,
    ) -> tuple[Waiting, ...]:
        """In order. With `before` the last so many in front of it; with neither the first."""
        ...

    async def counts(self, now: datetime) -> Mapping[str, int]:
        """By box and, under `later`, what is set aside; each at most `MOST_COUNTED`."""
        ...

    async def open_limits(self, now: datetime) -> tuple[OpenLimit, ...]: ...

    async def old_questions(self, since: datetime, now: datetime, limit: int) -> tuple[Waiting, ...]:
        """Asked before `since`, oldest first."""
        ...

    async def standing(self, approvals: Collection[ApprovalId]) -> tuple[Standing, ...]:
        """Those of them that are questions and still wait, also when they are set aside."""
        ...

    async def questions(self, now: datetime) -> Questions: ...

    async def action_end(self, approval_id: ApprovalId) -> ActionEnd | None:
        """None before it is begun."""
        ...
