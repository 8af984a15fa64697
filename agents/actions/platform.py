"""The platform's own work: what a turn asks for without an agent or an owner having a say."""

from typing import Literal

from pydantic import BaseModel, Field, ValidationError

from agents.actions.declaration import ActionDeclaration, Arguments, read_arguments
from core.actions import ProposedAction
from core.errors import Rejected
from core.media import Attachment


class FileArguments(Arguments):
    """A file that a person sent; it is fetched from the account of the conversation."""

    kind: Literal["photo", "document", "voice", "audio", "video", "sticker"]
    ref: str = Field(min_length=1, max_length=1_000)
    name: str = Field(default="", max_length=300)
    mime: str = Field(default="", max_length=200)
    size_bytes: int | None = Field(default=None, ge=0)
    duration_seconds: int | None = Field(default=None, ge=0)
    language_hint: str | None = Field(default=None, max_length=35)


class WatchArguments(Arguments):
    watch_id: int = Field(ge=1)


class NotePricesArguments(Arguments):
    watch_id: int = Field(ge=1)
    prices_micros: dict[str, int]
    """What the list said, by item."""


class LearnArguments(Arguments):
    """What a customer said, for a model to find facts in."""

    text: str = Field(min_length=1, max_length=2_000)
    language: str = Field(max_length=35)
    said_seq: int = Field(ge=0)
    said_at: float
    """Unix seconds."""


class SummariseArguments(Arguments):
    """The conversation of the action, from where its last summary ends."""

    upto_seq: int = Field(ge=1)
    language: str = Field(max_length=35)
    not_before: float | None = None
    """Unix seconds: the customer asked to have forgotten what was said until then."""


class SampleArguments(Arguments):
    """An answer that a model gave, with what it had to go by."""

    question: str = Field(min_length=1, max_length=2_000)
    given: str = Field(max_length=6_000)
    reply: str = Field(min_length=1, max_length=4_000)
    language: str = Field(max_length=35)


def _declare(
    name: str, about: str, arguments: type[BaseModel], result: str, *, touches: Literal["nothing", "memory", "business"]
) -> ActionDeclaration:
    return ActionDeclaration(
        name=name, title=about, about=about, by="platform", agents=frozenset(), concerns=(), arguments=arguments,
        touches=touches, risk="low", reversal="nothing", cost="free", idempotency="repeatable", decide="allow",
        approver="manager", money_moving=False, executor=name, done=(), result=result,
    )  # fmt: skip


PLATFORM = (
    _declare(
        "transcribe", "Hear a voice note", FileArguments, "text, language (or null), confidence from 0 to 1",
        touches="nothing",
    ),
    _declare("read_document", "Read a document", FileArguments, "text, pages, truncated", touches="nothing"),
    _declare(
        "learn_facts", "Look for facts in what was said", LearnArguments,
        "facts as a model found them, with the arguments; see `agents.learning.Found`", touches="memory",
    ),
    _declare(
        "summarise", "Summarise a long conversation", SummariseArguments,
        "text, upto_seq, by; see `agents.summaries.Made`", touches="memory",
    ),
    _declare(
        "check_price_list", "Look into a price list", WatchArguments, "see `PricesChecked`",
        touches="nothing",
    ),
    _declare("note_prices", "Note the prices seen", NotePricesArguments, "noted: how many", touches="business"),
    _declare(
        "check_sample", "Check an answer again that a model wrote", SampleArguments,
        "fine, finding; see `agents.quality.sampling`", touches="nothing",
    ),
)  # fmt: skip
_BY_NAME = {declaration.name: declaration for declaration in PLATFORM}


def propose(name: str, arguments: BaseModel) -> ProposedAction:
    """Raises Rejected for what is none of the platform's own actions, or has other arguments."""
    declaration = _BY_NAME.get(name)
    if declaration is None:
        raise Rejected(f"The platform has no action {name[:40]}")
    return ProposedAction(name=name, arguments=read_arguments(declaration, arguments.model_dump(mode="json")))


def propose_file(
    name: Literal["transcribe", "read_document"], file: Attachment, language: str | None
) -> ProposedAction:
    """Raises Rejected for a file whose description is out of bounds."""
    try:
        arguments = FileArguments(
            kind=file.kind,
            ref=file.ref,
            name=file.name[:300],
            mime=file.mime[:200],
            size_bytes=file.size_bytes,
            duration_seconds=file.duration_seconds,
            language_hint=language[:35] if language else None,
        )
    except ValidationError as error:
        raise Rejected("The file is described in a way that cannot be right") from error
    return propose(name, arguments)
