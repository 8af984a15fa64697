"""The language model as the deciding rooms see it. `routing` stands behind it."""

from dataclasses import dataclass
from datetime import timedelta
from typing import Literal, Protocol

from core.ids import TenantId


@dataclass(frozen=True, slots=True, kw_only=True)
class ChatMessage:
    role: Literal["system", "user", "assistant"]
    content: str


@dataclass(frozen=True, slots=True, kw_only=True)
class ModelReply:
    text: str
    model: str
    input_tokens: int
    output_tokens: int


class ChatModel(Protocol):
    @property
    def available(self) -> bool:
        """False when no provider is configured; the caller then answers without a model."""
        ...

    async def reply(
        self,
        tenant: TenantId,
        messages: tuple[ChatMessage, ...],
        *,
        max_output_tokens: int,
        deadline: timedelta,
    ) -> ModelReply:
        """Raises Transient, Exhausted, Misconfigured, Rejected; never returns an empty text."""
        ...
