"""One process of the crash suite: the real engine, Telegram edge and memory; only the decisions are made for the suite.

Started by `benchmarks.chaos`, which gives everything by environment:

    CHAOS_ENGINE_URL, CHAOS_APP_URL, CHAOS_REDIS_URL   the databases, each under its role
    CHAOS_PROVIDER_URL                                  a Bot API, with this process's name in its path
    CHAOS_ROLES                                         web,worker,scheduler
    STEWARD_CRASH_AT                                    a commit point; SIGUSR1 arms it

Says `{"port": …, "worker": …}` on stdout when it is ready. SIGTERM drains.
"""

import asyncio
import os
import signal
import sys
from contextlib import AsyncExitStack
from functools import partial
from typing import cast

import aiohttp
import orjson
import structlog
import uvloop
from pydantic import JsonValue

from benchmarks.chaos_faults import Fuse
from benchmarks.open_gate import OpenGate
from bots.intake import Intake
from bots.telegram.edge import TelegramEdge
from bots.web import create_web_app, serve
from core.actions import ActionCall, ProposedAction
from core.channels import Account, Channel
from core.clock import SystemClock
from core.errors import Transient
from core.events import MessageReceived, NewEvent, TimerFired
from core.ids import INTERNAL, AccountId, case_id, contact_id
from core.messages import SendText
from core.models import ModelReply, ModelRequest
from core.turns import AuditNote, ContactProfile, TurnInput, TurnOutcome, TurnTools
from db.answers import AnswerStore
from db.cache import open_redis
from db.database import Database, open_pool
from db.engine.link import NESTED, Link
from db.reader import TenantReader
from db.wake import Wake
from db.windows import WindowStore
from memory.histories import PersonHistory
from memory.indexes import Indexes
from memory.library import Library
from memory.people import PersonRecall
from memory.recall import Memory
from memory.routine import RoutineBook
from steward.engine import Engine, Parts, Role
from tenants.directory import TenantDirectory

WEBHOOK_SECRET = "chaos"


def token_of(external_id: str) -> str:
    return f"{external_id}:chaos"


async def answer(turn: TurnInput, tools: TurnTools) -> TurnOutcome:
    """Says the words it took in. Some turns also write through the full finish, ask for an action, tell a case."""
    del tools
    heard = [e.event for e in turn.events if isinstance(e.event, MessageReceived)]
    words = [event.text for event in heard]
    state: dict[str, JsonValue] = {"heard": int(cast("int", turn.state.get("heard", 0))) + len(words)}
    if not words:
        return TurnOutcome(state=state)
    number = int(words[-1].rpartition("k")[2])
    sender = heard[-1].sender
    full = number % 5 == 0
    ledger = NewEvent(
        tenant_id=turn.tenant.tenant_id,
        stream_id=case_id(turn.tenant.tenant_id, "ledger", turn.chat),
        stream_kind="case",
        account_id=INTERNAL,
        external_id=f"ledger:{turn.stream_id.hex}:{turn.upto_seq}",
        chat="",
        event=TimerFired(name="ledger", payload={"words": cast("list[JsonValue]", words)}),
    )
    return TurnOutcome(
        messages=(SendText(text=" ".join(words)),),
        actions=(ProposedAction(name="stamp", arguments={"words": " ".join(words)}),) if number % 7 == 3 else (),
        contact=ContactProfile(
            contact_id=contact_id(turn.tenant.tenant_id, "telegram", sender.external_id),
            channel="telegram",
            external_id=sender.external_id,
            name=sender.name,
        )
        if number == 1
        else None,
        events=(ledger,) if full else (),
        audit=(AuditNote(action="noted", actor="chaos"),) if full else (),
        state=state,
    )


async def keep_ledger(turn: TurnInput, tools: TurnTools) -> TurnOutcome:
    del tools
    seen = [str(word) for word in cast("list[JsonValue]", turn.state.get("seen", []))]
    for recorded in turn.events:
        if isinstance(recorded.event, TimerFired):
            seen += [str(word) for word in cast("list[JsonValue]", recorded.event.payload["words"])]
    return TurnOutcome(state={"seen": cast("JsonValue", seen)})


class Stamp:
    """An action with an effect outside: the provider is told under the idempotency key."""

    def __init__(self, session: aiohttp.ClientSession, provider_url: str) -> None:
        self._session = session
        self._url = f"{provider_url}/stamp"

    async def __call__(self, call: ActionCall) -> dict[str, JsonValue]:
        try:
            async with self._session.post(self._url, json={"key": call.key}) as response:
                if response.status != 200:
                    raise Transient("the provider is busy")
        except (aiohttp.ClientError, TimeoutError) as error:
            raise Transient("the provider cannot be reached") from error
        return {}


