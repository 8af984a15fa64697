"""Executors that take in, forget and refresh what the business's agents answer from.

What is read is data: it is cut into passages and stored, and nothing in it is obeyed. Whatever goes wrong comes back as
a code, for the desk to say in its owner's language.
"""

from collections.abc import Callable, Sequence
from dataclasses import replace
from datetime import timedelta

import orjson
from pydantic import JsonValue

from agents.actions.desks.knowledge import AddArguments, RefreshArguments, RemoveArguments
from core.actions import ActionCall
from core.clock import Clock
from core.ids import ApprovalId, TenantId
from core.turns import Passage
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
from jobs.pieces import Piece, Sources, Unread, cut_text, digest_of, read_file, read_link

MOST_PIECES = 2_000
"""Of one business, in all its files together."""
REFRESH_EVERY = timedelta(days=1)
_TRIES = 100


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

    async def _read(self, call: ActionCall, wanted: AddArguments) -> Piece:
        match wanted.origin:
            case "text":
                return await cut_text(wanted.text)
            case "taught":
                question = " ".join(wanted.question.replace("›", ">").split())
                passage = Passage(source=f" › {question}", text=wanted.text.strip(), score=0.0)
                return Piece(passages=(passage,), digest=digest_of(question, passage.text))
            case "file":
                return await read_file(self._sources, call, wanted)
            case "link":
                return await read_link(self._sources, call.tenant_id, wanted.url)

    async def _write(
        self, tx: Transaction, call: ActionCall, wanted: AddArguments, piece: Piece
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
        if code == "gone":
            return {"code": "gone", "name": file.name, **quiet}
        if code == "same":
            await self._note(tenant, file, "")
        else:
            self._changed(tenant)
        return {**_told(code, file), **quiet, "pieces": len(piece.passages), "cut": piece.cut}

    async def _write(self, call: ActionCall, file: StoredFile, piece: Piece) -> str:
        if piece.digest == file.content_hash:
            return "same"
        tenant = call.tenant_id
        async with self._database.tenant(tenant) as tx:
            await bump_knowledge(tx, tenant)
            now = await find_file(tx, tenant, file.file_id)
            if now is None or (now.origin, now.url) != ("link", file.url):  # removed or replaced while it was read
                return "gone"
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


async def _demand_room(tx: Transaction, tenant: TenantId, piece: Piece, over: StoredFile | None) -> None:
    """Raises Unread."""
    held = await count_pieces(tx, tenant, besides=over.file_id if over else None)
    if held + len(piece.passages) > MOST_PIECES:
        raise Unread("full")


def _named(piece: Piece, name: str) -> Sequence[Passage]:
    return [replace(each, source=f"{name}{each.source}"[: LONGEST_NAME * 3]) for each in piece.passages]


def _told(code: str, file: StoredFile) -> dict[str, JsonValue]:
    return {
        "code": code, "file_id": file.file_id, "name": file.name, "origin": file.origin, "pieces": file.pieces,
        "replaced": False, "cut": False,
    }  # fmt: skip


def _dump(call: ActionCall) -> bytes:
    return orjson.dumps(call.arguments)
