"""Files people send, and what is read or heard in them."""

from dataclasses import dataclass
from datetime import timedelta
from typing import Literal, Protocol

MediaKind = Literal["photo", "document", "voice", "audio", "video", "sticker"]


@dataclass(frozen=True, slots=True, kw_only=True)
class Attachment:
    kind: MediaKind
    ref: str
    """What the channel needs to fetch the bytes: Telegram's file id, WhatsApp's media id."""
    name: str = ""
    mime: str = ""
    size_bytes: int | None = None
    duration_seconds: int | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class Transcript:
    text: str
    language: str | None
    duration: timedelta
    confidence: float
    """0 to 1: the exponential of the mean log probability."""


@dataclass(frozen=True, slots=True, kw_only=True)
class DocumentText:
    text: str
    pages: int
    source: Literal["text", "ocr"]
    confidence: float
    truncated: bool


class Transcriber(Protocol):
    async def transcribe(self, audio: bytes, *, language_hint: str | None) -> Transcript:
        """Raises Rejected (no audio, too long), Misconfigured (no model to be had), Transient."""
        ...


class DocumentReader(Protocol):
    async def read(self, data: bytes, *, mime: str, name: str) -> DocumentText:
        """Raises Rejected (broken, encrypted, too large) with a text a customer understands, Transient."""
        ...
