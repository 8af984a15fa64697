"""Speech to text, which OpenAI's and Groq's SDKs ask for alike.

Sources: https://platform.openai.com/docs/guides/speech-to-text, https://console.groq.com/docs/speech-to-text,
November 2026.
"""

import math
from collections.abc import Mapping
from datetime import timedelta
from functools import cache
from typing import Annotated, cast

from pydantic import BaseModel, ConfigDict, Field, JsonValue

from core.errors import Rejected
from core.media import Transcript
from routing.errors import BadReply
from routing.providers.failures import Vendor, translate_event

_Seconds = Annotated[float, Field(ge=0, le=1_000_000, allow_inf_nan=False)]
_LogProb = Annotated[float, Field(allow_inf_nan=False)]
_KINDS = {
    b"OggS": "ogg", b"RIFF": "wav", b"fLaC": "flac", b"ID3": "mp3", b"\xff\xfb": "mp3", b"\x1aE\xdf\xa3": "webm",
}  # fmt: skip
_ENDINGS = {"flac", "mp3", "mp4", "mpeg", "mpga", "m4a", "ogg", "wav", "webm"}


class _Wire(BaseModel):
    model_config = ConfigDict(strict=True, frozen=True)


class _Segment(_Wire):
    start: _Seconds = 0.0
    end: _Seconds = 0.0
    avg_logprob: _LogProb | None = None


class _Token(_Wire):
    logprob: _LogProb


class _Usage(_Wire):
    seconds: _Seconds | None = None


class _Transcription(_Wire):
    text: str | None = None
    language: str | None = None
    duration: _Seconds | None = None
    segments: list[_Segment] | None = None
    logprobs: list[_Token] | None = None
    usage: _Usage | None = None
    error: JsonValue = None


def make_options(model: str, language_hint: str | None) -> dict[str, JsonValue]:
    """Of the form fields those that depend on the model: only Whisper's verbose reply tells language and duration."""
    options: dict[str, JsonValue] = {"response_format": "verbose_json" if "whisper" in model else "json"}
    if "gpt-4o" in model and "diarize" not in model:
        options["include"] = ["logprobs"]
    if language_hint:
        options["language"] = language_hint
    return options


def make_file(audio: bytes, name: str) -> tuple[str, bytes]:
    """A name that says the kind of sound and nothing else. Raises Rejected where there is no sound at all."""
    if not audio:
        raise Rejected("There is no sound in the recording")
    ending = name.rpartition(".")[2].lower()
    known = next((kind for start, kind in _KINDS.items() if audio.startswith(start)), None)
    if known is None and audio[4:8] == b"ftyp":
        known = "m4a"
    # Telegram's voice is `.oga`, an Ogg that the vendors know under its other ending.
    return f"audio.{known or (ending if ending in _ENDINGS else 'ogg')}", audio


def read_transcription(body: bytes, model: str, vendor: Vendor) -> Transcript:
    """Confidence is 1, duration 0 and language None where the model does not tell them.

    Raises BadReply, Busy, Exhausted, ValidationError.
    """
    heard = _Transcription.model_validate_json(body)
    if heard.text is None:
        raise translate_event(heard.error, vendor, model, None) if heard.error else BadReply("There is no transcript")
    seconds = heard.duration if heard.duration is not None else heard.usage.seconds if heard.usage else None
    text = heard.text.replace("\0", "").strip()
    return Transcript(
        text=text,
        language=_code(heard.language),
        duration=timedelta(seconds=seconds or 0.0),
        confidence=_confidence(heard) if text else 0.0,
    )


def _confidence(heard: _Transcription) -> float:
    pairs = [(token.logprob, 1.0) for token in heard.logprobs or ()]
    for segment in heard.segments or ():
        if segment.avg_logprob is not None:
            pairs.append((segment.avg_logprob, max(segment.end - segment.start, 0.01)))
    weight = sum(length for _, length in pairs)
    mean = sum(value * length for value, length in pairs) / weight if weight else 0.0
    return math.exp(min(mean, 0.0))


def _code(language: str | None) -> str | None:
    """Whisper's services name languages in English; everything else here uses their codes."""
    if not language:
        return None
    if len(language) <= 3 and language.isascii() and language.isalpha():
        return language.lower()
    return _codes().get(language.lower())


@cache
def _codes() -> dict[str, str]:
    from babel import Locale

    languages = cast("Mapping[str, str]", Locale("en").languages)
    return {name.lower(): code for code, name in languages.items() if "_" not in code}
