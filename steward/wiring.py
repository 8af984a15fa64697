"""Every object, in order, by constructor."""

import asyncio
from collections.abc import AsyncGenerator, Awaitable, Callable, Mapping, Sequence
from contextlib import AsyncExitStack, asynccontextmanager
from dataclasses import dataclass
from uuid import uuid4

import structlog
from aiohttp import web

from admin.desk import handle_desk
from agents.attending import load_words
from agents.cases.handler import handle_case
from agents.conversation import handle_conversation
from agents.recalling import is_small_talk
from bots.connecting import Places, connecting_executors
from bots.intake import Intake
from bots.keeping import AccountBook
from bots.telegram.channel import PACE
from bots.telegram.edge import TelegramEdge
from bots.web import create_web_app, serve, stop_serving
from bots.whatsapp.edge import WhatsAppEdge
from connectors.carriers import CarrierWebhook
from core.actions import Executor
from core.channels import Account, Channel, Pace, Target
from core.clock import Clock, SystemClock
from core.errors import Transient
from core.events import MessageReceived, OwnerNotice
from core.ids import AccountId, TenantId
from core.recording import Recorder
from core.turns import TurnInput, TurnTools
from db.answers import AnswerStore
from db.engine.leadership import Leadership
from db.engine.link import NESTED, Link
from db.office import open_office
from db.reader import TenantReader
from db.wake import Wake
from db.windows import WindowStore
from jobs.admission import ActionGate
from jobs.media import MediaFetcher
from jobs.notices import notify_desks
from memory.facts import load_rules
from memory.histories import PersonHistory
from memory.indexes import Indexes
from memory.library import Library
from memory.people import PersonRecall
from memory.pressure import MemoryPressure
from memory.recall import Memory
from memory.routine import RoutineBook
from routing.fees import WhatsAppFees
from steward.data import Data
from steward.engine import Engine, Parts, Role
from steward.executors import acting_executors, open_executors, opening_executors
from steward.fleet import Fleet
from steward.menus import menus_for
from steward.models import Brain, open_models
from steward.settings import Settings
from steward.troubles import AccountTroubles
from tenants.directory import TenantDirectory

_log = structlog.get_logger(__name__)
ALL_ROLES: frozenset[Role] = frozenset({"web", "worker", "scheduler"})


@dataclass(frozen=True, slots=True, kw_only=True)
class Steward:
    engine: Engine
    fleet: Fleet
    directory: TenantDirectory
    link: Link
    brain: Brain
    telegram: TelegramEdge
    whatsapp: WhatsAppEdge


@dataclass(frozen=True, slots=True, kw_only=True)
class Vendors:
    """Where the vendors are: the real ones, or the sandbox."""

    telegram_url: str
    whatsapp_url: str
    telegram_pace: Pace = PACE
    """A stand-in without limits may be written to faster."""


@asynccontextmanager
async def open_steward(
    settings: Settings, data: Data, vendors: Vendors, roles: frozenset[Role] = ALL_ROLES, *, sandbox: bool = False
) -> AsyncGenerator[Steward]:
    """The running product, without its HTTP port. Leaving drains what is in hand. Raises Misconfigured."""
    clock = SystemClock()
    async with AsyncExitStack() as stack:
        link = await stack.enter_async_context(Link(data.engine_url, "directory", NESTED))
        leader_link = await stack.enter_async_context(Link(data.engine_url, "leader"))
        directory = TenantDirectory(link)
        key_trouble, troubles = _KeyTrouble(link), AccountTroubles(link)
        brain = await stack.enter_async_context(open_models(settings, data, directory, clock, key_trouble))
        histories = Indexes[PersonHistory](most_bytes=settings.memory_index_mb * 1024 * 1024, pressed=MemoryPressure())
        memory = Memory(
            database=data.database, windows=WindowStore(data.redis), library=Library(data.database, directory),
            routine=RoutineBook(AnswerStore(data.redis), clock),
            people=PersonRecall(data.database, histories, is_small_talk),
        )  # fmt: skip
        stack.push_async_callback(memory.aclose)
        await asyncio.to_thread(load_rules)
        await asyncio.to_thread(load_words)
        wake = Wake(data.redis)
        stack.push_async_callback(wake.aclose)
        channels: dict[str, Channel] = {}  # the edges need the recorder, the sender needs the edges' channels
        fetcher = MediaFetcher(channels, directory.account, data.database)
        executors = await open_executors(stack, settings, data, fetcher, directory, brain, clock, sandbox=sandbox)
        fleet_accounts = _FleetAccounts()
        tools = _tools_for(data, link, brain, memory, clock, signup_open=settings.signup == "open")
        engine = Engine(
            Parts(
                database_url=data.engine_url, channels=channels, accounts=fleet_accounts, directory=directory,
                memory=memory, tools=tools, executors=executors, clock=clock,
                admission=ActionGate(data.database, directory.profile, clock),
                handlers={"conversation": handle_conversation, "case": handle_case, "desk": handle_desk},
                fees=WhatsAppFees(data.database, brain.ledger, directory.profile, clock), wake_others=wake.send,
                on_trouble=troubles.note_unsent,
                show_typing=_typing(channels, directory) if settings.typing else None,
            ),
            roles,
        )  # fmt: skip
        key_trouble.recorder = engine.recorder
        executors |= await acting_executors(stack, settings, data, directory, engine.recorder, clock)
        executors |= opening_executors(settings, data, link, directory, engine.recorder, memory, tools, clock)
        executors |= _connecting(settings, data, link, vendors, sandbox=sandbox)
        troubles.recorder = engine.recorder
        intake = Intake(engine.recorder, data.vault)
        telegram = TelegramEdge(
            intake, clock, fetch_media=fetcher.fetch, base_url=vendors.telegram_url,
            on_trouble=troubles.note_unheard, pace=vendors.telegram_pace,
        )  # fmt: skip
        whatsapp = WhatsAppEdge(intake, fetch_media=fetcher.fetch, base_url=vendors.whatsapp_url)
        stack.push_async_callback(telegram.close)
        stack.push_async_callback(whatsapp.close)
        channels |= {"telegram": telegram.channel, "whatsapp": whatsapp.channel}
        fleet = Fleet(
            edges={"telegram": telegram, "whatsapp": whatsapp}, directory=directory, vault=data.vault,
            leadership=Leadership(leader_link, "telegram polling"), sandbox=sandbox, listens="web" in roles,
            public_url="" if sandbox else settings.public_url,
        )  # fmt: skip
        fleet_accounts.fleet, troubles.version = fleet, fleet.version
        await stack.enter_async_context(engine.run())
        await fleet.start()
        stack.push_async_callback(fleet.stop)
        if "worker" in roles:
            wake.listen(engine.claimer.kick)
        yield Steward(
            engine=engine, fleet=fleet, directory=directory, link=link, brain=brain, telegram=telegram,
            whatsapp=whatsapp,
        )  # fmt: skip


