"""Groq: open models, quick, and Whisper.

Source: https://console.groq.com/docs/api-reference, November 2026.
"""

from collections.abc import AsyncGenerator
from contextlib import AbstractAsyncContextManager
from datetime import timedelta
from typing import Literal, cast

import groq
import httpx
from groq.types.chat import ChatCompletionMessageParam

from core.media import Transcript
from routing.provider import Completion, Prompt
from routing.providers.chat_completions import ChatCompletions
from routing.providers.chat_request import Body, Dialect
from routing.providers.exchange import Exchange, Reply
from routing.providers.failures import Vendor
from routing.providers.thinking import quieten_on_groq
from routing.providers.transcription import make_file, make_options, read_transcription
from routing.providers.transport import forget_headers, open_httpx

_GROQ = Vendor(
    name="groq",
    label="Groq",
    key_setting="GROQ_API_KEY",
    refused=groq.APIStatusError,
    unconnected=groq.APIConnectionError,
)
_DIALECT = Dialect(
    limit_field="max_completion_tokens",
    schema_by="tool",
    asks_for_usage=False,
    takes_cache_key=False,
    quieten=quieten_on_groq,
)
_ADDRESS = "https://api.groq.com"
"""Without /openai/v1, which the SDK adds."""


class GroqProvider:
    def __init__(self, *, api_key: str, base_url: str = "", http: httpx.AsyncClient | None = None) -> None:
        """`http`, from `open_httpx`, is shared and stays open; without it the provider has its own.

        Raises Misconfigured for a key that cannot be one.
        """
        key = _GROQ.check_key(api_key)
        self._own = open_httpx() if http is None else None
        self._client = groq.AsyncGroq(
            api_key=key,
            base_url=base_url or _ADDRESS,
            max_retries=0,
            http_client=http or self._own,
        )
        forget_headers(self._client)
        self._exchange = Exchange(_GROQ, groq.GroqError)
        self._chat = ChatCompletions(self._exchange, _DIALECT, self._send)

    @property
    def name(self) -> Literal["groq", "anthropic", "openai", "compatible"]:
        return "groq"

    async def complete(self, prompt: Prompt) -> Completion:
        return await self._chat.complete(prompt)

    def stream(self, prompt: Prompt) -> AsyncGenerator[str | Completion]:
        return self._chat.stream(prompt)

    async def transcribe(
        self, model: str, audio: bytes, *, name: str, language_hint: str | None, deadline: timedelta
    ) -> Transcript:
        file = make_file(audio, name)
        return await self._exchange.once(
            model,
            deadline,
            lambda: self._client.audio.transcriptions.with_streaming_response.create(
                model=model, file=file, extra_body=make_options(model, language_hint)
            ),
            lambda body: read_transcription(body, model, _GROQ),
        )

    async def aclose(self) -> None:
        if self._own is not None:
            await self._own.aclose()

    def _send(self, model: str, messages: list[Body], options: Body) -> AbstractAsyncContextManager[Reply]:
        return self._client.chat.completions.with_streaming_response.create(
            model=model, messages=cast("list[ChatCompletionMessageParam]", messages), extra_body=options
        )
