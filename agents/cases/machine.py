"""How a case moves: one event at a time, by a pure function from its state, the event and when it came.

    advance(state, event, now) -> Transition(state, effects, timers)

The runner hands it the turn's events in order, sends the effects on their way, and writes the row by which the case is
found when that row would change.
"""

from collections.abc import Callable, Sequence
from dataclasses import asdict, dataclass
from datetime import datetime
from hashlib import blake2b
from typing import Generic, TypeVar, assert_never

import orjson
import structlog
from pydantic import BaseModel, ConfigDict, JsonValue, ValidationError

from core.actions import ProposedAction
from core.changes import Change, SaveCase, SetTimer
from core.events import CustomerNotice, Event, NewEvent, OwnerNotice
from core.ids import INTERNAL, StreamId
from core.turns import DeskEvent, TurnInput, TurnOutcome, TurnTools

_log = structlog.get_logger(__name__)
CASE, ROW = "case", "row"
"""What the framework keeps in the stream's state, next to what the kind does: its name, and a hash of the row as it was
written last."""


class CaseState(BaseModel):
    """The base of the states. Every field has a default: an empty state is a case that has not begun."""

    model_config = ConfigDict(frozen=True, extra="ignore")


S = TypeVar("S", bound=CaseState)


@dataclass(frozen=True, slots=True, kw_only=True)
class TellOwners:
    """At every desk."""

    notice: OwnerNotice
    key: str = ""
    """Told once for each key; empty: once for each event that leads to it."""


@dataclass(frozen=True, slots=True, kw_only=True)
class TellCustomer:
    notice: CustomerNotice
    conversation: StreamId
    key: str = ""


Effect = TellOwners | TellCustomer | ProposedAction


@dataclass(frozen=True, slots=True, kw_only=True)
class Transition(Generic[S]):
    state: S
    """The whole state after the event."""
    effects: tuple[Effect, ...] = ()
    timers: tuple[SetTimer, ...] = ()


@dataclass(frozen=True, slots=True, kw_only=True)
class Machine(Generic[S]):
    kind: str
    empty: S
    advance: Callable[[S, Event, datetime], Transition[S]]
    """Pure. `now` is when the event was recorded, so that a turn that runs again decides the same."""
    describe: Callable[[S], SaveCase | None]
    """The row for a state; None while there is nothing to be found yet."""

    def load(self, turn: TurnInput) -> S:
        """A damaged state begins anew: telling twice is better than never."""
        try:
            return type(self.empty).model_validate(dict(turn.state))
        except ValidationError as error:
            _log.error("case_state_damaged", stream=turn.stream_id.hex, case=self.kind, errors=error.error_count())
            return self.empty

    async def handle(self, turn: TurnInput, tools: TurnTools) -> TurnOutcome:
        del tools  # a case decides from its events alone
        return run(self, turn)


def run(machine: Machine[S], turn: TurnInput) -> TurnOutcome:
    state = machine.load(turn)
    routed = _Routed(turn)
    for recorded in turn.events:
        step = machine.advance(state, recorded.event, recorded.recorded_at)
        state = step.state
        routed.take(step.effects, recorded.seq)
        routed.changes += step.timers
    kept: dict[str, JsonValue] = state.model_dump(mode="json", exclude_defaults=True)
    row = machine.describe(state)
    if row is not None:
        kept[ROW] = _hash(row)
        if kept[ROW] != turn.state.get(ROW):
            routed.changes.append(row)
    before = {name: value for name, value in turn.state.items() if name != CASE}
    return TurnOutcome(
        state=None if kept == before else kept,
        actions=tuple(routed.actions),
        to_desks=tuple(routed.desks),
        events=tuple(routed.events),
        changes=tuple(routed.changes),
        trace={"step": row.step if row else None},
    )


class _Routed:
    """Where the effects go."""

    def __init__(self, turn: TurnInput) -> None:
        self._turn = turn
        self.actions: list[ProposedAction] = []
        self.desks: list[DeskEvent] = []
        self.events: list[NewEvent] = []
        self.changes: list[Change] = []

    def take(self, effects: Sequence[Effect], seq: int) -> None:
        for number, effect in enumerate(effects):
            own = f"case:{self._turn.stream_id.hex}:{seq}:{number}"
            match effect:
                case ProposedAction():
                    self.actions.append(effect)
                case TellOwners():
                    self.desks.append(DeskEvent(event=effect.notice, key=effect.key or own))
                case TellCustomer():
                    self.events.append(self._for_customer(effect, effect.key or own))
                case _:
                    assert_never(effect)

    def _for_customer(self, effect: TellCustomer, key: str) -> NewEvent:
        return NewEvent(
            tenant_id=self._turn.tenant.tenant_id,
            stream_id=effect.conversation,
            stream_kind="conversation",
            account_id=INTERNAL,
            external_id=key,
            chat="",  # the recorder knows where an existing conversation is
            event=effect.notice,
        )


def _hash(row: SaveCase) -> str:
    return blake2b(orjson.dumps(asdict(row), option=orjson.OPT_SORT_KEYS), digest_size=12).hexdigest()
