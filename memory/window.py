"""The last messages of a conversation, with the place in the stream they reach up to, as one value for Redis."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import UTC, datetime
from typing import Literal

import orjson
from pydantic import TypeAdapter, ValidationError

from core.turns import HistoryMessage

LONGEST_TEXT = 2_000
"""Characters of one message that are kept in the window; the history has it all."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Window:
    upto_seq: int
    """The last event that is in it; a window that does not reach where the stream is says nothing."""
    size: int
    """How many messages it holds once so many were said."""
    messages: tuple[HistoryMessage, ...]

    def extend(self, messages: Sequence[HistoryMessage], upto_seq: int) -> "Window":
        added = (*self.messages, *map(_shorten, messages))
        return Window(upto_seq=upto_seq, size=self.size, messages=added[-self.size :])


_Value = tuple[int, int, list[tuple[Literal["customer", "bot", "owner", "system"], str, float]]]
_VALUE: TypeAdapter[_Value] = TypeAdapter(_Value)


def encode_window(window: Window) -> bytes:
    told = [(m.author, m.text, m.at.timestamp()) for m in window.messages]
    return orjson.dumps([window.upto_seq, window.size, told])


def decode_window(value: bytes) -> Window:
    """Raises ValueError for anything that `encode_window` did not make."""
    try:
        upto, size, rows = _VALUE.validate_json(value)
        messages = tuple(
            HistoryMessage(author=author, text=text, at=datetime.fromtimestamp(at, UTC)) for author, text, at in rows
        )
    except (ValidationError, OverflowError, OSError) as error:
        raise ValueError("not a window") from error
    if len(messages) > size:
        raise ValueError("not a window")
    return Window(upto_seq=upto, size=size, messages=messages)


def _shorten(message: HistoryMessage) -> HistoryMessage:
    if len(message.text) <= LONGEST_TEXT:
        return message
    return HistoryMessage(author=message.author, text=message.text[:LONGEST_TEXT], at=message.at)
