"""Voice notes, as text: `core.media.Transcriber`. Cheap to import: the work is done in worker processes."""

import asyncio
from dataclasses import dataclass
from datetime import timedelta
from pathlib import Path

import structlog
from pydantic import BaseModel, ConfigDict, Field

from core.clock import Clock, SystemClock
from core.errors import Misconfigured, Rejected, StewardError, Transient
from core.media import Transcript
from documents.scripts import base
from documents.workers import Job, WorkerPool

log = structlog.get_logger(__name__)

MAX_BYTES = 16 * 1024 * 1024
MAX_DURATION = timedelta(minutes=10)
TIME_LIMIT = timedelta(minutes=8)
FETCH_LIMIT = timedelta(minutes=30)
# How long a note waits for a model that is on its way, and how long a failure to get one is believed.
FETCH_PATIENCE = timedelta(seconds=45)
FETCH_AGAIN = timedelta(minutes=5)


class _Heard(BaseModel):
    """What the worker process says; it has just opened a stranger's file, so it is checked."""

    model_config = ConfigDict(extra="forbid", strict=True)

    text: str
    language: str | None
    seconds: float = Field(ge=0)
    confidence: float = Field(ge=0, le=1)


class WhisperTranscriber:
    """`model` is a size (`base`), a hub id (`owner/name`) or a folder; what is fetched is kept in `models_dir`."""

    def __init__(
        self, pool: WorkerPool, model: str, models_dir: Path, *, skip_silence: bool = True, clock: Clock | None = None
    ) -> None:
        self._pool = pool
        self._model = model
        self._models_dir = models_dir
        self._skip_silence = skip_silence
        self._clock = clock or SystemClock()
        self._fetching: asyncio.Task[Path] | None = None
        self._failure: tuple[float, Misconfigured] | None = None

    async def transcribe(self, audio: bytes, *, language_hint: str | None) -> Transcript:
        """Silence gives the empty text. Raises Rejected, Misconfigured (how to get the model), Transient."""
        if not audio:
            raise Rejected("This recording is empty. Please send it again.")
        if len(audio) > MAX_BYTES:
            raise Rejected(f"This recording is larger than {MAX_BYTES // 1024**2} MB. Please send a shorter one.")
        folder = await self._have_model()
        answer = await self._pool.run(
            Job(
                target="documents.hearing.transcribe",
                data=audio,
                options={
                    "model": str(folder),
                    "language_hint": base(language_hint) if language_hint else None,
                    "max_seconds": MAX_DURATION.total_seconds(),
                    "skip_silence": self._skip_silence,
                },
                time_limit=TIME_LIMIT,
                overrun="Listening to this recording took too long. Please send a shorter one, or type your message.",
            )
        )
        heard = _Heard.model_validate(answer)
        return Transcript(
            text=heard.text,
            language=heard.language,
            duration=timedelta(seconds=heard.seconds),
            confidence=heard.confidence,
        )

    async def _have_model(self) -> Path:
        folder = _find(self._model, self._models_dir)
        if folder is not None:
            return folder
        if self._failure is not None and self._clock.monotonic() < self._failure[0]:
            raise Misconfigured(str(self._failure[1]))
        fetching = self._fetching
        if fetching is None:
            fetching = self._fetching = asyncio.get_running_loop().create_task(self._fetch())
            fetching.add_done_callback(self._end_fetch)
        done, _ = await asyncio.wait({fetching}, timeout=FETCH_PATIENCE.total_seconds())
        if not done or fetching.cancelled():
            raise Transient("The speech model is still being fetched.", retry_after=timedelta(seconds=30))
        return fetching.result()

    def _end_fetch(self, fetching: asyncio.Task[Path]) -> None:
        self._fetching = None
        # Looked at here too: by now nobody may be waiting for it.
        if not fetching.cancelled() and (failure := fetching.exception()):
            log.warning("speech_model_missing", model=self._model, error=type(failure).__name__)

    async def _fetch(self) -> Path:
        """In a process of its own: it can take minutes, and documents are still to be read meanwhile."""
        if Path(self._model).is_absolute():
            raise self._remember(Misconfigured(f"There is no speech model in {self._model}: model.bin is missing."))
        fetcher = WorkerPool(1, network=True)
        log.info("speech_model_fetching", model=self._model)
        try:
            folder = await fetcher.run(
                Job(
                    target="documents.hearing.fetch",
                    options={"model": self._model, "folder": str(self._models_dir.resolve())},
                    time_limit=FETCH_LIMIT,
                    overrun="Fetching the speech model took too long.",
                )
            )
            return Path(str(folder))
        except StewardError as error:
            raise self._remember(Misconfigured(str(error))) from error
        finally:
            await fetcher.aclose()

    def _remember(self, failure: Misconfigured) -> Misconfigured:
        self._failure = (self._clock.monotonic() + FETCH_AGAIN.total_seconds(), failure)
        return failure

    async def aclose(self) -> None:
        """Stops a fetch under way; the pool belongs to whoever made it."""
        if self._fetching is not None:
            self._fetching.cancel()
            await asyncio.wait({self._fetching})


@dataclass(frozen=True, slots=True, kw_only=True)
class ModelStatus:
    model: str
    folder: Path | None
    """None: not here yet, fetched at the first voice note."""
    size_bytes: int


def model_status(model: str, models_dir: Path) -> ModelStatus:
    """Whether the model is on this machine, for `doctor`. Looks at files only, never at the network."""
    folder = _find(model, models_dir)
    size = sum(path.stat().st_size for path in folder.iterdir() if path.is_file()) if folder else 0
    return ModelStatus(model=model, folder=folder, size_bytes=size)


def _find(model: str, models_dir: Path) -> Path | None:
    for folder in (Path(model), models_dir / model):
        if (folder / "model.bin").is_file():
            return folder.resolve()
    return None
