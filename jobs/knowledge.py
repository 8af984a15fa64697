"""Executors that take in, forget and refresh what the business's agents answer from.

What is read is data: it is cut into passages and stored, and nothing in it is obeyed. Whatever goes wrong comes back as
a code, for the desk to say in its owner's language.
"""

import asyncio
from collections.abc import Awaitable, Callable, Sequence
from dataclasses import dataclass, replace
from datetime import timedelta
from hashlib import sha256
from typing import Protocol

import orjson
from pydantic import JsonValue

from agents.actions.desks.knowledge import AddArguments, RefreshArguments, RemoveArguments
from core.actions import ActionCall
from core.clock import Clock
from core.errors import Rejected
from core.ids import AccountId, ApprovalId, TenantId
from core.turns import Passage, TenantProfile
from db.database import Database, Transaction
from db.desk import find_seat
from db.knowledge import (
    LONGEST_NAME,
    NewFile,
    StoredFile,
    bump_knowledge,
    close_gaps,
    count_pieces,
    find_file,
    find_file_linked,
    find_file_named,
    find_written_file,
    note_checked,
    remove_file,
    write_file,
)
from documents.sources import SourceText
from documents.unreadable import Unreadable
from memory.passages import split_markdown

MOST_PIECES = 2_000
"""Of one business, in all its files together."""
REFRESH_EVERY = timedelta(days=1)
_TRIES = 100


class Unread(Rejected):
    """Nothing was learnt; the text is a code."""


class Reader(Protocol):
    async def read(
        self, data: bytes, *, mime: str = "", name: str = "", url: str = "", encoding: str | None = None
    ) -> SourceText: ...


class Pages(Protocol):
    @property
    def markdown(self) -> str: ...
    @property
    def pages(self) -> int: ...
    @property
    def truncated(self) -> bool: ...


ReadPage = Callable[[bytes, str, str, str | None], Awaitable[SourceText]]


@dataclass(frozen=True, slots=True, kw_only=True)
class Sources:
    """Where knowledge comes from."""

    fetch: Callable[[AccountId, str], Awaitable[bytes]]
    """What a channel holds. Raises Rejected when it is gone."""
    reader: Callable[[tuple[str, ...]], Reader]
    """For a business of these languages."""
    crawl: Callable[[str, ReadPage], Awaitable[Pages]]
    """Raises Rejected with a `reason`."""
    profile: Callable[[TenantId], Awaitable[TenantProfile]]


@dataclass(frozen=True, slots=True, kw_only=True)
class _Piece:
    """What was read, cut into passages whose sources lack the file's name in front."""

    passages: tuple[Passage, ...]
    digest: bytes
    pages: int = 1
    cut: bool = False