@asynccontextmanager
async def listen(settings: Settings, data: Data, steward: Steward, clock: Clock) -> AsyncGenerator[web.AppRunner]:
    """The HTTP port: webhooks, health, metrics. Raises Misconfigured when it is taken."""

    async def health() -> str:
        try:
            await steward.directory.changed()
        except Transient as error:
            return str(error)
        return ""

    carriers = CarrierWebhook(
        link=steward.link, database=data.database, vault=data.vault, recorder=steward.engine.recorder, clock=clock
    )
    app = create_web_app(steward.telegram.routes(), steward.whatsapp.routes(), carriers.routes(), health=health)
    runner = await serve(app, settings.host, settings.port)
    try:
        yield runner
    finally:
        await stop_serving(runner)


class _FleetAccounts:
    """The sender asks the fleet, which is made after it."""

    fleet: Fleet

    def account(self, account: AccountId) -> Account | None:
        return self.fleet.account(account)

    def running(self) -> Sequence[AccountId]:
        return self.fleet.running()


def _tools_for(
    data: Data, link: Link, brain: Brain, memory: Memory, clock: Clock, *, signup_open: bool
) -> Callable[[TurnInput], Awaitable[TurnTools]]:
    async def tools(turn: TurnInput) -> TurnTools:
        tenant = turn.tenant.tenant_id
        return TurnTools(
            office=open_office(data.database, link, tenant, signup_open=signup_open)
            if turn.stream_kind == "desk"
            else None,
            models=await brain.for_turn(turn),
            reader=TenantReader(data.database, tenant),
            clock=clock,
            routine=memory.routine(turn.tenant, turn.recalled),
        )

    return tools


def _connecting(settings: Settings, data: Data, link: Link, vendors: Vendors, *, sandbox: bool) -> dict[str, Executor]:
    here = f"http://127.0.0.1:{settings.port}"  # where the sandbox, and nobody else, finds us
    places = Places(
        telegram_url=vendors.telegram_url, whatsapp_url=vendors.whatsapp_url,
        public_url="" if sandbox else settings.public_url, webhook_base=here if sandbox else settings.public_url,
        menus=menus_for("customer"),
    )  # fmt: skip
    book = AccountBook(data.database, link, data.vault, sandbox=sandbox)
    return connecting_executors(book, places, data.database, data.vault)


class _KeyTrouble:
    """Tells a tenant's desks that its own key was refused. The recorder is made after the models."""

    recorder: Recorder

    def __init__(self, link: Link) -> None:
        self._link = link

    async def __call__(self, tenant: TenantId, provider: str, text: str) -> None:
        notice = OwnerNotice(notice="model_key_trouble", fields={"provider": provider, "text": text[:300]})
        await notify_desks(self._link, self.recorder, tenant, notice, f"model-key:{provider}:{uuid4().hex}")


def _typing(channels: Mapping[str, Channel], directory: TenantDirectory) -> Callable[[TurnInput], Awaitable[None]]:
    async def show(turn: TurnInput) -> None:
        account = directory.account(turn.account_id)
        message = next((e.event for e in reversed(turn.events) if isinstance(e.event, MessageReceived)), None)
        if account is not None and message is not None:
            await channels[account.channel].show_typing(Target(account=account, chat=turn.chat), message.message_id)

    return show
