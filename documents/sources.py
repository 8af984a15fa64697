"""What a business teaches its agents, as Markdown: any file it may send.

Cheap to import: the work is done in workers.
"""

import codecs
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import timedelta
from typing import Literal

from pydantic import BaseModel, ConfigDict, Field, JsonValue

from documents.formats import decode, sniff
from documents.reading import MAX_BYTES, MOST_CHARACTERS, OcrReader
from documents.scripts import base
from documents.unreadable import Unreadable
from documents.workers import Job, WorkerPool

MOST_PAGES = 60
Kind = Literal["pdf", "image", "docx", "xlsx", "csv", "html", "text"]

_TIME_LIMIT = timedelta(seconds=60)
_OVERRUN = "Reading this file took too long. Please send a smaller one."
_PROGRAMS = (
    b"MZ", b"\x7fELF", b"\xfe\xed\xfa\xce", b"\xfe\xed\xfa\xcf", b"\xce\xfa\xed\xfe", b"\xcf\xfa\xed\xfe",
    b"\xca\xfe\xba\xbe", b"#!", b"L\x00\x00\x00\x01\x14\x02\x00", b"\x00asm",
)  # fmt: skip
_ARCHIVES = (b"Rar!\x1a\x07", b"7z\xbc\xaf\x27\x1c", b"\x1f\x8b", b"BZh", b"\xfd7zXZ\x00", b"\x28\xb5\x2f\xfd")
_OLE = b"\xd0\xcf\x11\xe0\xa1\xb1\x1a\xe1"
_ENCRYPTED = "EncryptedPackage".encode("utf-16-le")
_PAGE_STARTS = (b"<!doctype html", b"<html", b"<head", b"<body")
_TABLES = (".csv", ".tsv", ".tab")
_CYRILLIC = frozenset({"be", "bg", "mk", "ru", "sr", "uk"})


@dataclass(frozen=True, slots=True, kw_only=True)
class SourceText:
    markdown: str
    kind: Kind
    title: str = ""
    links: tuple[str, ...] = ()
    """Of a web page: absolute addresses that may be followed."""
    pages: int = 1
    truncated: bool = False


class _Told(BaseModel):
    """What the worker process says; it has just opened a stranger's file, so it is checked."""

    model_config = ConfigDict(extra="forbid", strict=True)

    kind: Literal["docx", "xlsx", "csv", "html", "text"]
    markdown: str = Field(max_length=MOST_CHARACTERS)
    title: str = Field(max_length=200)
    links: list[str] = Field(max_length=300)
    truncated: bool


class SourceReader:
    """`languages` are the tenant's, as BCP 47, the main one first. Holds nothing but the shared pool."""

    def __init__(self, pool: WorkerPool, *, languages: Sequence[str] = ()) -> None:
        self._pool = pool
        self._cyrillic = any(base(language) in _CYRILLIC for language in languages)
        self._pages = OcrReader(pool, languages=languages, max_pages=MOST_PAGES, max_characters=MOST_CHARACTERS)

    async def read(
        self, data: bytes, *, mime: str = "", name: str = "", url: str = "", encoding: str | None = None
    ) -> SourceText:
        """What the bytes are decides, not the name. `url` is where a page's links start from, `encoding` what its
        server says. Raises Unreadable, Transient."""
        if len(data) > MAX_BYTES:
            raise Unreadable(
                f"This file is larger than {MAX_BYTES // 1024**2} MB. Please send a smaller one.", "too_large"
            )
        kind = _look(data, mime=mime, name=name)
        match kind:
            case "pdf" | "image":
                read = await self._pages.read(data, mime=mime, name=name)
                source = SourceText(markdown=read.text, kind=kind, pages=read.pages, truncated=read.truncated)
            case "package":
                source = await self._convert("read_package", data)
            case "html":
                source = await self._convert("read_page", data, url=url, encoding=_known(encoding))
            case "csv":
                source = await self._convert("read_table", data, cyrillic=self._cyrillic)
            case "text":
                text = decode(data[: MOST_CHARACTERS * 4], cyrillic=self._cyrillic).replace("\x00", "")
                cut = len(data) > MOST_CHARACTERS * 4 or len(text) > MOST_CHARACTERS
                source = SourceText(markdown=text[:MOST_CHARACTERS], kind="text", truncated=cut)
        if not any(char.isalnum() for char in source.markdown):
            raise Unreadable("I found no text in this file. Please send another one.", "no_text")
        return source

    async def _convert(self, function: str, data: bytes, **options: JsonValue) -> SourceText:
        answer = await self._pool.run(
            Job(
                target=f"documents.office_files.{function}", data=data, time_limit=_TIME_LIMIT, overrun=_OVERRUN,
                options={**options, "max_characters": MOST_CHARACTERS},
            )
        )  # fmt: skip
        told = _Told.model_validate(answer)
        return SourceText(
            markdown=told.markdown, kind=told.kind, title=told.title, links=tuple(told.links), truncated=told.truncated
        )


def _look(data: bytes, *, mime: str, name: str) -> Literal["pdf", "image", "package", "html", "csv", "text"]:
    """Raises Unreadable for what is not taken, whatever it is called."""
    start = data[:1024].lstrip(codecs.BOM_UTF8 + b" \t\r\n").lower()
    declared = mime.split(";")[0].strip().lower()
    if data.startswith(_PROGRAMS):
        raise Unreadable("This is a program, not a document. I did not open it.", "program")
    if data.startswith(_ARCHIVES):
        raise Unreadable("This is an archive. Please send the files in it one by one.", "archive")
    if data.startswith(_OLE):
        if _ENCRYPTED in data:
            raise Unreadable("This document is protected by a password. Please send it without one.", "password")
        raise Unreadable("This is an old Word or Excel file. Please save it as .docx, .xlsx or PDF.", "old_office")
    if data.startswith(b"{\\rtf"):
        raise Unreadable("I cannot open RTF files. Please save it as .docx or PDF.", "other_office")
    if data.startswith((b"PK\x03\x04", b"PK\x05\x06")):
        if declared.endswith("/pdf") or name.lower().endswith(".pdf"):
            raise Unreadable("This file is not a real PDF. Please export it as a PDF again.", "not_pdf")
        return "package"
    if start.startswith(_PAGE_STARTS):
        return "html"
    kind = sniff(data, mime=mime, name=name)
    if kind != "text":
        return kind
    if declared in ("text/html", "application/xhtml+xml"):
        return "html"
    return "csv" if name.lower().endswith(_TABLES) or declared in ("text/csv", "text/tab-separated-values") else "text"


def _known(encoding: str | None) -> str | None:
    try:
        return codecs.lookup(encoding).name if encoding else None
    except LookupError:
        return None
