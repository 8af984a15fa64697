"""All that one person and the tenant said to each other, on every channel, as an index that grows."""

import asyncio
from collections import deque
from collections.abc import Callable, Collection, Iterable, Sequence
from datetime import datetime

from core.ids import StreamId
from db.history import NO_END, Stretch, Told
from memory.prompt import older_cost
from memory.selection import ConversationIndex, Selection, Turn

LONGEST_TEXT = 2_000
"""Characters of a message that are indexed and shown."""
MOST_MESSAGES = 20_000
"""Of one person, the newest; about 20 MB."""
_ADDED_AT_ONCE = 128
_WINDOW = 50
_LEAST = 0.15
"""How much an older message has to be about the question: a seventh of what one has that says all its words. On LoCoMo
it costs no evidence (docs/memory.md)."""
Place = tuple[StreamId, int, int]


class PersonHistory:
    """Reaches up to a place in each conversation; what was said after it is added when somebody asks next."""

    def __init__(
        self,
        streams: Iterable[StreamId],
        *,
        since: datetime | None,
        language: str | None,
        is_small_talk: Callable[[str], bool],
    ) -> None:
        self.streams = frozenset(streams)
        self.since = since
        self._small_talk = is_small_talk
        self._index = ConversationIndex(language=language, cost=lambda turn: older_cost(turn.text))
        self._upto = dict.fromkeys(self.streams, 0)
        self._latest = {stream: deque[str](maxlen=_WINDOW) for stream in self.streams}
        self._names = {stream.hex[:8]: stream for stream in self.streams}

    def __len__(self) -> int:
        return len(self._index)

    @property
    def size_bytes(self) -> int:
        return self._index.size_bytes

    def missing(self, stream: StreamId, upto_seq: int) -> list[Stretch]:
        """What may have been said meanwhile: nothing, as long as the one conversation's turns were all here."""
        if len(self.streams) == 1 and self._upto[stream] >= upto_seq:
            return []
        return [Stretch(each, self._upto[each], upto_seq if each == stream else NO_END) for each in self.streams]

    async def add(self, told: Sequence[Told], stream: StreamId, upto_seq: int) -> None:
        """The messages of the missing stretches, in order; lets other work run in between. Doubles do no harm."""
        for start in range(0, len(told), _ADDED_AT_ONCE):
            if start:
                await asyncio.sleep(0)
            for message in told[start : start + _ADDED_AT_ONCE]:
                self._add(message)
        self._upto[stream] = max(self._upto[stream], upto_seq)

    def latest(self, stream: StreamId, count: int) -> list[str]:
        """Ids of the last messages of a conversation."""
        return list(self._latest[stream])[-count:] if count else []

    def select(
        self, question: str, now: datetime, budget_tokens: int, *, skip: Collection[str], said: Collection[str]
    ) -> Selection:
        return self._index.select(
            question, now, budget_tokens, asker="customer", skip=skip, said=said, least=_LEAST
        )  # fmt: skip

    def place(self, turn_id: str) -> Place:
        name, _, rest = turn_id.partition(":")
        seq, _, n = rest.partition(".")
        return self._names[name], int(seq), int(n)

    def _add(self, message: Told) -> None:
        turn_id = f"{message.stream.hex[:8]}:{message.seq}.{message.n}"
        turn = Turn(
            id=turn_id, speaker=message.author, text=message.text, at=message.at,
            small_talk=self._small_talk(message.text),
        )  # fmt: skip
        if self._index.add(turn):
            self._latest[message.stream].append(turn_id)
        self._upto[message.stream] = max(self._upto[message.stream], message.seq)
