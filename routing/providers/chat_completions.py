"""One provider over chat completions, whichever SDK sends: OpenAI's and Groq's are siblings."""

from collections.abc import AsyncGenerator, Callable
from contextlib import AbstractAsyncContextManager

from routing.provider import Completion, Prompt
from routing.providers.chat_reply import ChunkAssembler, read_completion
from routing.providers.chat_request import Body, Dialect, make_messages, make_options
from routing.providers.exchange import Exchange, Reply

Send = Callable[[str, list[Body], Body], AbstractAsyncContextManager[Reply]]
"""Model, messages, and the rest of the body."""


class ChatCompletions:
    def __init__(self, exchange: Exchange, dialect: Dialect, send: Send) -> None:
        self._exchange = exchange
        self._dialect = dialect
        self._send = send

    async def complete(self, prompt: Prompt) -> Completion:
        return await self._exchange.once(
            prompt.model,
            prompt.deadline,
            lambda: self._open(prompt, stream=False),
            lambda body: read_completion(body, prompt, self._exchange.vendor),
        )

    def stream(self, prompt: Prompt) -> AsyncGenerator[str | Completion]:
        return self._exchange.stream(
            prompt.model,
            prompt.deadline,
            lambda: self._open(prompt, stream=True),
            lambda body: read_completion(body, prompt, self._exchange.vendor),
            ChunkAssembler(prompt, self._exchange.vendor),
        )

    def _open(self, prompt: Prompt, *, stream: bool) -> AbstractAsyncContextManager[Reply]:
        options = make_options(prompt, self._dialect, stream=stream)
        return self._send(prompt.model, make_messages(prompt.messages), options)
