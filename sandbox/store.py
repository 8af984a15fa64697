"""Keeps the world across a kill -9 of the sandbox: one SQLite table, written in batches by a thread.

A change is marked in memory at once and written within a few milliseconds, many in one transaction. `synchronous=OFF`
survives the death of the process (what the sandbox promises), not the loss of power (which it does not).
"""

import asyncio
import sqlite3
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import orjson
import structlog

from sandbox.records import Bot, Chat, File, Json, Message, Number, Person, Saved, Webhook
from sandbox.world import World

log = structlog.get_logger(__name__)

SCHEMA = """
CREATE TABLE IF NOT EXISTS record (kind TEXT, key TEXT, body BLOB, PRIMARY KEY (kind, key)) WITHOUT ROWID
"""
Row = tuple[str, str, bytes | None]


class Store:
    """The journal of a `World`, backed by `state/sandbox.db`."""

    def __init__(self, folder: Path) -> None:
        folder.mkdir(parents=True, exist_ok=True)
        self._database = sqlite3.connect(folder / "sandbox.db", check_same_thread=False, isolation_level=None)
        self._database.execute("PRAGMA journal_mode=WAL")
        self._database.execute("PRAGMA synchronous=OFF")
        self._database.execute(SCHEMA)
        self._dirty: dict[tuple[str, str], object] = {}
        self._wake = asyncio.Event()
        self._settled: list[asyncio.Future[None]] = []
        self._writer: asyncio.Task[None] | None = None
        self._writing = False

    def put(self, kind: str, key: str, record: object) -> None:
        self._dirty[kind, key] = record
        self._wake.set()

    def drop(self, kind: str, key: str) -> None:
        self._dirty[kind, key] = None
        self._wake.set()

    def start(self) -> None:
        self._writer = asyncio.create_task(self._write_forever(), name="sandbox-store")

    async def close(self) -> None:
        if self._writer is not None:
            await self.settle()
            self._writer.cancel()
            await asyncio.gather(self._writer, return_exceptions=True)
        self._database.close()

    async def settle(self) -> None:
        """Returns when everything marked so far is on disk."""
        if not self._dirty and not self._writing:
            return
        done: asyncio.Future[None] = asyncio.get_running_loop().create_future()
        self._settled.append(done)
        self._wake.set()
        await done

    async def _write_forever(self) -> None:
        while True:
            await self._wake.wait()
            self._wake.clear()
            waiting, self._settled = self._settled, []
            dirty, self._dirty = self._dirty, {}
            rows = _rows(dirty)
            self._writing = True
            try:
                await asyncio.to_thread(self._write, rows)
            except sqlite3.Error:
                log.exception("sandbox_state_not_written", rows=len(rows))
            self._writing = False
            for done in waiting:
                if not done.done():
                    done.set_result(None)

    def _write(self, rows: list[Row]) -> None:
        self._database.execute("BEGIN")
        try:
            self._database.executemany(
                "INSERT OR REPLACE INTO record VALUES (?, ?, ?)", [row for row in rows if row[2] is not None]
            )
            self._database.executemany(
                "DELETE FROM record WHERE kind = ? AND key = ?", [row[:2] for row in rows if row[2] is None]
            )
        finally:
            self._database.execute("COMMIT")

    def rows(self, kind: str) -> Iterator[tuple[str, Any]]:
        """Key and decoded body of every record of a kind, in key order."""
        found = self._database.execute("SELECT key, body FROM record WHERE kind = ? ORDER BY key", (kind,))
        for key, body in found:
            yield key, orjson.loads(body)


def _rows(dirty: dict[tuple[str, str], object]) -> list[Row]:
    rows: list[Row] = []
    for (kind, key), record in dirty.items():
        try:
            rows.append((kind, key, None if record is None else _encode(record)))
        except TypeError:
            log.exception("sandbox_record_not_kept", kind=kind)
    return rows


def _encode(record: object) -> bytes:
    body = record.saved() if isinstance(record, Saved) else record
    return orjson.dumps(body, option=orjson.OPT_NON_STR_KEYS)


def load(store: Store, world: World) -> None:
    """Fills an empty world with what an earlier run left."""
    for key, value in store.rows("counter"):
        world.counters[key] = value
    for _, body in store.rows("person"):
        world.add_person(Person(**body))
    for _, body in store.rows("bot"):
        webhook = body.pop("webhook")
        world.bots[body["token"]] = Bot(webhook=Webhook(**webhook) if webhook else None, **body)
    for _, body in store.rows("number"):
        world.numbers[body["id"]] = Number(**body)
    for _, body in store.rows("file"):
        world.files[body["id"]] = _file(body)
    for key, body in store.rows("template"):
        world.templates[key] = body
    for key, body in store.rows("link"):
        world.links[key] = body
    for key, body in store.rows("chat"):
        world.chats[key] = Chat(**body)
    messages = [Message(**body) for _, body in store.rows("message")]
    for message in sorted(messages, key=lambda each: each.at):
        if message.key in world.chats:
            world.chats[message.key].messages[message.id] = message
    world.accepted.extend(body for _, body in store.rows("accepted"))


def _file(body: Json) -> File:
    variants = [_file(each) for each in body.pop("variants")]
    return File(variants=variants, **body)
