"""What the business's agents may answer from."""

from dataclasses import dataclass
from datetime import datetime
from typing import Literal, Protocol

from core.ids import ApprovalId

Origin = Literal["folder", "text", "file", "link", "taught"]


@dataclass(frozen=True, slots=True, kw_only=True)
class FileView:
    """A file, a pasted text, a link or a taught answer."""

    file_id: int
    name: str
    origin: Origin
    url: str
    added_by: str
    """The member's name; empty when it came with the business's folder, or whoever it was has left."""
    changed_at: datetime
    checked_at: datetime | None
    refresh_at: datetime | None
    trouble: str
    """A code; see `admin/knowledge/wording.py`."""
    pieces: int
    start: str
    """The first words of what it says."""


@dataclass(frozen=True, slots=True, kw_only=True)
class FilePage:
    files: tuple[FileView, ...]
    total: int
    pieces: int
    """Of all files together."""


@dataclass(frozen=True, slots=True, kw_only=True)
class UsedAnswer:
    question: str
    answer: str
    at: datetime


@dataclass(frozen=True, slots=True, kw_only=True)
class Usage:
    """Of one file, since some day."""

    answers: int
    latest: tuple[UsedAnswer, ...]


@dataclass(frozen=True, slots=True, kw_only=True)
class OpenQuestion:
    """What a customer asked, the knowledge did not answer, and nobody has taught or put aside."""

    approval_id: ApprovalId
    question: str
    contact_name: str
    at: datetime


class KnowledgeReader(Protocol):
    async def files(self, limit: int, offset: int) -> FilePage:
        """What was changed last comes first, taught answers at the end."""
        ...

    async def file(self, file_id: int) -> FileView | None: ...
    async def usage(self, name: str, since: datetime) -> Usage: ...
    async def open_questions(self, since: datetime, limit: int) -> tuple[OpenQuestion, ...]:
        """Newest first."""
        ...
