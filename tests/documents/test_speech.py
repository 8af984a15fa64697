"""Voice notes through the real library: a model with random weights, real Ogg/Opus, real worker processes."""

import asyncio
import shutil
import socket
from collections.abc import AsyncIterator
from datetime import UTC, datetime, timedelta
from io import BytesIO
from pathlib import Path

import av
import numpy as np
import pytest
from faster_whisper.tokenizer import _LANGUAGE_CODES

from core.errors import Misconfigured, Rejected, Transient
from core.media import Transcriber
from documents import hearing
from documents.speech import FETCH_AGAIN, MAX_BYTES, WhisperTranscriber, model_status
from documents.workers import WorkerPool
from tests.documents import sounds
from tests.documents.hub import serve_hub
from tests.documents.tiny_whisper import build_model


class SetClock:
    def __init__(self) -> None:
        self.seconds = 0.0

    def now(self) -> datetime:
        return datetime.fromtimestamp(self.seconds, UTC)

    def monotonic(self) -> float:
        return self.seconds


@pytest.fixture(scope="module")
def model(tmp_path_factory: pytest.TempPathFactory) -> Path:
    folder = build_model(tmp_path_factory.mktemp("models") / "tiny")
    assert (folder / "model.bin").stat().st_size < 1_000_000
    return folder


@pytest.fixture(scope="module")
async def pool() -> AsyncIterator[WorkerPool]:
    pool = WorkerPool(1)
    yield pool
    await pool.aclose()


@pytest.fixture
def transcriber(pool: WorkerPool, model: Path, tmp_path: Path) -> Transcriber:
    return WhisperTranscriber(pool, str(model), tmp_path)


def closed_address() -> str:
    with socket.socket() as listener:
        listener.bind(("127.0.0.1", 0))
        return f"http://127.0.0.1:{listener.getsockname()[1]}"


async def test_speech_is_heard(transcriber: Transcriber):
    wav = sounds.speech("Good morning, I would like to order twelve rye breads for Saturday.")
    if wav is None:
        pytest.skip("espeak-ng is not installed; the tone below takes the same path")
    samples = sounds.samples_of(wav)
    heard = await transcriber.transcribe(sounds.opus(samples), language_hint="en")
    assert heard.text
    assert heard.language in _LANGUAGE_CODES
    assert 0 < heard.confidence < 1
    assert abs(heard.duration.total_seconds() - len(samples) / sounds.RATE) < 0.1


async def test_a_tone_takes_the_whole_path_where_silence_is_kept(pool: WorkerPool, model: Path, tmp_path: Path):
    transcriber = WhisperTranscriber(pool, str(model), tmp_path, skip_silence=False)
    heard = await transcriber.transcribe(sounds.opus(sounds.tone(2)), language_hint=None)
    assert heard.text
    assert heard.language in _LANGUAGE_CODES
    assert abs(heard.duration.total_seconds() - 2) < 0.1


@pytest.mark.parametrize("samples", [np.zeros(96_000, np.int16), sounds.tone(2, loudness=0.001)])
async def test_silence_is_the_empty_text(transcriber: Transcriber, samples: np.ndarray):
    heard = await transcriber.transcribe(sounds.opus(samples), language_hint="de")
    assert (heard.text, heard.language, heard.confidence) == ("", None, 0.0)
    assert abs(heard.duration.total_seconds() - 2) < 0.1


@pytest.mark.parametrize("hint", ["de-AT", "xx", None])
async def test_any_hint_is_taken(pool: WorkerPool, model: Path, tmp_path: Path, hint: str | None):
    transcriber = WhisperTranscriber(pool, str(model), tmp_path, skip_silence=False)
    heard = await transcriber.transcribe(sounds.opus(sounds.tone(1)), language_hint=hint)
    assert heard.language in _LANGUAGE_CODES


async def test_a_hint_wins_unless_another_language_is_far_likelier(model: Path, monkeypatch: pytest.MonkeyPatch):
    monkeypatch.setenv("OMP_NUM_THREADS", "1")
    whisper, sound = hearing._load(str(model)), hearing.decode(sounds.opus(sounds.tone(2)), max_seconds=60)
    _, best, ranking = whisper.detect_language(sound)
    near = [code for code, share in ranking if share * hearing.HINT_WEIGHT > best * 1.01]
    far = [code for code, share in ranking if share * hearing.HINT_WEIGHT < best * 0.99]
    assert near
    assert far
    assert hearing._choose_language(whisper, sound, near[-1]) == near[-1]
    assert hearing._choose_language(whisper, sound, far[-1]) == ranking[0][0]


