"""The actions an agent may ask for: arguments, policy, executor. What is not declared here cannot happen."""

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Literal

from pydantic import BaseModel, ConfigDict, Field, ValidationError

from core.actions import ProposedAction
from core.errors import Rejected
from core.media import Attachment


class _Arguments(BaseModel):
    model_config = ConfigDict(extra="forbid", frozen=True, strict=True)


class FileArguments(_Arguments):
    """A file that a person sent; it is fetched from the account of the conversation."""

    kind: Literal["photo", "document", "voice", "audio", "video", "sticker"]
    ref: str = Field(min_length=1, max_length=1_000)
    name: str = Field(default="", max_length=300)
    mime: str = Field(default="", max_length=200)
    size_bytes: int | None = Field(default=None, ge=0)
    duration_seconds: int | None = Field(default=None, ge=0)
    language_hint: str | None = Field(default=None, max_length=35)


class WatchArguments(_Arguments):
    watch_id: int = Field(ge=1)


class NotePricesArguments(_Arguments):
    watch_id: int = Field(ge=1)
    prices_micros: dict[str, int]
    """What the list said, by item."""


class LearnArguments(_Arguments):
    """What a customer said, for a model to find facts in."""

    text: str = Field(min_length=1, max_length=2_000)
    language: str = Field(max_length=35)
    said_seq: int = Field(ge=0)
    said_at: float
    """Unix seconds."""


class SummariseArguments(_Arguments):
    """The conversation of the action, from where its last summary ends."""

    upto_seq: int = Field(ge=1)
    language: str = Field(max_length=35)
    not_before: float | None = None
    """Unix seconds: the customer asked to have forgotten what was said until then."""


@dataclass(frozen=True, slots=True, kw_only=True)
class ActionDeclaration:
    name: str
    arguments: type[BaseModel]
    policy: Literal["allow", "ask_owner", "forbid"]
    money_moving: bool
    executor: str
    """By this name `steward/wiring.py` connects what does it."""
    result: str
    """What the `ActionResult` holds when it went well."""


ACTIONS: Mapping[str, ActionDeclaration] = {
    declaration.name: declaration
    for declaration in (
        ActionDeclaration(
            name="transcribe",
            arguments=FileArguments,
            policy="allow",
            money_moving=False,
            executor="transcribe",
            result="text, language (or null), confidence from 0 to 1",
        ),
        ActionDeclaration(
            name="read_document",
            arguments=FileArguments,
            policy="allow",
            money_moving=False,
            executor="read_document",
            result="text, pages, truncated",
        ),
        ActionDeclaration(
            name="learn_facts",
            arguments=LearnArguments,
            policy="allow",
            money_moving=False,
            executor="learn_facts",
            result="facts as a model found them, with the arguments; see `agents.learning.Found`",
        ),
        ActionDeclaration(
            name="summarise",
            arguments=SummariseArguments,
            policy="allow",
            money_moving=False,
            executor="summarise",
            result="text, upto_seq, by; see `agents.summaries.Made`",
        ),
        ActionDeclaration(
            name="check_price_list",
            arguments=WatchArguments,
            policy="allow",
            money_moving=False,
            executor="check_price_list",
            result="see `agents.watches.PricesChecked`",
        ),
        ActionDeclaration(
            name="note_prices",
            arguments=NotePricesArguments,
            policy="allow",
            money_moving=False,
            executor="note_prices",
            result="noted: how many",
        ),
    )
}


def propose(name: str, arguments: BaseModel) -> ProposedAction:
    """Raises Rejected for an action that is not declared, not allowed, or has other arguments."""
    declaration = ACTIONS.get(name)
    if declaration is None:
        raise Rejected(f"There is no action {name[:40]}")
    if declaration.policy != "allow":
        raise Rejected(f"The action {name} may not be done without the owner")
    try:
        checked = declaration.arguments.model_validate(arguments.model_dump())
    except ValidationError as error:
        raise Rejected(f"The arguments of {name} do not fit") from error
    return ProposedAction(name=name, arguments=checked.model_dump(mode="json"), money_moving=declaration.money_moving)


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