class Bots:
    """Every account of the directory runs in every process."""

    def __init__(self, directory: TenantDirectory) -> None:
        self._directory = directory

    def account(self, account: AccountId) -> Account | None:
        return self._directory.account(account)

    def running(self) -> list[AccountId]:
        return [account.account_id for account in self._directory.accounts()]


async def work(fuse: Fuse) -> None:
    env, clock = os.environ, SystemClock()
    roles = frozenset(cast("list[Role]", env["CHAOS_ROLES"].split(",")))
    stop = asyncio.Event()
    asyncio.get_running_loop().add_signal_handler(signal.SIGTERM, stop.set)
    asyncio.get_running_loop().add_signal_handler(signal.SIGUSR1, fuse.arm)
    async with AsyncExitStack() as stack:
        link = await stack.enter_async_context(Link(env["CHAOS_ENGINE_URL"], "directory", NESTED))
        directory = TenantDirectory(link)
        await directory.load()
        database = Database(await stack.enter_async_context(open_pool(env["CHAOS_APP_URL"], size=5)))
        redis = await stack.enter_async_context(open_redis(env["CHAOS_REDIS_URL"]))
        session = await stack.enter_async_context(aiohttp.ClientSession())
        memory = Memory(
            database=database, windows=WindowStore(redis), library=Library(database, directory),
            routine=RoutineBook(AnswerStore(redis), clock),
            people=PersonRecall(database, Indexes[PersonHistory](most_bytes=1 << 20), lambda _: False),
        )  # fmt: skip
        stack.push_async_callback(memory.aclose)
        wake = Wake(redis)
        stack.push_async_callback(wake.aclose)
        bots = Bots(directory)
        channels: dict[str, Channel] = {}
        engine = Engine(
            Parts(
                database_url=env["CHAOS_ENGINE_URL"],
                channels=channels,
                accounts=bots,
                directory=directory,
                memory=memory,
                handlers={"conversation": answer, "case": keep_ledger, "desk": keep_ledger},
                tools=partial(_tools, database, clock),
                executors={"stamp": Stamp(session, env["CHAOS_PROVIDER_URL"])},
                admission=OpenGate(),
                clock=clock,
                wake_others=wake.send,
            ),
            roles,
        )
        edge = TelegramEdge(
            Intake(engine.recorder),
            clock,
            fetch_media=_no_media,
            on_trouble=_no_trouble,
            base_url=env["CHAOS_PROVIDER_URL"],
        )
        stack.push_async_callback(edge.close)
        channels["telegram"] = edge.channel
        for account in directory.accounts():
            await edge.start(account, {"token": token_of(account.external_id), "webhook_secret": WEBHOOK_SECRET})
        await stack.enter_async_context(engine.run())
        if "worker" in roles:
            wake.listen(engine.claimer.kick)
        runner = await serve(create_web_app(edge.routes(), health=_well), "127.0.0.1", 0)
        stack.push_async_callback(runner.cleanup)
        print(orjson.dumps({"port": runner.addresses[0][1], "worker": engine.heartbeat.worker}).decode(), flush=True)
        await stop.wait()


class NoModels:
    available = False
    prices = "exact"

    async def reply(self, request: ModelRequest) -> ModelReply:
        raise AssertionError(f"no handler here asks a model, and {request.agent} did")


async def _tools(database: Database, clock: SystemClock, turn: TurnInput) -> TurnTools:
    return TurnTools(models=NoModels(), reader=TenantReader(database, turn.tenant.tenant_id), clock=clock)


async def _no_media(account: AccountId, ref: str) -> bytes:
    raise AssertionError(f"{account} was asked for {ref}")


async def _no_trouble(account: AccountId, text: str) -> None:
    raise AssertionError(f"{account}: {text}")


async def _well() -> str:
    return ""


def main() -> None:
    structlog.configure(
        processors=[
            structlog.processors.TimeStamper(fmt="iso"),
            structlog.processors.add_log_level,
            structlog.processors.format_exc_info,
            structlog.processors.JSONRenderer(),
        ],
        logger_factory=structlog.PrintLoggerFactory(sys.stderr),
    )
    fuse = Fuse(os.environ.get("STEWARD_CRASH_AT", ""))
    fuse.install()
    with asyncio.Runner(loop_factory=uvloop.new_event_loop) as runner:
        runner.run(work(fuse))


if __name__ == "__main__":
    main()
