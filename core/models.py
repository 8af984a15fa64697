"""Language models as the deciding rooms see them. `routing` stands behind it, bound to one turn and its tenant."""

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import timedelta
from typing import Literal, Protocol

from pydantic import BaseModel, JsonValue

from core.money import Money


@dataclass(frozen=True, slots=True, kw_only=True)
class Picture:
    mime: Literal["image/jpeg", "image/png", "image/webp", "image/gif"]
    data: bytes


@dataclass(frozen=True, slots=True, kw_only=True)
class ToolCall:
    """What a model asks to be done. Untrusted: whoever acts on it checks name and arguments."""

    id: str
    name: str
    arguments: dict[str, JsonValue]


@dataclass(frozen=True, slots=True, kw_only=True)
class ChatMessage:
    role: Literal["system", "user", "assistant", "tool"]
    content: str
    pictures: tuple[Picture, ...] = ()
    """Of a user's message."""
    tool_calls: tuple[ToolCall, ...] = ()
    """Of an assistant's message."""
    answers: str = ""
    """Of a tool's message: the id of the call whose result it is."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Tool:
    name: str
    description: str
    parameters: Mapping[str, JsonValue]
    """JSON schema of an object."""


@dataclass(frozen=True, slots=True, kw_only=True)
class TokenUsage:
    """As the provider counted it, in tokens."""

    input_tokens: int = 0
    """All of the input, the cached part included."""
    cached_read_tokens: int = 0
    cached_write_tokens: int = 0
    output_tokens: int = 0
    """Reasoning included."""


@dataclass(frozen=True, slots=True, kw_only=True)
class ModelRequest:
    messages: tuple[ChatMessage, ...]
    """System messages first: providers cache the longest prefix that stays the same."""
    max_output_tokens: int
    deadline: timedelta
    """Over all attempts, with all models, pauses included."""
    agent: str = "general"
    """Who asks: budgets and spend are kept by agent."""
    question: str = ""
    """What makes the request easy or hard, without the material around it. Empty: the last thing that a user said."""
    tools: tuple[Tool, ...] = ()
    schema: type[BaseModel] | None = None
    """The reply must be JSON of this shape; it comes back checked as `ModelReply.value`."""
    urgency: Literal["interactive", "background"] = "interactive"
    """`interactive`: somebody waits, so a slow or busy model counts against itself."""


@dataclass(frozen=True, slots=True, kw_only=True)
class ModelReply:
    text: str
    """Empty only when there are tool calls or a value."""
    tool_calls: tuple[ToolCall, ...] = ()
    value: BaseModel | None = None
    model: str
    """`provider/model`."""
    usage: TokenUsage
    cost: Money
    """In the tenant's currency; of this reply with the attempts before it."""
    difficulty: int = 0
    """How hard the request was judged to be, from 0 to 4; with `model` it names what a verdict is about."""


class ChatModel(Protocol):
    @property
    def available(self) -> bool:
        """False when the tenant has no model that may be used; the caller then answers without one."""
        ...

    @property
    def prices(self) -> Literal["exact", "estimated", "free"]:
        """How well is known what the models that may be used cost: as well as of the least known."""
        ...

    async def reply(self, request: ModelRequest) -> ModelReply:
        """Raises Transient (no model answered in time), Exhausted (a budget is used up), Misconfigured, Rejected."""
        ...
