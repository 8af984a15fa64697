"""A provider: one vendor's service behind one key, as the router sees it. One try a call; retries are the router's."""

from collections.abc import AsyncGenerator, Mapping
from dataclasses import dataclass
from datetime import timedelta
from typing import Literal, Protocol

from pydantic import JsonValue

from core.media import Transcript
from core.models import ChatMessage, TokenUsage, Tool, ToolCall


@dataclass(frozen=True, slots=True, kw_only=True)
class Prompt:
    model: str
    """The provider's own name for it."""
    messages: tuple[ChatMessage, ...]
    max_output_tokens: int
    deadline: timedelta
    """For this one try."""
    tools: tuple[Tool, ...] = ()
    schema: Mapping[str, JsonValue] | None = None
    """JSON schema of an object that the whole reply has to be."""
    cache_key: str = ""
    """Opaque, the same for prompts that begin alike; for providers that steer their prompt cache by one."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Completion:
    """A reply that came whole."""

    text: str
    tool_calls: tuple[ToolCall, ...] = ()
    model: str
    """As the provider names the one that answered."""
    usage: TokenUsage | None
    """None where the server does not say."""


class Provider(Protocol):
    @property
    def name(self) -> Literal["groq", "anthropic", "openai", "compatible"]: ...

    async def complete(self, prompt: Prompt) -> Completion:
        """Raises Busy, Interrupted, BadReply, Exhausted, Misconfigured, Rejected.

        Never returns neither text nor tool calls, nor a reply that was cut off. Cancelling closes the connection.
        """
        ...

    def stream(self, prompt: Prompt) -> AsyncGenerator[str | Completion]:
        """Pieces of text as they come, and last of all the whole. A stream that ends early raises Interrupted."""
        ...

    async def transcribe(
        self, model: str, audio: bytes, *, name: str, language_hint: str | None, deadline: timedelta
    ) -> Transcript:
        """Raises as `complete` does. Misconfigured where the provider has no transcription."""
        ...

    async def aclose(self) -> None: ...
