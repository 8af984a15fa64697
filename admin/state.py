"""What a desk remembers between turns: whose words come next, and who they go to."""

from collections.abc import Mapping
from dataclasses import dataclass, field, replace
from datetime import datetime, timedelta
from typing import Literal

import structlog
from pydantic import JsonValue, TypeAdapter, ValidationError

from core.events import Channel
from core.ids import ApprovalId, StreamId
from core.messages import OutMessage

_log = structlog.get_logger(__name__)
ANSWER_LAPSES = timedelta(hours=1)
"""An answer begun longer ago is not trusted: what is typed later may be meant for somebody else."""
_SUGGESTIONS_KEPT = 10
_HELD_KEPT = 50
_UNDOABLE_KEPT = 50


@dataclass(frozen=True, slots=True, kw_only=True)
class Answering:
    """The next words answer this question."""

    approval_id: ApprovalId
    name: str
    since: datetime


@dataclass(frozen=True, slots=True, kw_only=True)
class Relay:
    """A conversation that this desk has taken over."""

    approval_id: ApprovalId
    stream_id: StreamId
    name: str
    channel: Channel
    language: str | None = None
    """What the customer writes in, when it is surely not the owner's language."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Suggestion:
    """A withheld reply of the bot, which the owner may still send."""

    seq: int
    """Of the desk event that brought it."""
    approval_id: ApprovalId
    text: str


@dataclass(frozen=True, slots=True, kw_only=True)
class Raising:
    """The next words are the new limit of each such period."""

    scope: Literal["day", "month"]
    period: str
    limit_micros: int
    since: datetime


@dataclass(frozen=True, slots=True, kw_only=True)
class Editing:
    """An action that is being changed before it is approved."""

    approval_id: ApprovalId
    arguments: dict[str, JsonValue]
    """As changed so far."""
    changed: tuple[str, ...] = ()
    """The fields that were."""
    field: str | None = None
    """The next words are the new value of this one; None: they are not for the action."""
    since: datetime
    """The last step."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Asking:
    """The next words are for a section that asked for them."""

    section: str
    what: str
    data: dict[str, JsonValue] = field(default_factory=dict[str, JsonValue])
    since: datetime


@dataclass(frozen=True, slots=True, kw_only=True)
class Undoable:
    """An action that is done and may be taken back for a while."""

    approval_id: ApprovalId
    until: datetime


@dataclass(frozen=True, slots=True, kw_only=True)
class DeskState:
    answering: Answering | None = None
    raising: Raising | None = None
    editing: Editing | None = None
    asking: Asking | None = None
    kept: dict[str, JsonValue] = field(default_factory=dict[str, JsonValue])
    """What each section remembers, by its name."""
    undoable: tuple[Undoable, ...] = ()
    relays: tuple[Relay, ...] = ()
    active: ApprovalId | None = None
    """The relay that the owner's words go to; None although there are relays when it is not clear which."""
    suggestions: tuple[Suggestion, ...] = ()
    held: tuple[OutMessage, ...] = ()
    """Messages that wait until the owner writes again, because the channel's window is over."""

    def expecting(
        self,
        *,
        answering: Answering | None = None,
        raising: Raising | None = None,
        editing: Editing | None = None,
        asking: Asking | None = None,
    ) -> "DeskState":
        """The next words are for this, and for nothing that was begun before. Without arguments: for nothing."""
        return replace(self, answering=answering, raising=raising, editing=editing, asking=asking)

    def of_stranger(self) -> "DeskState":
        """What is left for whoever has no seat: at most the question with which a business of their own begins."""
        begun = self.asking is not None and self.asking.section == "new"
        return DeskState(asking=self.asking if begun else None)

    @property
    def active_relay(self) -> Relay | None:
        return self.relay(self.active) if self.active else None

    def speaking(self, approval_id: ApprovalId, language: str | None) -> "DeskState":
        """Notes what that customer writes in."""
        relays = tuple(replace(r, language=language) if r.approval_id == approval_id else r for r in self.relays)
        return replace(self, relays=relays)

    def relay(self, approval_id: ApprovalId) -> Relay | None:
        return next((relay for relay in self.relays if relay.approval_id == approval_id), None)

    def relay_of(self, stream: StreamId) -> Relay | None:
        return next((relay for relay in self.relays if relay.stream_id == stream), None)

    def suggestion(self, seq: int) -> Suggestion | None:
        return next((suggestion for suggestion in self.suggestions if suggestion.seq == seq), None)

    def with_relay(self, relay: Relay) -> "DeskState":
        """It becomes the active one."""
        others = tuple(other for other in self.relays if other.approval_id != relay.approval_id)
        return replace(self, relays=(*others, relay), active=relay.approval_id)

    def without_relay(self, approval_id: ApprovalId) -> "DeskState":
        """No other relay becomes active by itself: words meant for one customer must not reach another."""
        return replace(
            self,
            relays=tuple(relay for relay in self.relays if relay.approval_id != approval_id),
            active=None if self.active == approval_id else self.active,
            suggestions=tuple(item for item in self.suggestions if item.approval_id != approval_id),
        )

    def with_undoable(self, done: Undoable) -> "DeskState":
        others = tuple(other for other in self.undoable if other.approval_id != done.approval_id)
        return replace(self, undoable=(*others, done)[-_UNDOABLE_KEPT:])

    def undo_until(self, approval_id: ApprovalId) -> datetime | None:
        return next((done.until for done in self.undoable if done.approval_id == approval_id), None)

    def with_suggestion(self, suggestion: Suggestion) -> "DeskState":
        return replace(self, suggestions=(*self.suggestions, suggestion)[-_SUGGESTIONS_KEPT:])

    def without_suggestion(self, seq: int) -> "DeskState":
        return replace(self, suggestions=tuple(item for item in self.suggestions if item.seq != seq))

    def holding(self, messages: tuple[OutMessage, ...]) -> "DeskState":
        return replace(self, held=(*self.held, *messages)[-_HELD_KEPT:])


_ADAPTER: TypeAdapter[DeskState] = TypeAdapter(DeskState)


def read_state(stored: Mapping[str, JsonValue]) -> DeskState:
    """A state that an older version wrote and this one cannot read is forgotten: the cards are still in `/inbox`."""
    try:
        return _ADAPTER.validate_python(dict(stored))
    except ValidationError as error:
        _log.warning("desk_state_forgotten", errors=error.error_count())
        return DeskState()


def write_state(state: DeskState) -> Mapping[str, JsonValue]:
    return _ADAPTER.dump_python(state, mode="json")
