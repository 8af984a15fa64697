"""Desks over the real database: turns are handled, finished as the engine finishes them, and told to other desks."""

import itertools
from collections.abc import Sequence
from dataclasses import dataclass, field, replace
from datetime import UTC, datetime, timedelta
from typing import Literal

from pydantic import JsonValue

from admin.desk import handle_desk
from agents.policy.hashing import hash_action
from core.actions import ProposedAction
from core.changes import AskedAction, OpenApproval, SaveCase
from core.clock import Clock, SystemClock
from core.errors import Stale
from core.events import ButtonTapped, Event, MessageReceived, OwnerDecision, RecordedEvent, Sender
from core.ids import (
    INTERNAL,
    AccountId,
    ApprovalId,
    StreamId,
    TenantId,
    case_id,
    contact_id,
    conversation_id,
    desk_id,
    new_approval_id,
)
from core.media import Attachment
from core.messages import Button, EditCard, OutMessage, SendText
from core.models import ChatModel, ModelReply, ModelRequest
from core.turns import Approval, DeskEvent, TenantProfile, TurnInput, TurnOutcome, TurnTools
from db.database import Database, Pool, Transaction
from db.engine.changes import apply_change
from db.engine.desk_changes import demand_seat
from db.engine.link import Link
from db.engine.streams import Lease
from db.invites import MemberRole, create_invite
from db.office import open_office
from db.reader import TenantReader
from tenants.agents import AgentPolicy

NOW = datetime(2026, 11, 23, 9, 0, tzinfo=UTC)
ADMIN_BOT = AccountId(900)
_numbers = itertools.count(1)


class KeylessModels:
    """What the wiring gives a turn when no provider is configured."""

    available = False
    prices = "exact"

    async def reply(self, request: ModelRequest) -> ModelReply:
        raise AssertionError("the desk asks no model")


@dataclass(kw_only=True)
class World:
    database: Database
    engine: Pool
    link: Link
    superuser: Transaction

    async def open_tenant(
        self, name: str = "Bakery Lindenhof", language: str = "en", agents: AgentPolicy | None = None
    ) -> "Tenant":
        number = next(_numbers)
        tenant = await self.superuser.fetchval(
            "INSERT INTO tenants (slug, name, language, time_zone, currency) "
            "VALUES ($1, $2, $3, 'Europe/Berlin', 'EUR') RETURNING tenant_id",
            f"tenant-{number}", name, language,
        )  # fmt: skip
        profile = TenantProfile(
            tenant_id=TenantId(tenant), slug=f"tenant-{number}", name=name, language=language,
            time_zone="Europe/Berlin", currency="EUR", persona="",
            agents=agents.model_dump_json() if agents else "{}",
        )  # fmt: skip
        return Tenant(world=self, profile=profile)


