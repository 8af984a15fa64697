"""OpenAI and everything that speaks its chat completions: Ollama, vLLM, LM Studio.

Source: https://platform.openai.com/docs/api-reference/chat, November 2026.
"""

import asyncio
from datetime import UTC, datetime, timedelta
from typing import NoReturn

import openai
from openai.types.chat import ChatCompletion, ChatCompletionMessageParam

from core.errors import Exhausted, Misconfigured, Rejected, StewardError, Transient
from core.ids import TenantId
from core.models import ChatMessage, ModelReply
from routing.retry_after import parse_retry_after

_LONGEST_REPLY = 20_000
"""Characters; a longer one is a model gone astray."""


class OpenAIModel:
    def __init__(self, *, api_key: str, base_url: str, model: str) -> None:
        """An empty `base_url` means OpenAI itself; local servers take any key."""
        self._local = bool(base_url)
        self._model = model
        self._client = openai.AsyncOpenAI(api_key=api_key or "none", base_url=base_url or None, max_retries=0)

    @property
    def available(self) -> bool:
        return True

    async def aclose(self) -> None:
        await self._client.close()

    async def reply(
        self,
        tenant: TenantId,  # noqa: ARG002 - the ledger will want it
        messages: tuple[ChatMessage, ...],
        *,
        max_output_tokens: int,
        deadline: timedelta,
    ) -> ModelReply:
        """One try. Raises Transient, Exhausted, Misconfigured, Rejected (what was asked can never be answered)."""
        try:
            async with asyncio.timeout(deadline.total_seconds()):
                completion = await self._complete(messages, max_output_tokens)
            return _read(completion, self._model)
        except StewardError:
            raise
        except TimeoutError as error:
            raise Transient(f"The model {self._model} took too long") from error
        except openai.OpenAIError as error:
            self._translate(error)
        except (ValueError, TypeError, AttributeError, LookupError, AssertionError) as error:
            # The SDK does not check what it parses: broken JSON, a missing list or a wrong type surface as these.
            raise Transient(f"The model {self._model} sent a reply that cannot be read") from error

    async def _complete(self, messages: tuple[ChatMessage, ...], max_output_tokens: int) -> ChatCompletion:
        prompt = [_param(message) for message in messages]
        if self._local:  # which know only the older name
            return await self._client.chat.completions.create(
                model=self._model, messages=prompt, max_tokens=max_output_tokens
            )
        return await self._client.chat.completions.create(
            model=self._model, messages=prompt, max_completion_tokens=max_output_tokens
        )

    def _translate(self, error: openai.OpenAIError) -> NoReturn:
        match error:
            case openai.AuthenticationError() | openai.PermissionDeniedError():
                raise Misconfigured("The model's key was refused. Check OPENAI_API_KEY.") from error
            case openai.NotFoundError():
                raise Misconfigured(f"There is no model {self._model} at the provider. Check its name.") from error
            case openai.RateLimitError(code="insufficient_quota"):
                raise Exhausted("The account at the model's provider has no credit left.") from error
            case openai.RateLimitError() | openai.InternalServerError() | openai.ConflictError():
                wait = parse_retry_after(error.response.headers, datetime.now(UTC))
                raise Transient(f"The model {self._model} is busy ({error.status_code})", wait) from error
            case openai.APIStatusError() if error.status_code in (408, 425):
                raise Transient(f"The model {self._model} is busy ({error.status_code})") from error
            case openai.APIStatusError():
                raise Rejected(f"The model {self._model} refused the request ({error.status_code})") from error
            case _:
                raise Transient(f"The model {self._model} cannot be reached or read") from error


def _param(message: ChatMessage) -> ChatCompletionMessageParam:
    match message.role:
        case "system":
            return {"role": "system", "content": message.content}
        case "user":
            return {"role": "user", "content": message.content}
        case "assistant":
            return {"role": "assistant", "content": message.content}


def _read(completion: ChatCompletion, asked: str) -> ModelReply:
    choice = completion.choices[0]
    text = choice.message.content
    if choice.finish_reason == "content_filter":
        raise Rejected(f"The model {asked} declined to answer")
    if choice.finish_reason == "length":
        raise Transient(f"The model {asked} was cut off in mid-reply")
    if not isinstance(text, str) or not text.strip():
        raise Transient(f"The model {asked} sent an empty reply")
    if len(text) > _LONGEST_REPLY:
        raise Transient(f"The model {asked} sent far too much")
    usage = completion.usage
    return ModelReply(
        text=text.strip(),
        model=completion.model or asked,
        input_tokens=usage.prompt_tokens if usage else 0,
        output_tokens=usage.completion_tokens if usage else 0,
    )
