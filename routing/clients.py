"""One client a key, made on first use: the SDKs behind them are large, and most installations need one of them."""

import asyncio
from collections.abc import Iterable
from datetime import timedelta
from importlib import import_module
from types import TracebackType
from typing import TYPE_CHECKING, Self, assert_never

from core.models import ChatMessage
from routing.keys import Access
from routing.provider import Prompt, Provider
from tenants.models import ProviderName

if TYPE_CHECKING:
    import httpx
    import httpx2


_TRIAL_TOKENS = 2_000
"""A model that thinks before it speaks needs them."""
_TRIAL_TIME = timedelta(seconds=30)


class Clients:
    """All keys of a vendor share its connections."""

    def __init__(self) -> None:
        self._httpx: httpx.AsyncClient | None = None
        self._httpx2: httpx2.AsyncClient | None = None
        self._loaded: set[ProviderName] = set()

    async def __aenter__(self) -> Self:
        return self

    async def __aexit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        for client in (self._httpx, self._httpx2):
            if client is not None:
                await client.aclose()

    async def load(self, providers: Iterable[ProviderName]) -> None:
        """Imports what is not there yet, in a thread: an SDK takes up to two seconds, and everybody would wait."""
        missing = set(providers) - self._loaded
        if missing:
            await asyncio.to_thread(self._import, missing)
            self._loaded |= missing

    def _import(self, providers: Iterable[ProviderName]) -> None:
        for provider in providers:
            import_module(f"routing.providers.{'openai' if provider == 'compatible' else provider}")

    def open(self, access: Access) -> Provider:
        """Raises Misconfigured for a key that cannot be one."""
        match access.provider:
            case "groq":
                from routing.providers.groq import GroqProvider

                return GroqProvider(api_key=access.key, base_url=access.base_url, http=self._open_httpx())
            case "anthropic":
                from routing.providers.anthropic import AnthropicProvider

                return AnthropicProvider(api_key=access.key, base_url=access.base_url, http=self._open_httpx2())
            case "openai" | "compatible":
                from routing.providers.openai import OpenAIProvider

                return OpenAIProvider(
                    api_key=access.key, base_url=access.base_url, compatible=access.provider == "compatible",
                    http=self._open_httpx2(),
                )  # fmt: skip
            case _:
                assert_never(access.provider)

    async def try_key(self, access: Access, model: str) -> str:
        """One very short, real question: the key, the model's name and the credit all show in it. Who answered.

        Raises Transient, Exhausted, Misconfigured, Rejected.
        """
        question = ChatMessage(role="user", content="Reply with the word: ready")
        client = self.open(access)
        try:
            reply = await client.complete(
                Prompt(model=model, messages=(question,), max_output_tokens=_TRIAL_TOKENS, deadline=_TRIAL_TIME)
            )
        finally:
            await client.aclose()
        return reply.model

    def _open_httpx(self) -> "httpx.AsyncClient":
        if self._httpx is None:
            from routing.providers.transport import open_httpx

            self._httpx = open_httpx()
        return self._httpx

    def _open_httpx2(self) -> "httpx2.AsyncClient":
        if self._httpx2 is None:
            from routing.providers.transport import open_httpx2

            self._httpx2 = open_httpx2()
        return self._httpx2
