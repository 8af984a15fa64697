"""Who does which action: the names that declarations give, connected to what does them."""

from collections.abc import Awaitable, Callable
from contextlib import AsyncExitStack

from agents.conversation import handle_conversation
from connectors.crawling import Crawler
from connectors.fetching import Fetcher
from connectors.guarding import GuardedSession
from connectors.http_actions import CallHttp, UndoHttp
from connectors.http_calls import HttpCalls
from connectors.price_lists import CheckPrices, NotePrices
from connectors.watch_desk import AddWatch, ChangeWatch, TryWatch
from core.actions import Executor
from core.clock import Clock
from core.recording import Recorder
from core.turns import TurnInput, TurnTools
from db.cache import forget_tenant
from db.engine.link import Link
from documents.reading import OcrReader
from documents.sources import SourceReader
from documents.speech import WhisperTranscriber
from documents.workers import WorkerPool
from jobs.acting import CancelCase, OpenCase, SendMessage
from jobs.businesses import OpenBusiness
from jobs.drawing import DrawChart
from jobs.knowledge import AddKnowledge, RefreshKnowledge, RemoveKnowledge
from jobs.media import MediaFetcher, ReadDocument, TranscribeVoice
from jobs.operating import AllowReading, DeleteTenant, SuspendTenant
from jobs.pieces import Sources
from jobs.profiles import RestoreProfile, UpdateProfile
from jobs.rehearsal import Rehearse
from jobs.remembering import LearnFacts, Summarise
from jobs.sampling import CheckSample
from jobs.undoing import CancelOpened, TakeBack, Undoer
from memory.recall import Memory
from steward.data import Data
from steward.models import Brain
from steward.settings import Settings
from tenants.directory import TenantDirectory


async def open_executors(
    stack: AsyncExitStack,
    settings: Settings,
    data: Data,
    fetcher: MediaFetcher,
    directory: TenantDirectory,
    brain: Brain,
    clock: Clock,
    *,
    sandbox: bool,
) -> dict[str, Executor]:
    """Those that need nothing of the engine."""
    pool = WorkerPool(size=1)
    stack.push_async_callback(pool.aclose)
    transcriber = WhisperTranscriber(pool, settings.whisper_model, settings.state / "models")
    stack.push_async_callback(transcriber.aclose)
    web = await stack.enter_async_context(Fetcher(allowed=settings.fetch_allowed))
    # Members of any business write these addresses: what the operator allows for its folders is not open to them.
    typed_allowed = settings.fetch_allowed if sandbox else ()
    typed = await stack.enter_async_context(Fetcher(allowed=typed_allowed))
    pages = Crawler(await stack.enter_async_context(GuardedSession(allowed=typed_allowed)))
    sources = Sources(
        fetch=fetcher.fetch_received, reader=lambda languages: SourceReader(pool, languages=languages),
        crawl=pages.crawl, profile=directory.profile,
    )  # fmt: skip
    artist = WorkerPool(size=1)  # of its own: a chart must not wait for somebody's hundred pages
    stack.push_async_callback(artist.aclose)
    return {
        "draw_chart": DrawChart(data.database, directory.profile, artist, settings.state / "fonts", clock),
        "add_knowledge": AddKnowledge(data.database, sources, clock, directory.forget),
        "remove_knowledge": RemoveKnowledge(data.database, directory.forget),
        "refresh_knowledge": RefreshKnowledge(data.database, sources, clock, directory.forget),
        "transcribe": TranscribeVoice(fetcher, lambda call: brain.for_action(call, transcriber)),
        "read_document": ReadDocument(fetcher, lambda languages: OcrReader(pool, languages=languages)),
        "learn_facts": LearnFacts(brain.to_remember),
        "summarise": Summarise(data.database, brain.to_remember, clock),
        "check_sample": CheckSample(brain.to_remember),
        "check_price_list": CheckPrices(data.database, web),
        "note_prices": NotePrices(data.database),
        "test_watch": TryWatch(data.database, web, typed),
        "add_watch": AddWatch(data.database),
        "change_watch": ChangeWatch(data.database),
        "update_profile": UpdateProfile(data.database, clock),
    }


async def acting_executors(
    stack: AsyncExitStack, settings: Settings, data: Data, directory: TenantDirectory, recorder: Recorder, clock: Clock
) -> dict[str, Executor]:
    """Those that record events, or reach a tenant's own systems."""
    database = data.database
    session = await stack.enter_async_context(GuardedSession(allowed=settings.fetch_allowed))
    calls = HttpCalls(database, data.vault, session, clock=clock)
    undoers: dict[str, Undoer] = {
        "http": UndoHttp(calls, directory.profile),
        "open_case": CancelOpened(database, recorder),
        "update_profile": RestoreProfile(database, clock),
    }
    return {
        "open_case": OpenCase(database, recorder, clock),
        "cancel_case": CancelCase(database, recorder),
        "send_message": SendMessage(database, recorder),
        "http": CallHttp(calls, directory.profile),
        "take_back": TakeBack(database, undoers),
        **await _operating_executors(stack, data, directory, recorder),
    }


async def _operating_executors(
    stack: AsyncExitStack, data: Data, directory: TenantDirectory, recorder: Recorder
) -> dict[str, Executor]:
    """The operator's."""
    link = await stack.enter_async_context(Link(data.engine_url, "erasing"))
    return {
        "suspend_tenant": SuspendTenant(data.database, recorder, directory.forget),
        "delete_tenant": DeleteTenant(
            data.database, link, directory.forget, lambda tenant: forget_tenant(data.redis, tenant)
        ),
        "read_conversations": AllowReading(data.database, recorder),
    }


def opening_executors(
    settings: Settings,
    data: Data,
    link: Link,
    directory: TenantDirectory,
    recorder: Recorder,
    memory: Memory,
    tools: Callable[[TurnInput], Awaitable[TurnTools]],
    clock: Clock,
) -> dict[str, Executor]:
    """Those behind `/new`. `tools` are a customer's turn's."""
    rehearse = Rehearse(directory=directory, memory=memory, tools=tools, handler=handle_conversation, clock=clock)
    return {
        "open_business": OpenBusiness(
            data.database, link, recorder, directory.account, sign_up=settings.signup,
            starter=settings.starter_budget, ceiling=settings.highest_budget, a_day=settings.new_businesses_a_day,
        ),
        "rehearse": rehearse,
        "suggest_reply": rehearse,
    }  # fmt: skip
