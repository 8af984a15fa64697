"""What is sent, pasted or linked to, read and cut into passages."""

import asyncio
from collections.abc import Awaitable, Callable
from dataclasses import dataclass
from hashlib import sha256
from typing import Protocol

from agents.actions.desks.knowledge import AddArguments
from core.actions import ActionCall
from core.errors import Rejected
from core.ids import AccountId, TenantId
from core.turns import Passage, TenantProfile
from documents.sources import SourceText
from documents.unreadable import Unreadable
from memory.passages import split_markdown


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
class Piece:
    """What was read, cut into passages whose sources lack the file's name in front."""

    passages: tuple[Passage, ...]
    digest: bytes
    pages: int = 1
    cut: bool = False


async def read_file(sources: Sources, call: ActionCall, wanted: AddArguments) -> Piece:
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
    return await cut_text(read.markdown, pages=read.pages, cut=read.truncated)


async def read_link(sources: Sources, tenant: TenantId, url: str) -> Piece:
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
    return await cut_text(found.markdown, pages=found.pages, cut=found.truncated)


async def cut_text(text: str, *, pages: int = 1, cut: bool = False) -> Piece:
    """Raises Unread when nothing is left. In a thread: a long text takes a while."""
    passages = await asyncio.to_thread(split_markdown, text.replace("\x00", ""), "")
    if not passages:
        raise Unread("no_text")
    return Piece(
        passages=passages, digest=digest_of(*(f"{p.source}\n{p.text}" for p in passages)), pages=pages, cut=cut
    )


def digest_of(*parts: str) -> bytes:
    return sha256("\x00".join(parts).encode("utf-8", errors="replace")).digest()