@dataclass(kw_only=True)
class Tenant:
    world: World
    profile: TenantProfile
    seats: "list[Seat]" = field(default_factory=list)

    @property
    def id(self) -> TenantId:
        return self.profile.tenant_id

    @property
    def reader(self) -> TenantReader:
        return TenantReader(self.world.database, self.id)

    async def invite(self, role: MemberRole, *, lives: timedelta = timedelta(days=1)) -> str:
        async with self.world.database.tenant(self.id) as tx:
            return await create_invite(tx, self.id, role, datetime.now(UTC) + lives)

    def seat(self, name: str, language: str | None = "en") -> "Seat":
        """A chat with the admin bot; whoever sits there has not joined."""
        chat = f"chat-{next(_numbers)}"
        seat = Seat(
            tenant=self, chat=chat, desk=desk_id(self.id, ADMIN_BOT, chat),
            sender=Sender(external_id=chat, name=name, language=language),
        )  # fmt: skip
        self.seats.append(seat)
        return seat

    async def join(self, name: str, role: MemberRole = "owner", language: str | None = "en") -> "Seat":
        seat = self.seat(name, language)
        await seat.write(f"/start inv_{await self.invite(role)}")
        return seat

    async def escalate(
        self, contact: str = "Maya", question: str = "Do you bake without nuts?", *, stream: StreamId | None = None
    ) -> tuple[ApprovalId, StreamId]:
        """A customer's question that waits for a person."""
        approval = new_approval_id()
        opening = OpenApproval(approval_id=approval, question=question, reason="not_in_knowledge", contact_name=contact)
        return approval, await self._open(opening, stream)

    async def ask_action(
        self,
        name: str,
        arguments: dict[str, JsonValue],
        *,
        approver: Literal["manager", "owner"] = "manager",
        lasts: timedelta = timedelta(hours=1),
        votes: dict[str, JsonValue] | None = None,
        contact: str = "Maya",
        question: str = "My parcel is late. Can I have some money back?",
        reason: str = "ask",
    ) -> Approval:
        """An action that an agent proposed and that waits for an owner."""
        approval, chat = new_approval_id(), f"customer-{next(_numbers)}"
        stream = conversation_id(self.id, AccountId(7), chat)
        expires_at = datetime.now(UTC) + lasts
        action = ProposedAction(
            name=name, arguments=arguments, agent="billing", contact=contact_id(self.id, "telegram", chat)
        )  # fmt: skip
        asked = AskedAction(
            action=action, expires_at=expires_at, approver=approver, votes=votes or {},
            action_hash=hash_action(self.id, stream, name, arguments, expires_at),
        )  # fmt: skip
        opening = OpenApproval(
            approval_id=approval, question=question, reason=reason, contact_name=contact, asked=asked
        )  # fmt: skip
        await self._open(opening, stream)
        return await self.find(approval)

    async def find(self, approval: ApprovalId) -> Approval:
        found = await self.reader.approval(approval)
        assert found is not None
        return found

    async def _open(self, opening: OpenApproval, stream: StreamId | None) -> StreamId:
        chat = f"customer-{next(_numbers)}"
        stream = stream or conversation_id(self.id, AccountId(7), chat)
        await self.world.superuser.execute(
            "INSERT INTO streams (tenant_id, stream_id, kind, account_id, chat, last_seq, dirty, lease_token, "
            "last_inbound_at) VALUES ($1, $2, 'conversation', 7, $3, 1, false, 1, clock_timestamp()) "
            "ON CONFLICT DO NOTHING",
            self.id, stream, chat,
        )  # fmt: skip
        async with self.world.engine.acquire() as engine:
            await apply_change(engine, _lease(self.id, stream, AccountId(7), chat), "telegram", opening)
        return stream

    async def open_case(self, case: SaveCase) -> StreamId:
        """As a case's own turn writes its row; again for a later step."""
        stream = case_id(self.id, case.kind, case.reference)
        async with self.world.engine.acquire() as engine:
            await apply_change(engine, _lease(self.id, stream, INTERNAL, ""), "", case)
        return stream

    async def mode(self, stream: StreamId) -> tuple[str, StreamId | None]:
        row = await self.world.superuser.fetchrow(
            "SELECT mode, holder FROM streams WHERE tenant_id = $1 AND stream_id = $2", self.id, stream
        )
        assert row is not None
        return row["mode"], row["holder"]

    async def deliver(self, notices: Sequence[DeskEvent]) -> None:
        """What the finish does with events for desks."""
        for notice in notices:
            for seat in self.seats:
                if notice.only is None or notice.only == seat.desk:
                    await seat.take(notice.event)


