"""What the settings say of models: whose keys there are, and which one model is wanted."""

from decimal import Decimal
from typing import TYPE_CHECKING

from routing.catalogue import LOCAL, shipped
from routing.keys import Access
from routing.prices import is_local
from steward.settings import Settings
from tenants.models import ModelCard, ProviderName

if TYPE_CHECKING:
    from pydantic import SecretStr


def read_access(settings: Settings) -> dict[ProviderName, Access]:
    """The operator's keys. A server of one's own needs none."""
    found: dict[ProviderName, Access] = {}
    keys: tuple[tuple[ProviderName, SecretStr | None, str], ...] = (
        ("groq", settings.groq_api_key, settings.groq_base_url),
        ("anthropic", settings.anthropic_api_key, settings.anthropic_base_url),
        ("openai", settings.openai_api_key, settings.openai_base_url),
    )
    for provider, key, base_url in keys:
        if provider == "openai" and has_server(settings):
            provider, key_text = "compatible", key.get_secret_value() if key else "none"
        elif key is None or not (key_text := key.get_secret_value().strip()):
            continue
        found[provider] = Access(provider=provider, key=key_text, base_url=base_url)
    return found


def has_server(settings: Settings) -> bool:
    """Whether `openai_base_url` is a server of its own rather than a proxy in front of OpenAI."""
    return bool(settings.openai_base_url and (settings.model or settings.openai_api_key is None))


def read_card(settings: Settings) -> ModelCard | None:
    """The one model that the operator named."""
    server = has_server(settings)
    if not settings.model and not server:
        return None
    known = next((card for card in shipped() if card.name == f"openai/{settings.model}"), None)
    if known is not None and not server:
        return known
    prices = [Decimal(each) for each in settings.model_price.split(",") if each]
    region = LOCAL if server and is_local(settings.openai_base_url) else "us"
    return ModelCard(
        provider="compatible" if server else "openai", model=settings.model or "default", region=region, tools=True,
        usd_input=prices[0] if prices else None, usd_output=prices[1] if prices else None,
    )  # fmt: skip
