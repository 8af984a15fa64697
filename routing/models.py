"""Which model answers: for now the one that is configured, or none."""

from datetime import timedelta
from typing import TYPE_CHECKING, NoReturn

from core.errors import Misconfigured
from core.ids import TenantId
from core.models import ChatMessage

if TYPE_CHECKING:
    from routing.providers.openai import OpenAIModel

DEFAULT_MODEL = "gpt-4.1-mini"


class NoModel:
    """Stands where no provider is configured: answers then come from the knowledge as it is written."""

    @property
    def available(self) -> bool:
        return False

    async def reply(
        self,
        tenant: TenantId,  # noqa: ARG002 - the contract's names
        messages: tuple[ChatMessage, ...],  # noqa: ARG002
        *,
        max_output_tokens: int,  # noqa: ARG002
        deadline: timedelta,  # noqa: ARG002
    ) -> NoReturn:
        raise Misconfigured("No model is configured. Set OPENAI_API_KEY, or STEWARD_OPENAI_BASE_URL for a local one.")

    async def aclose(self) -> None:
        pass


def open_model(*, api_key: str, base_url: str, model: str) -> "OpenAIModel | NoModel":
    """The provider's where a key or a base URL is set, else `NoModel`. Empty texts mean "not set"."""
    if not api_key and not base_url:
        return NoModel()
    from routing.providers.openai import OpenAIModel

    return OpenAIModel(api_key=api_key, base_url=base_url, model=model or DEFAULT_MODEL)
