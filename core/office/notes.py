"""What members note about a conversation for each other."""

from dataclasses import dataclass
from datetime import datetime
from typing import Protocol

from core.ids import StreamId


@dataclass(frozen=True, slots=True, kw_only=True)
class NoteView:
    member_name: str
    """Empty when the member is gone."""
    text: str
    at: datetime


class NotesReader(Protocol):
    async def notes(self, stream: StreamId, limit: int) -> tuple[NoteView, ...]:
        """The latest ones, oldest first."""
        ...
