"""What a turn remembers: the conversation's recent window, the passages that fit the question, and who asks it.

`recall` serves every turn. `recall_person` adds what only a model can use, and is asked for where one will be.

The window's truth is in PostgreSQL. Redis and this process keep copies, each with the place in the stream it reaches up
to; a copy that does not reach where the turn begins is not used. Reads of turns that start together become one round
trip, and so do the refreshes of turns that end together.
"""

import asyncio
from collections import OrderedDict
from collections.abc import Sequence

import structlog

from core.errors import Transient
from core.ids import StreamId, TenantId
from core.turns import HistoryMessage, KeptAnswer, Recalled, RoutineAnswers, TenantProfile
from db.database import Database
from db.history import recent_messages
from db.windows import Key, WindowStore
from memory.library import Library
from memory.people import Asked, PersonRecall
from memory.routine import RoutineBook
from memory.window import LONGEST_TEXT, Window, decode_window, encode_window

_log = structlog.get_logger(__name__)

_WINDOW = 20
_HELD = 1_000
"""Windows this process keeps by itself."""
_MOST_WAITING = 5_000
_LOG_SECONDS = 60.0
_PAUSE_SECONDS = 1.0
"""After a failure Redis is left alone that long."""


class Memory:
    """Raises nothing for a Redis that is away: everything then comes from PostgreSQL."""

    def __init__(
        self,
        *,
        database: Database,
        windows: WindowStore,
        library: Library,
        routine: RoutineBook,
        people: PersonRecall,
    ) -> None:
        self._routine = routine
        self._people = people
        self._database = database
        self._store = windows
        self._library = library
        self._held: OrderedDict[Key, Window] = OrderedDict()
        self._asked: dict[Key, asyncio.Future[bytes | None]] = {}
        self._waiting: OrderedDict[Key, Window] = OrderedDict()
        self._tasks: set[asyncio.Task[None]] = set()
        self._writing: asyncio.Task[None] | None = None
        self._paused_until = 0.0
        self._logged_at: dict[str, float] = {}

    async def recall(
        self, tenant: TenantId, stream: StreamId, query: str, *, before_seq: int, window: int = _WINDOW
    ) -> Recalled:
        """For the turn whose first event is `before_seq`, with the last `window` messages.

        Raises Transient when PostgreSQL cannot be reached.
        """
        found = await self._window((tenant, stream), before_seq - 1, window)
        version, knowledge = await self._library.search(tenant, query)
        return Recalled(recent=found.messages, knowledge=knowledge, knowledge_version=version)

    async def recall_person(self, asked: Asked, recalled: Recalled) -> Recalled:
        """With who asks and what was said long ago. Raises Transient when PostgreSQL cannot be reached."""
        return await self._people.recall(asked, recalled)

    def remember(
        self, tenant: TenantId, stream: StreamId, messages: Sequence[HistoryMessage], *, before_seq: int, upto_seq: int
    ) -> None:
        """After a finished turn over the events from `before_seq` to `upto_seq`; at once, written soon."""
        key = (tenant, stream)
        window = self._held.get(key)
        if window is None or window.upto_seq != before_seq - 1:
            return  # nothing to add to: the next turn reads the history
        window = window.extend(messages, upto_seq)
        self._hold(key, window)
        self._write_soon(key, window)

    def routine(self, tenant: TenantProfile, recalled: Recalled) -> RoutineAnswers | None:
        """The answers that were made from the knowledge as it was recalled."""
        return self._routine.of(tenant, recalled.knowledge_version) if recalled.knowledge_version else None

    def keep_answer(self, tenant: TenantProfile, knowledge_version: int, answer: KeptAnswer) -> None:
        """Soon; it may be lost."""
        task = asyncio.create_task(self._routine.of(tenant, knowledge_version).keep(answer))
        self._tasks.add(task)
        task.add_done_callback(self._tasks.discard)

    async def aclose(self) -> None:
        """Writes what waits. Never raises."""
        while self._writing is not None and not self._writing.done():
            await asyncio.wait([self._writing])
        if self._tasks:
            await asyncio.wait(list(self._tasks))

    async def _window(self, key: Key, upto_seq: int, size: int) -> Window:
        held = self._held.get(key)
        if held is not None and held.upto_seq == upto_seq and held.size == size:
            self._held.move_to_end(key)
            return held
        if upto_seq == 0:
            window = Window(upto_seq=0, size=size, messages=())
        else:
            window = await self._cached(key, upto_seq, size) or await self._rebuild(key, upto_seq, size)
        self._hold(key, window)
        return window

    async def _cached(self, key: Key, upto_seq: int, size: int) -> Window | None:
        """None when Redis has none that reaches there. One of another size is of before the tenant changed it."""
        if asyncio.get_running_loop().time() < self._paused_until:
            return None
        answer = self._asked.get(key)
        if answer is None:
            answer = self._asked[key] = asyncio.get_running_loop().create_future()
            if len(self._asked) == 1:
                task = asyncio.create_task(self._read())
                self._tasks.add(task)
                task.add_done_callback(self._tasks.discard)
        value = await answer
        if value is None:
            return None
        try:
            window = decode_window(value)
        except ValueError:
            self._complain("window_poisoned")
            return None
        return window if window.upto_seq == upto_seq and window.size == size else None

    async def _read(self) -> None:
        """One round trip for every window asked for since the last loop iteration."""
        asked, self._asked = self._asked, {}
        values: list[bytes | None] = [None] * len(asked)
        try:
            values = await self._store.read(list(asked))
        except Transient:
            self._step_back("window_not_read")
        finally:
            for answer, value in zip(asked.values(), values, strict=True):
                if not answer.done():
                    answer.set_result(value)

    async def _rebuild(self, key: Key, upto_seq: int, size: int) -> Window:
        tenant, stream = key
        async with self._database.tenant(tenant, readonly=True) as tx:
            messages = await recent_messages(tx, tenant, stream, size, upto_seq=upto_seq, longest_text=LONGEST_TEXT)
        window = Window(upto_seq=upto_seq, size=size, messages=messages)
        self._write_soon(key, window)
        return window

    def _write_soon(self, key: Key, window: Window) -> None:
        self._waiting[key] = window
        if len(self._waiting) > _MOST_WAITING:
            self._waiting.popitem(last=False)
        if self._writing is None or self._writing.done():
            self._writing = asyncio.create_task(self._write())

    async def _write(self) -> None:
        while self._waiting:
            await asyncio.sleep(0)  # what ends in the same iteration goes along
            waiting, self._waiting = self._waiting, OrderedDict[Key, Window]()
            if asyncio.get_running_loop().time() < self._paused_until:
                return
            try:
                await self._store.write({key: encode_window(window) for key, window in waiting.items()})
            except Transient:
                self._step_back("window_not_written")

    def _hold(self, key: Key, window: Window) -> None:
        self._held[key] = window
        self._held.move_to_end(key)
        if len(self._held) > _HELD:
            self._held.popitem(last=False)

    def _step_back(self, event: str) -> None:
        self._paused_until = asyncio.get_running_loop().time() + _PAUSE_SECONDS
        self._complain(event)

    def _complain(self, event: str) -> None:
        now = asyncio.get_running_loop().time()
        if now - self._logged_at.get(event, float("-inf")) >= _LOG_SECONDS:
            self._logged_at[event] = now
            _log.warning(event)
