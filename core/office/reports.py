"""What happened in a business in a time, in figures."""

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import date, datetime, timedelta
from typing import Protocol


@dataclass(frozen=True, slots=True, kw_only=True)
class Activity:
    """Of a time. What concerns conversations is of those in which a customer wrote within it."""

    messages: int
    """From customers."""
    conversations: int
    by_bot: int
    """Conversations in which nobody was asked."""
    by_people: int
    """In which a person answered or took over."""
    unanswered: int
    """In which a question still waits for a person."""
    answer_time: timedelta | None
    """The median, from a question to the person who took it; None where no person did."""
    actions_done: int
    actions_refused: int
    """By people, or because nobody decided in time."""
    actions_failed: int
    gaps: int
    """Questions that the business's knowledge did not answer."""
    failures: int
    """Messages that could not be worked on."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Standing:
    """How things are right now."""

    waiting: int
    """Questions and actions that wait for a person."""
    open_cases: int
    paused_bots: tuple[str, ...]


class ReportReader(Protocol):
    async def activity(self, since: datetime, until: datetime) -> Activity:
        """From `since` to just before `until`."""
        ...

    async def standing(self) -> Standing: ...

    async def messages_by_day(self, since: datetime, until: datetime, time_zone: str) -> Mapping[date, int]:
        """Customers' messages, on the days that had any."""
        ...
