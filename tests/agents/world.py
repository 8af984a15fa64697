"""A customer's conversation without a worker: turns are handed in, outcomes are looked at, state is carried on."""

import asyncio
import tomllib
from collections.abc import Collection, Sequence
from dataclasses import dataclass, field, replace
from datetime import UTC, datetime
from functools import cache
from pathlib import Path
from typing import cast
from uuid import UUID

import orjson
from pydantic import JsonValue

from agents.burst import query_text
from agents.conversation import handle_conversation
from core.actions import ActionUses, Owners, RecordKey, RecordKind
from core.business import BusinessRecord, CaseView, Shared, ShipmentView, Whose
from core.changes import SaveShared
from core.errors import StewardError
from core.events import Channel, Event, MessageReceived, RecordedEvent, Sender, decode_event, encode_event
from core.ids import AccountId, ApprovalId, ContactId, StreamId, StreamMode, TenantId, contact_id
from core.media import Attachment
from core.messages import SendMedia, SendTemplate, SendText
from core.models import ChatMessage, ModelReply, ModelRequest, TokenUsage
from core.money import Money
from core.people import OpenLink, Person
from core.turns import (
    Approval,
    KeptAnswer,
    Member,
    Reader,
    Recalled,
    RoutineAnswer,
    TenantProfile,
    TurnInput,
    TurnOutcome,
    TurnTools,
)
from memory.knowledge import KnowledgeIndex
from memory.passages import split_markdown
from memory.routine import fold_question
from tenants.files import read_tenant
from tests.support.clocks import HandClock

DEMO = Path(__file__).parents[2] / "demo"
NOON = datetime(2026, 11, 23, 12, tzinfo=UTC)
STREAM, DESK = StreamId(UUID(int=5)), StreamId(UUID(int=9))
ANA = Sender(external_id="77", name="Ana", language=None)
ANA_CONTACT = contact_id(TenantId(2), "telegram", "77")


@dataclass
class Script:
    """A model that says what the test wants, and keeps what it was asked."""

    says: str | StewardError
    asked: list[tuple[ChatMessage, ...]] = field(default_factory=list)
    available: bool = True
    prices: str = "exact"

    async def reply(self, request: ModelRequest) -> ModelReply:
        self.asked.append(request.messages)
        if isinstance(self.says, StewardError):
            raise self.says
        cost = Money(micros=1200, currency="EUR")
        return ModelReply(text=self.says, model="script/one", usage=TokenUsage(), cost=cost, difficulty=2)


class NoModel:
    """What the wiring gives a turn when no provider is configured."""

    available = False
    prices = "exact"

    async def reply(self, request: ModelRequest) -> ModelReply:
        raise AssertionError(f"no model is configured, and {request.agent} asks one")


@dataclass
class Answers:
    """Kept answers, in memory."""

    kept: dict[str, RoutineAnswer] = field(default_factory=dict)

    async def find(self, question: str, language: str) -> RoutineAnswer | None:
        found = self.kept.get(fold_question(question))
        return found if found is not None and found.language == language else None

    def keep(self, answer: KeptAnswer, at: datetime) -> None:
        if not answer.text:
            self.kept.pop(fold_question(answer.question), None)
            return
        kept = RoutineAnswer(text=answer.text, language=answer.language, at=at)
        self.kept[fold_question(answer.question)] = kept


@dataclass
class People:
    """The reader of a conversation: one person, one open code and what is on file, as a test sets them."""

    person_: Person | None = None
    code: str = ""
    link: OpenLink | None = None
    looked_up: int = 0
    on_file: list[BusinessRecord] = field(default_factory=list)
    on_the_way: list[ShipmentView] = field(default_factory=list)
    cases: list[CaseView] = field(default_factory=list)
    uses: ActionUses = field(default_factory=ActionUses)
    seats: list[Member] = field(default_factory=list)
    approvals: dict[ApprovalId, Approval] = field(default_factory=dict)
    board: dict[str, Shared] = field(default_factory=dict)

    async def person(self, contact: ContactId) -> Person:
        self.looked_up += 1
        return self.person_ or Person(contact_ids=(contact,))

    async def find_link(self, contact: ContactId, channel: Channel, code: str) -> OpenLink | None:
        return self.link if self.link is not None and code == self.code else None

    async def shipments(self, whose: Whose, reference: str | None) -> tuple[ShipmentView, ...]:
        return tuple(each for each in self.on_the_way if reference in (None, each.reference))

    async def records(self, whose: Whose, kind: RecordKind, reference: str | None) -> tuple[BusinessRecord, ...]:
        return tuple(each for each in self.on_file if each.kind == kind and reference in (None, each.reference))

    async def owners(self, keys: Collection[RecordKey], whose: Whose | None = None) -> Owners:
        mine = {(each.kind, each.reference) for each in self.on_file}
        mine |= {("shipment", each.reference) for each in self.on_the_way}
        mine |= {("case", each.reference) for each in self.cases}
        return {key: frozenset({ANA_CONTACT}) for key in keys if key in mine}

    async def action_uses(self, name: str, contacts: Collection[ContactId]) -> ActionUses:
        return self.uses

    async def members(self) -> tuple[Member, ...]:
        return tuple(self.seats)

    async def approval(self, approval_id: ApprovalId) -> Approval | None:
        return self.approvals.get(approval_id)

    async def shared(self, key: str) -> Shared:
        return self.board.get(key, Shared())

    async def cases_of(self, contacts: Collection[ContactId]) -> tuple[CaseView, ...]:
        return tuple(self.cases)


