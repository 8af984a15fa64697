"""An engine over a real database, with a recording channel at its end and whatever handler a test wants."""

import asyncio
import time
from collections.abc import Awaitable, Callable, Mapping, Sequence
from contextlib import AbstractAsyncContextManager
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta

from pydantic import JsonValue

from core.actions import ActionCall, Admission, Executor
from core.channels import Account, Pace, Target
from core.clock import SystemClock
from core.events import MessageReceived, NewEvent, Sender
from core.ids import AccountId, StreamId, TenantId, conversation_id
from core.messages import OutMessage, SendText, message_text
from core.turns import Handler, HistoryMessage, KeptAnswer, Recalled, TenantProfile, TurnInput, TurnOutcome, TurnTools
from memory.people import Asked
from steward.engine import Engine, Parts, Role

TENANT = TenantId(2)
ACCOUNT = AccountId(7)


class RecordingChannel:
    """Implements core.channels.Channel; accepts everything unless `before_send` objects."""

    name = "telegram"

    def __init__(self, pace: Pace | None = None) -> None:
        self.pace = pace or Pace(per_second=100_000, per_chat_interval=timedelta(microseconds=1), chat_burst=1000)
        self.sent: list[tuple[str, str]] = []
        self.before_send: Callable[[Target, OutMessage], Awaitable[None]] | None = None

    async def send(self, target: Target, message: OutMessage) -> tuple[str, ...]:
        if self.before_send is not None:
            await self.before_send(target, message)
        self.sent.append((target.chat, message_text(message)))
        return (str(len(self.sent)),)

    async def show_typing(self, target: Target, message_id: str) -> None:
        return None

    async def fetch(self, account: Account, ref: str, *, limit_bytes: int) -> bytes:
        return b""


@dataclass
class Accounts:
    known: dict[AccountId, Account] = field(default_factory=dict)

    def account(self, account: AccountId) -> Account | None:
        return self.known.get(account) or Account(
            account_id=account, tenant_id=TENANT, channel="telegram", role="customer", external_id="1", path_id="p",
            delivery="polling",
        )  # fmt: skip

    def running(self) -> Sequence[AccountId]:
        return list(self.known) or [ACCOUNT]

    def forget(self, tenant: TenantId) -> None: ...

    async def profile(self, tenant: TenantId) -> TenantProfile:
        return TenantProfile(
            tenant_id=tenant, slug="t", name="T", language="en", time_zone="UTC", currency="EUR", persona=""
        )


class NoMemory:
    async def recall(self, tenant: TenantId, stream: StreamId, query: str, *, before_seq: int, window: int) -> Recalled:
        return Recalled()

    async def recall_person(self, asked: Asked, recalled: Recalled) -> Recalled:
        return recalled

    def remember(
        self, tenant: TenantId, stream: StreamId, messages: Sequence[HistoryMessage], *, before_seq: int, upto_seq: int
    ) -> None:
        return None

    def keep_answer(self, tenant: TenantProfile, knowledge_version: int, answer: KeptAnswer) -> None:
        return None


async def echo(turn: TurnInput, tools: TurnTools) -> TurnOutcome:
    """Answers a turn with the texts it took in."""
    words = " ".join(e.event.text for e in turn.events if isinstance(e.event, MessageReceived))
    return TurnOutcome(messages=(SendText(text=words),))


def engine_of(
    url: str,
    channel: RecordingChannel,
    handler: Handler = echo,
    *,
    roles: Sequence[Role] = ("web", "worker", "scheduler"),
    executors: Mapping[str, Executor] | None = None,
    admission: Admission | None = None,
    lease: timedelta = timedelta(seconds=2),
    tools: Callable[[TurnInput], Awaitable[TurnTools]] | None = None,
) -> AbstractAsyncContextManager[Engine]:
    accounts = Accounts()
    parts = Parts(
        database_url=url,
        channels={"telegram": channel},
        accounts=accounts,
        directory=accounts,
        memory=NoMemory(),
        handlers={"conversation": handler, "case": handler, "desk": handler},
        tools=tools or no_tools,
        executors=executors or {},
        admission=admission or OpenGate(),
        clock=SystemClock(),
        lease=lease,
    )
    return Engine(parts, frozenset(roles)).run()


class OpenGate:
    """Lets everything through: for tests of the engine with their own executors. `tests/hostile` has the real one."""

    async def admit(self, call: ActionCall) -> dict[str, JsonValue] | None:
        return None

    async def close(self, call: ActionCall, result: dict[str, JsonValue] | None, error: Exception | None) -> None:
        return None


async def no_tools(turn: TurnInput) -> TurnTools:
    return TurnTools(models=NoModels(), reader=None, clock=SystemClock())  # type: ignore[arg-type]


class NoModels:
    available = False
    prices = "exact"

    async def reply(self, *_: object, **__: object) -> object:
        raise AssertionError("no model is configured")


def message(chat: str, text: str, external_id: str, tenant: TenantId = TENANT) -> NewEvent:
    return NewEvent(
        tenant_id=tenant,
        stream_id=conversation_id(tenant, ACCOUNT, chat),
        stream_kind="conversation",
        account_id=ACCOUNT,
        external_id=external_id,
        chat=chat,
        event=MessageReceived(message_id=external_id, sender=Sender(external_id=chat), at=datetime.now(UTC), text=text),
    )


async def until(condition: Callable[[], bool], seconds: float = 10) -> None:
    """Waits until the condition holds; fails after `seconds`."""
    deadline = time.monotonic() + seconds
    while not condition():
        assert time.monotonic() < deadline, "the condition did not come true in time"
        await asyncio.sleep(0.005)
