"""What the section remembers between turns. What an older version wrote and this one cannot read is forgotten."""

from dataclasses import dataclass, replace
from datetime import datetime
from typing import Literal

import structlog
from pydantic import TypeAdapter, ValidationError

from admin.session import DeskTurn
from core.ids import ApprovalId
from core.office.inbox import Box, Place

_log = structlog.get_logger(__name__)
SECTION = "box"
_MOST_FOLLOWED = 100
_MOST_SNOOZED = 100


@dataclass(frozen=True, slots=True, kw_only=True)
class Shown:
    """The page of the list that was shown last."""

    number: int
    """Of the list, so that an older one's buttons do not turn the pages of this one."""
    page: int
    """Grows with each turn of a page, so that a double tap turns one."""
    box: Box | None
    """None: all of them."""
    after: Place | None = None
    """What the page comes after; None: it is the first."""
    first: Place | None = None
    last: Place | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class Bulk:
    """What *yes* would decide."""

    number: int
    verb: Literal["approve", "dismiss"]
    ids: tuple[ApprovalId, ...]


@dataclass(frozen=True, slots=True, kw_only=True)
class Snoozed:
    """Set aside at this desk: it is shown here again."""

    approval_id: ApprovalId
    until: datetime


@dataclass(frozen=True, slots=True, kw_only=True)
class Followed:
    """A question that this desk is reminded of while it waits."""

    approval_id: ApprovalId
    due: datetime
    step: int
    """Of the reminder that is due then, from 1."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Kept:
    shown: Shown | None = None
    bulk: Bulk | None = None
    snoozed: tuple[Snoozed, ...] = ()
    followed: tuple[Followed, ...] = ()
    remind_at: datetime | None = None
    """What the timer for reminders is set to."""

    def with_snoozed(self, item: Snoozed) -> "Kept":
        others = tuple(each for each in self.snoozed if each.approval_id != item.approval_id)
        return replace(self, snoozed=(*others, item)[-_MOST_SNOOZED:])

    def with_followed(self, item: Followed) -> "Kept":
        """The oldest are let go of: they have been counted in every reminder so far."""
        others = tuple(each for each in self.followed if each.approval_id != item.approval_id)
        return replace(self, followed=(*others, item)[-_MOST_FOLLOWED:])


_ADAPTER: TypeAdapter[Kept] = TypeAdapter(Kept)


def read_kept(desk: DeskTurn) -> Kept:
    stored = desk.kept(SECTION)
    if stored is None:
        return Kept()
    try:
        return _ADAPTER.validate_python(stored)
    except ValidationError as error:
        _log.warning("inbox_state_forgotten", errors=error.error_count())
        return Kept()


def keep(desk: DeskTurn, kept: Kept) -> None:
    desk.keep(SECTION, None if kept == Kept() else _ADAPTER.dump_python(kept, mode="json"))
