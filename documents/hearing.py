"""Speech to text with faster-whisper. Runs in a worker process."""

import math
import os
from functools import lru_cache
from io import BytesIO
from pathlib import Path
from typing import Any

import av
import httpx
import numpy as np
from av.error import FFmpegError
from faster_whisper import WhisperModel, available_models, download_model
from faster_whisper.transcribe import Segment
from numpy.typing import NDArray

from core.errors import Misconfigured, Rejected

SAMPLE_RATE = 16_000
# Whisper's first choice on a note of a few words is often a related language; the conversation's own language is
# believed unless another one is this many times as likely.
HINT_WEIGHT = 5.0

# The container is named to FFmpeg by its first bytes: left to guess, it would also take playlists, which make it open
# other files and addresses.
_CONTAINERS = (
    (0, b"OggS", "ogg"), (0, b"RIFF", "wav"), (0, b"fLaC", "flac"), (0, b"#!AMR", "amr"), (0, b"ID3", "mp3"),
    (0, b"\x1aE\xdf\xa3", "matroska"), (4, b"ftyp", "mov"), (0, b"\xff\xf1", "aac"), (0, b"\xff\xf9", "aac"),
    (0, b"\xff\xfb", "mp3"), (0, b"\xff\xf3", "mp3"), (0, b"\xff\xf2", "mp3"),
)  # fmt: skip
_download: Any = download_model
_NO_AUDIO = "I cannot play this recording. Please send it again as a voice note, or type your message."


def transcribe(
    data: bytes, *, model: str, language_hint: str | None, max_seconds: float, skip_silence: bool
) -> dict[str, object]:
    """Raises Rejected (no audio, longer than `max_seconds`), Misconfigured (the model does not load)."""
    whisper = _load(model)
    sound = decode(data, max_seconds=max_seconds)
    seconds = len(sound) / SAMPLE_RATE
    answer: dict[str, object] = {"text": "", "language": None, "seconds": seconds, "confidence": 0.0}
    if not sound.any():
        return answer
    language = _choose_language(whisper, sound, language_hint)
    segments, info = whisper.transcribe(
        sound,
        language=language,
        vad_filter=skip_silence,
        # One retry with more chance, not five: a note that needs more is not worth a minute of CPU.
        temperature=(0.0, 0.4),
        # A loop in one half minute must not carry over to the next.
        condition_on_previous_text=False,
    )
    heard: list[Segment] = list(segments)
    tokens = sum(len(segment.tokens) for segment in heard)
    if tokens:
        mean = sum(segment.avg_logprob * len(segment.tokens) for segment in heard) / tokens
        answer |= {"language": info.language, "confidence": min(1.0, math.exp(mean))}
    return answer | {"text": " ".join(segment.text.strip() for segment in heard).strip()}


def decode(data: bytes, *, max_seconds: float) -> NDArray[np.float32]:
    """Mono samples at SAMPLE_RATE, -1 to 1. Raises Rejected."""
    kind = next((name for offset, mark, name in _CONTAINERS if data.startswith(mark, offset)), None)
    if kind is None:
        raise Rejected(_NO_AUDIO)
    resampler = av.AudioResampler(format="s16", layout="mono", rate=SAMPLE_RATE)
    parts: list[NDArray[np.int16]] = []
    samples = 0
    try:
        with av.open(BytesIO(data), format=kind) as container:
            if not container.streams.audio:
                raise Rejected(_NO_AUDIO)
            for frame in _frames(container):
                for piece in resampler.resample(frame):
                    parts.append(piece.to_ndarray().reshape(-1).astype(np.int16, copy=False))
                    samples += len(parts[-1])
                if samples > max_seconds * SAMPLE_RATE:
                    raise Rejected(
                        f"This recording is longer than {max_seconds / 60:.0f} minutes. Please send a shorter one."
                    )
    except (FFmpegError, ValueError) as error:
        if not parts:
            raise Rejected(_NO_AUDIO) from error
    if not parts:
        raise Rejected(_NO_AUDIO)
    return np.concatenate(parts).astype(np.float32) / 32768.0


def _frames(container: Any) -> Any:
    yield from container.decode(audio=0)
    # The resampler holds back the last samples until it is told that there are no more.
    yield None


def _choose_language(whisper: Any, sound: NDArray[np.float32], hint: str | None) -> str | None:
    """The hint weighs in, it does not decide: people send notes in another language than they type."""
    if hint is None or hint not in whisper.supported_languages:
        return None
    if not whisper.model.is_multilingual:
        return hint
    language, probability, ranking = whisper.detect_language(sound)
    likely = dict(ranking or [(language, probability)])
    return hint if likely.get(hint, 0.0) * HINT_WEIGHT >= probability else language


@lru_cache(maxsize=1)
def _load(model: str) -> Any:
    """A WhisperModel; Any, because faster-whisper is typed in part."""
    try:
        return WhisperModel(model, device="cpu", compute_type="int8", cpu_threads=int(os.environ["OMP_NUM_THREADS"]))
    except (RuntimeError, ValueError, OSError, MemoryError) as error:
        raise Misconfigured(
            f"The speech model in {model} does not load ({type(error).__name__}). "
            "Delete that folder to fetch it again, or set another model."
        ) from error


def fetch(_: bytes, *, model: str, folder: str) -> str:
    """Gets a model from the hub and returns its folder. Raises Misconfigured."""
    if "/" not in model and model not in available_models():
        raise Misconfigured(f"There is no speech model called {model!r}. Use one of: {', '.join(available_models())}.")
    try:
        path = Path(str(_download(model, cache_dir=folder)))
    except (OSError, ValueError, RuntimeError, httpx.HTTPError) as error:
        raise Misconfigured(
            f"The speech model {model!r} could not be fetched ({type(error).__name__}). Let this machine reach the "
            "model hub, or copy the model's files (model.bin, config.json, tokenizer.json, vocabulary) from another "
            f"machine to {folder}/{model}."
        ) from error
    # The same place where a person would copy it to.
    link = Path(folder, model)
    link.parent.mkdir(parents=True, exist_ok=True)
    link.unlink(missing_ok=True)
    link.symlink_to(path.resolve(), target_is_directory=True)
    return str(link)
