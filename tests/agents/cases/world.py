"""A case without a worker: events are handed in, outcomes are looked at, state is carried on."""

from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta
from typing import Generic, TypeVar, cast
from uuid import UUID

import orjson
from pydantic import JsonValue

from agents.cases.handler import handle_case
from agents.cases.machine import CaseState, Machine, TellCustomer, TellOwners, Transition
from core.changes import SaveCase, SetTimer
from core.clock import SystemClock
from core.events import CaseOpened, Event, RecordedEvent, TimerFired, decode_event, encode_event
from core.ids import INTERNAL, ContactId, StreamId, TenantId
from core.models import ChatModel
from core.turns import Reader, TenantProfile, TurnInput, TurnOutcome, TurnTools

NOON = datetime(2026, 11, 23, 12, tzinfo=UTC)
CONVERSATION, CONTACT, STREAM = StreamId(UUID(int=8)), ContactId(UUID(int=9)), StreamId(UUID(int=4))
TENANT = TenantProfile(
    tenant_id=TenantId(2), slug="forwarder", name="Baltic Arc", language="en", time_zone="Europe/Berlin",
    currency="EUR", persona="",
)  # fmt: skip
S = TypeVar("S", bound=CaseState)


def opening(case: str, **fields: JsonValue) -> CaseOpened:
    return CaseOpened(
        case=case, reference="T-1001", title="Broken pallet", fields=fields, contact_id=CONTACT, contact_name="Ana",
        conversation=CONVERSATION, channel="telegram", language="en",
    )  # fmt: skip


class Case:
    """Through the handler, as a worker gives it its turns."""

    def __init__(self) -> None:
        self.state: dict[str, JsonValue] = {}
        self.seq = 0

    async def take(self, *events: Event) -> TurnOutcome:
        recorded = tuple(
            RecordedEvent(seq=self.seq + at, recorded_at=NOON, event=decode_event(encode_event(event)))
            for at, event in enumerate(events, 1)
        )
        self.seq += len(events)
        turn = TurnInput(
            tenant=TENANT, stream_id=STREAM, stream_kind="case", account_id=INTERNAL, channel=None, chat="", mode="bot",
            state=self.state, window_open=True, events=recorded,
        )  # fmt: skip
        # A case decides from its events alone: there is nothing to look things up with.
        tools = TurnTools(models=cast("ChatModel", None), reader=cast("Reader", None), clock=SystemClock())
        outcome = await handle_case(turn, tools)
        if outcome.state is not None:
            self.state = orjson.loads(orjson.dumps(outcome.state))
        return outcome


@dataclass
class Run(Generic[S]):
    """One machine in time, with the timers that it has set."""

    machine: Machine[S]
    state: S
    now: datetime = NOON
    armed: dict[str, SetTimer] = field(default_factory=dict[str, SetTimer])
    told_owners: list[TellOwners] = field(default_factory=list[TellOwners])
    told_customer: list[TellCustomer] = field(default_factory=list[TellCustomer])

    @property
    def row(self) -> SaveCase | None:
        return self.machine.describe(self.state)

    @property
    def closed(self) -> bool:
        return self.row is not None and self.row.closed

    def take(self, event: Event) -> Transition[S]:
        step = self.machine.advance(self.state, decode_event(encode_event(event)), self.now)
        for timer in step.timers:
            if timer.due_at is None:
                self.armed.pop(timer.name, None)
            else:
                self.armed[timer.name] = timer
        self.told_owners += [effect for effect in step.effects if isinstance(effect, TellOwners)]
        self.told_customer += [effect for effect in step.effects if isinstance(effect, TellCustomer)]
        # As the database keeps it.
        self.state = type(step.state).model_validate_json(step.state.model_dump_json(exclude_defaults=True))
        assert self.state == step.state
        return step

    def wait(self, span: timedelta) -> None:
        """Lets time pass; what becomes due fires in order."""
        end = self.now + span
        while due := [timer for timer in self.armed.values() if timer.due_at is not None and timer.due_at <= end]:
            timer = min(due, key=lambda each: each.due_at or end)
            del self.armed[timer.name]
            self.now = max(self.now, timer.due_at or self.now)
            self.take(TimerFired(name=timer.name, payload=dict(timer.payload)))
        self.now = end
