"""Making a business in chat, and trying out what its bot would say."""

from pydantic import Field

from agents.actions.declaration import ActionDeclaration, Arguments
from agents.actions.desks.declaring import declare


class OpenBusinessArguments(Arguments):
    """What is known of a business after its first question, and in which chat it was answered."""

    name: str = Field(min_length=1, max_length=60)
    language: str = Field(pattern=r"^[a-z]{2,3}$")
    time_zone: str = Field(min_length=1, max_length=64)
    currency: str = Field(pattern=r"^[A-Z]{3}$")
    member_name: str = Field(min_length=1, max_length=100)
    member_language: str | None = Field(default=None, max_length=35)
    chat: str = Field(min_length=1, max_length=512)
    """The executor sees whether it is the chat of the desk that asks."""


class RehearseArguments(Arguments):
    text: str = Field(min_length=1, max_length=1_000)
    """What a customer would ask."""
    language: str | None = Field(default=None, max_length=35)
    """Of the invented customer's app."""


OPEN_BUSINESS = ActionDeclaration(
    # A stranger has no seat anywhere: the executor itself sees who may.
    name="open_business", title="Make a business", about="Make a business", by="platform", agents=frozenset(),
    concerns=(), arguments=OpenBusinessArguments, touches="business", risk="low", reversal="nothing", cost="free",
    idempotency="key", decide="allow", approver="owner", money_moving=False, executor="open_business", done=(),
    result="tenant; or refused: closed, often, full",
)  # fmt: skip
REHEARSE = declare(
    "rehearse", "Try what the bot would answer", RehearseArguments,
    "text, escalated, actions, sources; nothing is sent and nothing kept", seat="manager", touches="nothing",
)  # fmt: skip
OPENING = (OPEN_BUSINESS, REHEARSE)
