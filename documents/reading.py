"""Documents people send, as text: `core.media.DocumentReader`. Cheap to import: the work is done in workers."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import timedelta
from typing import Literal

from pydantic import BaseModel, ConfigDict, Field

from core.media import DocumentText
from documents.formats import decode, sniff
from documents.scripts import PACKS, base, lost_languages
from documents.tesseract import installed_packs
from documents.unreadable import Unreadable
from documents.workers import Job, WorkerPool

MAX_BYTES = 20 * 1024 * 1024
MAX_PAGES = 20
MAX_CHARACTERS = 100_000
MOST_CHARACTERS = 300_000
"""Whatever a reader is made for."""
# After the first it starts no new page and returns what it has; after the second the process is killed.
READING_TIME = timedelta(seconds=60)
TIME_LIMIT = timedelta(seconds=120)


class _Read(BaseModel):
    """What the worker process says; it has just opened a stranger's file, so it is checked."""

    model_config = ConfigDict(extra="forbid", strict=True)

    text: str = Field(max_length=MOST_CHARACTERS)
    pages: int = Field(ge=1)
    source: Literal["text", "ocr"]
    confidence: float = Field(ge=0, le=1)
    truncated: bool


class OcrReader:
    """Reads PDFs, pictures and plain text. `languages` are the tenant's, as BCP 47 (`de`, `pt-BR`), the main one first.

    Holds nothing but the shared pool: make one for each set of languages.
    """

    def __init__(
        self,
        pool: WorkerPool,
        *,
        languages: Sequence[str] = (),
        max_pages: int = MAX_PAGES,
        max_characters: int = MAX_CHARACTERS,
    ) -> None:
        self._pool = pool
        self._languages = tuple(languages)
        self._max_pages = max_pages
        self._max_characters = min(max_characters, MOST_CHARACTERS)

    async def read(self, data: bytes, *, mime: str, name: str) -> DocumentText:
        """`mime` and `name` are what the sender says. Raises Rejected with a text for the customer, Transient."""
        if len(data) > MAX_BYTES:
            raise Unreadable(
                f"This file is larger than {MAX_BYTES // 1024**2} MB. Please send a smaller one.", "too_large"
            )
        kind = sniff(data, mime=mime, name=name)
        if kind == "text":
            return self._read_text(data)
        answer = await self._pool.run(
            Job(
                target="documents.extraction.read",
                data=data,
                options={
                    "kind": kind,
                    "languages": list(self._languages),
                    "max_pages": self._max_pages,
                    "max_characters": self._max_characters,
                    "seconds": READING_TIME.total_seconds(),
                },
                time_limit=TIME_LIMIT,
                overrun="Reading this file took too long. Please send fewer pages, or a smaller picture.",
            )
        )
        read = _Read.model_validate(answer)
        if not read.text.strip():
            raise Unreadable(
                "I found no text in this file. If it is a photo, please take it again closer and in good light.",
                "no_text",
            )
        return DocumentText(**read.model_dump())

    def _read_text(self, data: bytes) -> DocumentText:
        cyrillic = any(base(language) in {"be", "bg", "mk", "ru", "sr", "uk"} for language in self._languages)
        most = self._max_characters
        text = decode(data[: most * 4], cyrillic=cyrillic)
        return DocumentText(
            text=text[:most],
            pages=1,
            source="text",
            confidence=1.0,
            truncated=len(data) > most * 4 or len(text) > most,
        )

    async def aclose(self) -> None:
        """Nothing of its own to close; the pool belongs to whoever made it."""


@dataclass(frozen=True, slots=True, kw_only=True)
class LanguageSupport:
    language: str
    engine: Literal["rapidocr", "tesseract"] | None
    """None: pages in this language lose letters until `missing_pack` is installed."""
    missing_pack: str | None


def available_languages(languages: Sequence[str]) -> list[LanguageSupport]:
    """Which engine reads each language on this machine, for `doctor`. Runs `tesseract --list-langs` once."""
    return [_support(language) for language in languages]


def _support(language: str) -> LanguageSupport:
    if not lost_languages((language,)):
        return LanguageSupport(language=language, engine="rapidocr", missing_pack=None)
    pack = PACKS[base(language)]
    if pack in installed_packs():
        return LanguageSupport(language=language, engine="tesseract", missing_pack=None)
    return LanguageSupport(language=language, engine=None, missing_pack=pack)
