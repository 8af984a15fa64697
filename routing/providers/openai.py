"""OpenAI, and every server that speaks its chat completions: Ollama, vLLM, LM Studio.

Source: https://platform.openai.com/docs/api-reference/chat, November 2026.
"""

from collections.abc import AsyncGenerator
from contextlib import AbstractAsyncContextManager
from datetime import timedelta
from typing import Literal, cast

import httpx2
import openai
from openai.types.chat import ChatCompletionMessageParam

from core.media import Transcript
from routing.provider import Completion, Prompt
from routing.providers.chat_completions import ChatCompletions
from routing.providers.chat_request import Body, Dialect
from routing.providers.exchange import Exchange, Reply
from routing.providers.failures import Vendor
from routing.providers.thinking import quieten_gpt, quieten_nothing
from routing.providers.transcription import make_file, make_options, read_transcription
from routing.providers.transport import forget_headers, open_httpx2

_OPENAI = Vendor(
    name="openai",
    label="OpenAI",
    key_setting="OPENAI_API_KEY",
    refused=openai.APIStatusError,
    unconnected=openai.APIConnectionError,
)
_COMPATIBLE = Vendor(
    name="compatible",
    label="the OpenAI-compatible server",
    key_setting="OPENAI_API_KEY",
    address_setting="STEWARD_OPENAI_BASE_URL",
    refused=openai.APIStatusError,
    unconnected=openai.APIConnectionError,
)
_ADDRESS = "https://api.openai.com/v1"


class OpenAIProvider:
    def __init__(
        self, *, api_key: str, base_url: str = "", compatible: bool = False, http: httpx2.AsyncClient | None = None
    ) -> None:
        """`compatible`: the server at `base_url` is another's, knows the older fields, and may take any key or none.

        `http`, from `open_httpx2`, is shared and stays open; without it the provider has its own.
        Raises Misconfigured for a key that cannot be one.
        """
        vendor = _COMPATIBLE if compatible else _OPENAI
        key = vendor.check_key(api_key or ("none" if compatible else ""))
        self._own = open_httpx2() if http is None else None
        self._client = openai.AsyncOpenAI(
            api_key=key,
            base_url=base_url or _ADDRESS,
            max_retries=0,
            http_client=http or self._own,
        )
        # The SDK takes these from the operator's environment, and the key may be a tenant's.
        self._client.organization = self._client.project = None
        forget_headers(self._client)
        self._exchange = Exchange(vendor, openai.OpenAIError)
        dialect = Dialect(
            limit_field="max_tokens" if compatible else "max_completion_tokens",
            schema_by="format",
            asks_for_usage=True,
            takes_cache_key=not compatible,
            quieten=quieten_nothing if compatible else quieten_gpt,
        )
        self._chat = ChatCompletions(self._exchange, dialect, self._send)

    @property
    def name(self) -> Literal["groq", "anthropic", "openai", "compatible"]:
        return self._exchange.vendor.name

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
            lambda body: read_transcription(body, model, self._exchange.vendor),
        )

    async def aclose(self) -> None:
        if self._own is not None:
            await self._own.aclose()

    def _send(self, model: str, messages: list[Body], options: Body) -> AbstractAsyncContextManager[Reply]:
        return self._client.chat.completions.with_streaming_response.create(
            model=model, messages=cast("list[ChatCompletionMessageParam]", messages), extra_body=options
        )