async def test_a_cut_off_recording_is_heard_as_far_as_it_goes(transcriber: Transcriber):
    note = sounds.opus(sounds.tone(4))
    heard = await transcriber.transcribe(note[: len(note) // 2], language_hint=None)
    assert timedelta(seconds=0.5) < heard.duration < timedelta(seconds=4)


def video_without_sound() -> bytes:
    out = BytesIO()
    with av.open(out, "w", format="matroska") as container:
        stream = container.add_stream("mpeg4", rate=5, width=64, height=64)
        stream.pix_fmt = "yuv420p"
        container.mux(stream.encode(av.VideoFrame(64, 64, "yuv420p")))
        container.mux(stream.encode(None))
    return out.getvalue()


@pytest.mark.parametrize(
    ("audio", "says"),
    [
        (b"", "empty"),
        (b"no sound at all", "cannot play"),
        (b"OggS" + b"\x00" * 300, "cannot play"),
        (b"#EXTM3U\n#EXTINF:1,\nhttp://127.0.0.1:1/a.ts\n", "cannot play"),
        (b"ffconcat version 1.0\nfile /etc/hostname\n", "cannot play"),
        (video_without_sound(), "cannot play"),
        (b"OggS" + bytes(MAX_BYTES), "16 MB"),
    ],
)
async def test_what_cannot_be_heard_is_refused_with_what_to_do(transcriber: Transcriber, audio: bytes, says: str):
    with pytest.raises(Rejected, match=says):
        await transcriber.transcribe(audio, language_hint=None)


async def test_ten_minutes_are_enough(transcriber: Transcriber):
    note = sounds.opus(np.zeros(sounds.RATE * 601, np.int16))
    with pytest.raises(Rejected, match="10 minutes"):
        await transcriber.transcribe(note, language_hint=None)


async def test_without_a_hub_it_says_how_to_get_the_model_and_remembers(
    pool: WorkerPool, model: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
):
    monkeypatch.setenv("HF_ENDPOINT", closed_address())
    clock = SetClock()
    transcriber = WhisperTranscriber(pool, "base", tmp_path, clock=clock)
    note = sounds.opus(sounds.tone(1))
    with pytest.raises(Misconfigured, match=str(tmp_path / "base")):
        await transcriber.transcribe(note, language_hint=None)

    requests: list[str] = []
    async with serve_hub(model, requests=requests) as address:
        monkeypatch.setenv("HF_ENDPOINT", address)
        with pytest.raises(Misconfigured):
            await transcriber.transcribe(note, language_hint=None)
        assert requests == []
        clock.seconds = FETCH_AGAIN.total_seconds() + 1
        heard = await transcriber.transcribe(note, language_hint=None)
    assert requests
    assert heard.duration > timedelta(0)
    assert model_status("base", tmp_path).folder is not None


async def test_a_model_copied_by_hand_counts_at_once(
    pool: WorkerPool, model: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
):
    monkeypatch.setenv("HF_ENDPOINT", closed_address())
    transcriber = WhisperTranscriber(pool, "base", tmp_path)
    assert model_status("base", tmp_path).folder is None
    with pytest.raises(Misconfigured):
        await transcriber.transcribe(b"OggS", language_hint=None)
    shutil.copytree(model, tmp_path / "base")
    status = model_status("base", tmp_path)
    assert status.folder == tmp_path / "base"
    assert status.size_bytes > 100_000
    await transcriber.transcribe(sounds.opus(sounds.tone(1)), language_hint=None)


async def test_notes_that_arrive_together_share_one_fetch(
    pool: WorkerPool, model: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
):
    requests: list[str] = []
    async with serve_hub(model, requests=requests) as address:
        monkeypatch.setenv("HF_ENDPOINT", address)
        transcriber = WhisperTranscriber(pool, "tiny", tmp_path)
        note = sounds.opus(sounds.tone(1))
        await asyncio.gather(*(transcriber.transcribe(note, language_hint=None) for _ in range(4)))
    assert sum(path.endswith("model.bin") for path in requests) <= 2  # one HEAD, one GET


@pytest.mark.parametrize(("name", "says"), [("huge", "no speech model called"), ("/nowhere/at/all", "model.bin")])
async def test_a_wrong_setting_is_named(pool: WorkerPool, tmp_path: Path, name: str, says: str):
    with pytest.raises(Misconfigured, match=says):
        await WhisperTranscriber(pool, name, tmp_path).transcribe(b"OggS", language_hint=None)


async def test_a_damaged_model_is_named(pool: WorkerPool, tmp_path: Path):
    (tmp_path / "base").mkdir()
    (tmp_path / "base" / "model.bin").write_bytes(b"not a model")
    with pytest.raises(Misconfigured, match="does not load"):
        await WhisperTranscriber(pool, "base", tmp_path).transcribe(sounds.opus(sounds.tone(1)), language_hint=None)


async def test_closing_stops_a_fetch_under_way(pool: WorkerPool, tmp_path: Path, monkeypatch: pytest.MonkeyPatch):
    asked = asyncio.Event()

    async def never_answer(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        asked.set()
        await reader.read()
        writer.close()

    server = await asyncio.start_server(never_answer, "127.0.0.1", 0)
    async with server:
        monkeypatch.setenv("HF_ENDPOINT", f"http://127.0.0.1:{server.sockets[0].getsockname()[1]}")
        transcriber = WhisperTranscriber(pool, "base", tmp_path)
        note = asyncio.create_task(transcriber.transcribe(b"OggS", language_hint=None))
        await asyncio.wait_for(asked.wait(), 30)
        await transcriber.aclose()
        with pytest.raises(Transient):
            await note