@dataclass(kw_only=True)
class Seat:
    tenant: Tenant
    chat: str
    desk: StreamId
    sender: Sender
    state: dict[str, JsonValue] = field(default_factory=dict)
    seq: int = 0
    window_open: bool = True
    signup_open: bool = False
    clock: Clock = field(default_factory=SystemClock)
    models: ChatModel = field(default_factory=lambda: KeylessModels())
    templates: dict[str, str] = field(default_factory=dict)
    seen: list[OutMessage] = field(default_factory=list)
    """All that was sent to this chat."""

    def message(self, text: str = "", *attachments: Attachment) -> MessageReceived:
        return MessageReceived(
            message_id=f"m{next(_numbers)}", sender=self.sender, at=NOW, text=text, attachments=attachments
        )

    def tapping(self, data: str) -> ButtonTapped:
        return ButtonTapped(message_id="m", sender=self.sender, at=NOW, data=data)

    async def write(self, text: str, at: datetime = NOW) -> TurnOutcome:
        return await self.take(self.message(text), at=at)

    async def tap(self, data: str, at: datetime = NOW) -> TurnOutcome:
        return await self.take(self.tapping(data), at=at)

    async def take(self, *events: Event, at: datetime = NOW) -> TurnOutcome:
        """One turn, repeated while it is stale, finished, and its desk events delivered."""
        turn = self.turn(*events, at=at)
        for _ in range(3):
            outcome = await self.decide(turn)
            if await self.finish(outcome):
                self.seq = turn.upto_seq
                await self.tenant.deliver(outcome.to_desks)
                return outcome
        raise AssertionError("stale three times")

    def turn(self, *events: Event, at: datetime = NOW) -> TurnInput:
        recorded = tuple(
            RecordedEvent(seq=seq, recorded_at=at, event=event) for seq, event in enumerate(events, self.seq + 1)
        )
        return TurnInput(
            tenant=replace(self.tenant.profile, templates=self.templates), stream_id=self.desk, stream_kind="desk",
            account_id=ADMIN_BOT, channel="telegram", chat=self.chat, mode="bot", state=self.state,
            window_open=self.window_open, events=recorded,
        )  # fmt: skip

    async def decide(self, turn: TurnInput) -> TurnOutcome:
        world = self.tenant.world
        office = open_office(world.database, world.link, self.tenant.id, signup_open=self.signup_open)
        tools = TurnTools(models=self.models, reader=self.tenant.reader, clock=self.clock, office=office)
        return await handle_desk(turn, tools)

    async def finish(self, outcome: TurnOutcome) -> bool:
        """False when the outcome is stale; nothing is written then."""
        lease = _lease(self.tenant.id, self.desk, ADMIN_BOT, self.chat)
        try:
            async with self.tenant.world.engine.acquire() as engine, engine.transaction():
                if outcome.seat is not None and (outcome.changes or outcome.events or outcome.to_desks):
                    await demand_seat(engine, self.tenant.id, outcome.seat)
                for change in outcome.changes:
                    await apply_change(engine, lease, "telegram", change)
        except Stale:
            return False
        if outcome.state is not None:
            self.state = dict(outcome.state)
        self.seen += outcome.messages
        return True

    @property
    def last(self) -> str:
        message = next(each for each in reversed(self.seen) if not is_quiet(each))
        assert isinstance(message, SendText | EditCard)
        return message.text


def texts(outcome: TurnOutcome) -> list[str]:
    """What is said; see `quiet_edits` for what is changed in passing."""
    shown = [message for message in outcome.messages if isinstance(message, SendText | EditCard)]
    return [message.text for message in shown if not is_quiet(message)]


def is_quiet(message: OutMessage) -> bool:
    return isinstance(message, EditCard) and message.quiet


def quiet_edits(outcome: TurnOutcome) -> list[EditCard]:
    """Cards that show how things stand by now."""
    return [message for message in outcome.messages if isinstance(message, EditCard) and message.quiet]


def buttons(outcome: TurnOutcome) -> list[Button]:
    said = [message for message in outcome.messages if not is_quiet(message)]
    shown = [message for message in said if isinstance(message, SendText | EditCard)]
    return [button for message in shown for row in message.buttons for button in row]


def decisions(outcome: TurnOutcome) -> list[OwnerDecision]:
    return [event.event for event in outcome.events if isinstance(event.event, OwnerDecision)]


def _lease(tenant: TenantId, stream: StreamId, account: AccountId, chat: str) -> Lease:
    return Lease(tenant, stream, "desk", account, chat, 1, 0, 1, 0, "bot", None, None, None)