class AddKnowledge:
    def __init__(self, database: Database, sources: Sources, clock: Clock, changed: Callable[[TenantId], None]) -> None:
        """`changed` is told when a business's knowledge is another."""
        self._database = database
        self._sources = sources
        self._clock = clock
        self._changed = changed

    async def __call__(self, call: ActionCall) -> dict[str, JsonValue]:
        wanted = AddArguments.model_validate_json(_dump(call))
        quiet: dict[str, JsonValue] = {"quiet": True} if wanted.quiet else {}
        async with self._database.tenant(call.tenant_id, readonly=True) as tx:
            written = await find_written_file(tx, call.tenant_id, call.key)
        if written is not None:  # the try before was cut off after it had written
            return _told("added", written) | quiet
        try:
            piece = await self._read(call, wanted)
            async with self._database.tenant(call.tenant_id) as tx:
                result = await self._write(tx, call, wanted, piece)
        except Unread as error:
            return {"code": str(error), "name": wanted.name, "origin": wanted.origin}
        self._changed(call.tenant_id)
        return result | quiet

    async def _read(self, call: ActionCall, wanted: AddArguments) -> _Piece:
        match wanted.origin:
            case "text":
                return await _cut(wanted.text)
            case "taught":
                question = " ".join(wanted.question.replace("›", ">").split())
                passage = Passage(source=f" › {question}", text=wanted.text.strip(), score=0.0)
                return _Piece(passages=(passage,), digest=_digest(question, passage.text))
            case "file":
                return await read_file(self._sources, call, wanted)
            case "link":
                return await read_link(self._sources, call.tenant_id, wanted.url)

    async def _write(
        self, tx: Transaction, call: ActionCall, wanted: AddArguments, piece: _Piece
    ) -> dict[str, JsonValue]:
        tenant = call.tenant_id
        await bump_knowledge(tx, tenant)
        name, over = await _find_place(tx, tenant, wanted, piece.digest)
        if over is not None and over.content_hash == piece.digest and over.name == name:
            return _told("same", over)
        await _demand_room(tx, tenant, piece, over)
        seat = await find_seat(tx, tenant, call.stream_id)
        file = NewFile(
            name=name, origin=wanted.origin, content_hash=piece.digest, call_key=call.key, url=wanted.url,
            added_by=seat.member_id if seat else None,
            refresh_at=self._clock.now() + REFRESH_EVERY if wanted.origin == "link" else None,
        )  # fmt: skip
        passages = _named(piece, name)
        file_id = await write_file(tx, tenant, file, passages, over=over.file_id if over else None)
        await close_gaps(tx, tenant, [ApprovalId(each) for each in wanted.closes])
        return {
            "code": "added", "file_id": file_id, "name": name, "origin": wanted.origin, "pieces": len(passages),
            "replaced": over is not None, "cut": piece.cut, "pages": piece.pages,
        }  # fmt: skip


class RemoveKnowledge:
    def __init__(self, database: Database, changed: Callable[[TenantId], None]) -> None:
        self._database = database
        self._changed = changed

    async def __call__(self, call: ActionCall) -> dict[str, JsonValue]:
        wanted = RemoveArguments.model_validate_json(_dump(call))
        async with self._database.tenant(call.tenant_id) as tx:
            await bump_knowledge(tx, call.tenant_id)
            await remove_file(tx, call.tenant_id, wanted.file_id)
        self._changed(call.tenant_id)
        return {"code": "removed", "name": wanted.name}


class RefreshKnowledge:
    def __init__(self, database: Database, sources: Sources, clock: Clock, changed: Callable[[TenantId], None]) -> None:
        self._database = database
        self._sources = sources
        self._clock = clock
        self._changed = changed

    async def __call__(self, call: ActionCall) -> dict[str, JsonValue]:
        wanted = RefreshArguments.model_validate_json(_dump(call))
        tenant, quiet = call.tenant_id, {"quiet": wanted.quiet}
        async with self._database.tenant(tenant, readonly=True) as tx:
            file = await find_file(tx, tenant, wanted.file_id)
            written = await find_written_file(tx, tenant, call.key)
        if file is None or file.origin != "link":
            return {"code": "gone", "name": "", **quiet}
        if written is not None:
            return {**_told("changed", written), **quiet}
        try:
            piece = await read_link(self._sources, tenant, file.url)
            code = await self._write(call, file, piece)
        except Unread as error:
            await self._note(tenant, file, str(error))
            return {**_told(str(error), file), **quiet, "fresh_trouble": file.trouble != str(error)}
        if code == "same":
            await self._note(tenant, file, "")
        else:
            self._changed(tenant)
        return {**_told(code, file), **quiet, "pieces": len(piece.passages), "cut": piece.cut}

    async def _write(self, call: ActionCall, file: StoredFile, piece: _Piece) -> str:
        if piece.digest == file.content_hash:
            return "same"
        tenant = call.tenant_id
        async with self._database.tenant(tenant) as tx:
            await bump_knowledge(tx, tenant)
            if await find_file(tx, tenant, file.file_id) is None:
                raise Unread("gone")
            await _demand_room(tx, tenant, piece, file)
            new = NewFile(
                name=file.name, origin="link", content_hash=piece.digest, call_key=call.key, url=file.url,
                refresh_at=self._clock.now() + REFRESH_EVERY,
            )  # fmt: skip
            await write_file(tx, tenant, new, _named(piece, file.name), over=file.file_id)
        return "changed"

    async def _note(self, tenant: TenantId, file: StoredFile, trouble: str) -> None:
        async with self._database.tenant(tenant) as tx:
            await note_checked(tx, tenant, file.file_id, trouble, self._clock.now() + REFRESH_EVERY)


