"""What the section remembers: the access to a number as far as it was sent, and a token that was sent unasked."""

from typing import Literal

from pydantic import BaseModel, ConfigDict, ValidationError

from admin.session import DeskTurn

NAME = "bot"
"""The section's, before the colon of its buttons."""


class MetaParts(BaseModel):
    """Of a WhatsApp number. The secrets are sealed."""

    model_config = ConfigDict(frozen=True, extra="forbid")

    phone_number_id: str | None = None
    token: str | None = None
    app_secret: str | None = None
    mending: bool = False
    """The number is connected already, so its app secret is known."""

    def joined(self, newer: "MetaParts") -> "MetaParts":
        given = newer.model_dump(exclude_none=True, exclude_defaults=True)
        return self.model_copy(update=given)

    @property
    def missing(self) -> Literal["phone_number_id", "token", "app_secret"] | None:
        if self.phone_number_id is None:
            return "phone_number_id"
        if self.token is None:
            return "token"
        return None if self.app_secret or self.mending else "app_secret"


class BotMemory(BaseModel):
    model_config = ConfigDict(frozen=True, extra="forbid")

    meta: MetaParts | None = None
    offered: str | None = None
    """A bot's token, sealed, that waits for a *yes*."""
    expected: str | None = None
    """The id of the bot whose token is asked for; None: of any."""
    expecting: bool = False
    """The choice was offered: what is sent is meant for it."""


def recall(desk: DeskTurn) -> BotMemory:
    """What an older version kept in another form is forgotten."""
    try:
        return BotMemory.model_validate(desk.kept(NAME) or {})
    except ValidationError:
        return BotMemory()


def remember(desk: DeskTurn, memory: BotMemory) -> None:
    desk.keep(NAME, memory.model_dump(mode="json", exclude_none=True) or None)