@cache
def shop(slug: str) -> tuple[TenantProfile, KnowledgeIndex]:
    about = tomllib.loads((DEMO / slug / "tenant.toml").read_text())
    files = sorted((DEMO / slug / "knowledge").glob("*.md"))
    passages = [passage for file in files for passage in split_markdown(file.read_text(), file.name)]
    profile = TenantProfile(
        tenant_id=TenantId(2), slug=slug, name=about["name"], language=about["language"],
        time_zone=about["time_zone"], currency=about["currency"], persona=about["persona"],
        templates=about.get("templates", {}),
        agents=read_tenant(DEMO / slug).agents.model_dump_json(exclude_defaults=True),
    )  # fmt: skip
    return profile, KnowledgeIndex(passages, profile.language)


class Talk:
    def __init__(self, slug: str = "bakery", *, model: Script | None = None, sender: Sender = ANA) -> None:
        self.tenant, self.knowledge = shop(slug)
        self.model = model or NoModel()
        self.sender = sender
        self.clock = HandClock(NOON)
        self.answers = Answers()
        self.people = People()
        self.now = NOON
        self.state: dict[str, JsonValue] = {}
        self.mode: StreamMode = "bot"
        self.holder: StreamId | None = DESK
        """Who has it, in the mode `human`."""
        self.window_open = True
        self.remembered = Recalled()
        """What memory finds for the next turns, besides knowledge."""
        self.seq = 0
        self.outcomes: list[TurnOutcome] = []

    def message(self, text: str = "", *files: Attachment, **more: object) -> MessageReceived:
        self.seq += 1
        made = MessageReceived(message_id=f"m{self.seq}", sender=self.sender, at=NOON, text=text, attachments=files)
        return replace(made, **more)

    def turn(self, events: Sequence[Event]) -> TurnInput:
        first = sum(len(outcome_events) for outcome_events in self._taken) + 1
        self._taken.append(events)
        recorded = tuple(
            RecordedEvent(seq=first + at, recorded_at=self.now, event=decode_event(encode_event(event)))
            for at, event in enumerate(events)
        )
        query = query_text(recorded)
        found = self.knowledge.topics() if query.startswith("/") else self.knowledge.search(query) if query else ()
        return TurnInput(
            tenant=self.tenant, stream_id=STREAM, stream_kind="conversation", account_id=AccountId(3),
            channel="telegram", chat="77", mode=self.mode, holder=self.holder if self.mode == "human" else None,
            state=self.state, window_open=self.window_open, events=recorded,
            recalled=replace(self.remembered, knowledge=found),
        )  # fmt: skip

    async def take(self, *events: Event) -> TurnOutcome:
        tools = TurnTools(models=self.model, reader=cast("Reader", self.people), clock=self.clock, routine=self.answers)
        outcome = await handle_conversation(self.turn(events), tools)
        if outcome.keep is not None:
            self.answers.keep(outcome.keep, self.clock.now())
        for change in outcome.changes:
            if isinstance(change, SaveShared):
                self.people.board[change.key] = Shared(version=change.expected + 1, value=change.value)
        if outcome.state is not None:  # as the database keeps it
            self.state = orjson.loads(orjson.dumps(outcome.state))
        self.outcomes.append(outcome)
        return outcome

    async def say(self, *texts: str) -> str:
        """One burst; what is answered, in one text."""
        return said(await self.take(*(self.message(text) for text in texts)))

    def ask(self, *texts: str) -> str:
        return asyncio.run(self.say(*texts))

    @property
    def _taken(self) -> list[Sequence[Event]]:
        return self.__dict__.setdefault("taken", [])


def said(outcome: TurnOutcome) -> str:
    texts = [m.text for m in outcome.messages if isinstance(m, SendText | SendTemplate)]
    return "\n\n".join(texts + [m.caption for m in outcome.messages if isinstance(m, SendMedia)])