async def read_file(sources: Sources, call: ActionCall, wanted: AddArguments) -> _Piece:
    """Raises Unread, Transient."""
    try:
        data = await sources.fetch(call.account_id, wanted.ref)
    except Rejected:
        raise Unread("not_fetched") from None
    profile = await sources.profile(call.tenant_id)
    try:
        read = await sources.reader((profile.language,)).read(data, mime=wanted.mime, name=wanted.file_name)
    except Unreadable as error:
        raise Unread(error.reason) from None
    return await _cut(read.markdown, pages=read.pages, cut=read.truncated)


async def read_link(sources: Sources, tenant: TenantId, url: str) -> _Piece:
    """Raises Unread, Transient."""
    profile = await sources.profile(tenant)
    reader = sources.reader((profile.language,))

    async def read(body: bytes, mime: str, address: str, encoding: str | None) -> SourceText:
        name = address.split("?")[0].rpartition("/")[2]
        return await reader.read(body, mime=mime, name=name, url=address, encoding=encoding)

    try:
        found = await sources.crawl(url, read)
    except Rejected as error:  # of the link, or of what it leads to
        raise Unread(str(getattr(error, "reason", "link_unreachable"))) from None
    return await _cut(found.markdown, pages=found.pages, cut=found.truncated)


async def _cut(text: str, *, pages: int = 1, cut: bool = False) -> _Piece:
    """Raises Unread when nothing is left. In a thread: a long text takes a while."""
    passages = await asyncio.to_thread(split_markdown, text.replace("\x00", ""), "")
    if not passages:
        raise Unread("no_text")
    return _Piece(passages=passages, digest=_digest(*(f"{p.source}\n{p.text}" for p in passages)), pages=pages, cut=cut)


async def _find_place(
    tx: Transaction, tenant: TenantId, wanted: AddArguments, digest: bytes
) -> tuple[str, StoredFile | None]:
    """Under which name it goes, and what it takes the place of. Raises Unread."""
    if wanted.replaces is not None:
        over = await find_file(tx, tenant, wanted.replaces)
        if over is None:
            raise Unread("missing")
        return over.name, over
    if wanted.origin == "link" and (over := await find_file_linked(tx, tenant, wanted.url)) is not None:
        return over.name, over
    for number in range(1, _TRIES):
        name = wanted.name if number == 1 else f"{wanted.name} ({number})"
        over = await find_file_named(tx, tenant, name)
        if over is None:
            return name, None
        if over.content_hash == digest or _may_replace(wanted, over):
            return name, over
    raise Unread("missing")


def _may_replace(wanted: AddArguments, over: StoredFile) -> bool:
    """A file by its own name takes the place of the one before, and so does the answer to the same question."""
    if wanted.origin == "taught":
        return over.origin == "taught"
    return wanted.exact and over.origin in ("folder", wanted.origin)


async def _demand_room(tx: Transaction, tenant: TenantId, piece: _Piece, over: StoredFile | None) -> None:
    """Raises Unread."""
    held = await count_pieces(tx, tenant, besides=over.file_id if over else None)
    if held + len(piece.passages) > MOST_PIECES:
        raise Unread("full")


def _named(piece: _Piece, name: str) -> Sequence[Passage]:
    return [replace(each, source=f"{name}{each.source}"[: LONGEST_NAME * 3]) for each in piece.passages]


def _told(code: str, file: StoredFile) -> dict[str, JsonValue]:
    return {
        "code": code, "file_id": file.file_id, "name": file.name, "origin": file.origin, "pieces": file.pieces,
        "replaced": False, "cut": False,
    }  # fmt: skip


def _digest(*parts: str) -> bytes:
    return sha256("\x00".join(parts).encode("utf-8", errors="replace")).digest()


def _dump(call: ActionCall) -> bytes:
    return orjson.dumps(call.arguments)
