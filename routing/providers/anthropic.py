"""Anthropic: Claude.

Source: https://platform.claude.com/docs/en/api/messages, November 2026.
"""

from collections.abc import AsyncGenerator
from contextlib import AbstractAsyncContextManager
from datetime import timedelta
from typing import Literal, cast

import anthropic
import httpx2
from anthropic.types import MessageParam

from core.errors import Misconfigured
from core.media import Transcript
from routing.provider import Completion, Prompt
from routing.providers.exchange import Exchange, Reply
from routing.providers.failures import Vendor
from routing.providers.messages_reply import EventAssembler, read_message
from routing.providers.messages_request import make_messages, make_options
from routing.providers.transport import forget_headers, open_httpx2

_ANTHROPIC = Vendor(
    name="anthropic",
    label="Anthropic",
    key_setting="ANTHROPIC_API_KEY",
    refused=anthropic.APIStatusError,
    unconnected=anthropic.APIConnectionError,
)
_ADDRESS = "https://api.anthropic.com"


class AnthropicProvider:
    def __init__(self, *, api_key: str, base_url: str = "", http: httpx2.AsyncClient | None = None) -> None:
        """`http`, from `open_httpx2`, is shared and stays open; without it the provider has its own.

        Raises Misconfigured for a key that cannot be one.
        """
        key = _ANTHROPIC.check_key(api_key)
        self._own = open_httpx2() if http is None else None
        self._client = anthropic.AsyncAnthropic(
            api_key=key,
            base_url=base_url or _ADDRESS,
            max_retries=0,
            http_client=http or self._own,
            open_telemetry=False,  # its spans can hold prompts
        )
        forget_headers(self._client)
        self._exchange = Exchange(_ANTHROPIC, anthropic.AnthropicError)

    @property
    def name(self) -> Literal["groq", "anthropic", "openai", "compatible"]:
        return "anthropic"

    async def complete(self, prompt: Prompt) -> Completion:
        return await self._exchange.once(
            prompt.model,
            prompt.deadline,
            lambda: self._open(prompt, stream=False),
            lambda body: read_message(body, prompt, _ANTHROPIC),
        )

    def stream(self, prompt: Prompt) -> AsyncGenerator[str | Completion]:
        return self._exchange.stream(
            prompt.model,
            prompt.deadline,
            lambda: self._open(prompt, stream=True),
            lambda body: read_message(body, prompt, _ANTHROPIC),
            EventAssembler(prompt, _ANTHROPIC),
        )

    async def transcribe(
        self,
        model: str,  # noqa: ARG002 - the contract's names
        audio: bytes,  # noqa: ARG002
        *,
        name: str,  # noqa: ARG002
        language_hint: str | None,  # noqa: ARG002
        deadline: timedelta,  # noqa: ARG002
    ) -> Transcript:
        raise Misconfigured("Anthropic has no transcription. Set GROQ_API_KEY or OPENAI_API_KEY for it.")

    async def aclose(self) -> None:
        if self._own is not None:
            await self._own.aclose()

    def _open(self, prompt: Prompt, *, stream: bool) -> AbstractAsyncContextManager[Reply]:
        return self._client.messages.with_streaming_response.create(
            model=prompt.model,
            max_tokens=prompt.max_output_tokens,
            messages=cast("list[MessageParam]", make_messages(prompt.messages)),
            extra_body=make_options(prompt, stream=stream),
        )
