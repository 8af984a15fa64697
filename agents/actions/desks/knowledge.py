"""Teaching the business's agents: what managers and owners send, paste, link to or answer."""

from typing import Annotated, Literal

from pydantic import Field

from agents.actions.declaration import Arguments
from agents.actions.desks.declaring import declare

MOST_PASTED_BYTES = 12_000
"""Of a pasted text in UTF-8: what fits into an action. Longer ones are sent as files."""
LONGEST_NAME = 80

Name = Annotated[str, Field(min_length=1, max_length=LONGEST_NAME)]


class AddArguments(Arguments):
    origin: Literal["text", "file", "link", "taught"]
    name: Name
    exact: bool = False
    """The name is meant: what the owner has under it is replaced. Otherwise the new piece gets a name of its own."""
    text: str = Field(default="", max_length=MOST_PASTED_BYTES)
    """Of `text`; of `taught` the answer."""
    question: str = Field(default="", max_length=1_000)
    """Of `taught`."""
    url: str = Field(default="", max_length=2_048)
    ref: str = Field(default="", max_length=2_048)
    """Of `file`: what the channel needs to fetch it."""
    mime: str = Field(default="", max_length=200)
    file_name: str = Field(default="", max_length=300)
    replaces: int | None = None
    """The file that this takes the place of; it keeps its name."""
    closes: tuple[str, ...] = Field(default=(), max_length=100)
    """Approvals whose questions are taught with it."""
    quiet: bool = False
    """Whoever asks for it tells of it; only trouble is told."""


class RemoveArguments(Arguments):
    file_id: int
    name: str = Field(max_length=300)
    """To tell what is gone."""


class RefreshArguments(Arguments):
    file_id: int
    quiet: bool
    """Nobody asked for it: only news is told."""


ADD = declare(
    "add_knowledge", "Learn a text, a file, a link or an answer", AddArguments,
    "code: added | same | a trouble; file_id, name, origin, pieces, replaced, cut, pages", seat="manager",
    touches="memory", once=True,
)  # fmt: skip
REMOVE = declare(
    "remove_knowledge", "Forget a file, link or taught answer", RemoveArguments, "code: removed; name", seat="manager",
    touches="memory",
)  # fmt: skip
REFRESH = declare(
    "refresh_knowledge", "Read a link again", RefreshArguments,
    "code: changed | same | gone | a trouble; file_id, name, pieces, quiet, fresh_trouble", seat="manager",
    touches="memory",
)  # fmt: skip
KNOWLEDGE = (ADD, REMOVE, REFRESH)
