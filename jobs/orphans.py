"""What the database says this process has in hand while the process knows nothing of it.

When a connection dies after the commit of a record, claim or finish and before its answer, the lease or the row is
ours and nobody works on it; and as this process lives on, no lease runs out. So after every lost connection, and now
and then, the two sides are compared. What is missing here in two looks in a row is given back: in one look, it may be
an answer that is still on its way.
"""

import time
from collections.abc import Callable, Sequence

import structlog

from core.ids import WorkerId
from db.engine.link import Link
from db.engine.outbox import RowKey, give_back_rows, list_in_hand
from db.engine.streams import StreamKey, give_back_streams, list_leased

_log = structlog.get_logger(__name__)
_PAUSE_SECONDS = 1.0
"""Between two looks: far longer than an answer takes to be read."""
_ROUTINE_SECONDS = 60.0


class Orphans:
    def __init__(
        self,
        *,
        link: Link,
        watched: Sequence[Link],
        worker: Callable[[], WorkerId],
        has_stream: Callable[[StreamKey, int], bool],
        has_row: Callable[[RowKey], bool],
        on_given_back: Callable[[], None],
    ) -> None:
        """`watched` are the links whose answers matter; `has_stream` takes the lease token too."""
        self._link = link
        self._watched = watched
        self._worker = worker
        self._has_stream = has_stream
        self._has_row = has_row
        self._on_given_back = on_given_back
        self._settled_drops = 0
        self._looked_at = time.monotonic()
        self._drops_then: int | None = None
        self._streams: set[tuple[StreamKey, int]] = set()
        self._rows: set[RowKey] = set()

    @property
    def possible(self) -> bool:
        """True from a lost connection until it is known that nothing was left behind."""
        return self._drops() != self._settled_drops

    async def look(self) -> None:
        """Compares when it is time to. Raises Transient."""
        pause = _PAUSE_SECONDS if self.possible or self._streams or self._rows else _ROUTINE_SECONDS
        if time.monotonic() - self._looked_at < pause:
            return
        drops, worker = self._drops(), self._worker()
        async with self._link.use() as tx:
            streams = {s for s in await list_leased(tx, worker) if not self._has_stream(*s)}
            rows = {r for r in await list_in_hand(tx, worker) if not self._has_row(r)}
            lost_streams, lost_rows = streams & self._streams, rows & self._rows
            if lost_streams:
                await give_back_streams(tx, worker, sorted(lost_streams))
            if lost_rows:
                await give_back_rows(tx, worker, list(lost_rows))
        if self._drops_then == drops:  # nothing was lost since the look before
            self._settled_drops = drops
        self._drops_then, self._looked_at = drops, time.monotonic()
        self._streams, self._rows = streams - lost_streams, rows - lost_rows
        if lost_streams or lost_rows:
            _log.warning("orphans_given_back", streams=len(lost_streams), rows=len(lost_rows))
            self._on_given_back()

    def _drops(self) -> int:
        return sum(link.drops for link in self._watched)
