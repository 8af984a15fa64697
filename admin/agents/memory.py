"""What the section remembers between turns: the change that waits for *Confirm*, and a new specialist so far."""

from typing import Annotated, Literal

from pydantic import BaseModel, ConfigDict, Field, JsonValue, ValidationError

from admin.session import DeskTurn
from tenants.agents import Specialist
from tenants.settings import Tone

SECTION = "agt"


class _Kept(BaseModel):
    model_config = ConfigDict(extra="forbid", frozen=True)


class ChangeRules(_Kept):
    kind: Literal["rules"] = "rules"
    action: str
    changes: dict[str, JsonValue]
    """Fields of `ActionRules`; what is not named stays."""


class AddSpecialist(_Kept):
    kind: Literal["add"] = "add"
    specialist: Specialist


class RemoveSpecialist(_Kept):
    kind: Literal["remove"] = "remove"
    name: str


class ChangeTone(_Kept):
    """None: stays as it is."""

    kind: Literal["tone"] = "tone"
    tone: Tone | None = None
    words: str | None = Field(default=None, max_length=500)


class AddGuidance(_Kept):
    kind: Literal["guide"] = "guide"
    text: str = Field(min_length=1, max_length=200)


class RemoveGuidance(_Kept):
    kind: Literal["unguide"] = "unguide"
    text: str


Proposal = Annotated[
    ChangeRules | AddSpecialist | RemoveSpecialist | ChangeTone | AddGuidance | RemoveGuidance,
    Field(discriminator="kind"),
]


class Pending(_Kept):
    serial: int
    """Of the preview: a button of an older one does nothing."""
    version: int
    """Of the business that the preview was made of."""
    proposal: Proposal


class Memory(_Kept):
    serial: int = 0
    pending: Pending | None = None


def read_memory(desk: DeskTurn) -> Memory:
    """What cannot be read is forgotten."""
    try:
        return Memory.model_validate(desk.kept(SECTION) or {})
    except ValidationError:
        return Memory()


def write_memory(desk: DeskTurn, memory: Memory) -> None:
    desk.keep(SECTION, memory.model_dump(mode="json"))
