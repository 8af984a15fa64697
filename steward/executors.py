"""Who does which action: the names that declarations give, connected to what does them."""

from contextlib import AsyncExitStack

from connectors.fetching import Fetcher
from connectors.guarding import GuardedSession
from connectors.http_actions import CallHttp, UndoHttp
from connectors.http_calls import HttpCalls
from connectors.price_lists import CheckPrices, NotePrices
from core.actions import Executor
from core.clock import Clock
from core.recording import Recorder
from documents.reading import OcrReader
from documents.speech import WhisperTranscriber
from documents.workers import WorkerPool
from jobs.acting import CancelCase, OpenCase, SendMessage
from jobs.media import MediaFetcher, ReadDocument, TranscribeVoice
from jobs.profiles import RestoreProfile, UpdateProfile
from jobs.remembering import LearnFacts, Summarise
from jobs.sampling import CheckSample
from jobs.undoing import CancelOpened, TakeBack, Undoer
from steward.data import Data
from steward.models import Brain
from steward.settings import Settings
from tenants.directory import TenantDirectory


async def open_executors(
    stack: AsyncExitStack, settings: Settings, data: Data, fetcher: MediaFetcher, brain: Brain, clock: Clock
) -> dict[str, Executor]:
    """Those that need nothing of the engine."""
    pool = WorkerPool(size=1)
    stack.push_async_callback(pool.aclose)
    transcriber = WhisperTranscriber(pool, settings.whisper_model, settings.state / "models")
    stack.push_async_callback(transcriber.aclose)
    web = await stack.enter_async_context(Fetcher(allowed=settings.fetch_allowed))
    return {
        "transcribe": TranscribeVoice(fetcher, lambda call: brain.for_action(call, transcriber)),
        "read_document": ReadDocument(fetcher, lambda languages: OcrReader(pool, languages=languages)),
        "learn_facts": LearnFacts(brain.to_remember),
        "summarise": Summarise(data.database, brain.to_remember, clock),
        "check_sample": CheckSample(brain.to_remember),
        "check_price_list": CheckPrices(data.database, web),
        "note_prices": NotePrices(data.database),
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
    }
