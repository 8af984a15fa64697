"""What a tenant wants of models: how good, whose, and where they stand. Data, so that owners can change it."""

from decimal import Decimal
from typing import Literal

from pydantic import BaseModel, ConfigDict, Field

ProviderName = Literal["groq", "anthropic", "openai", "compatible"]
Tier = Literal["cheap", "strong"]


class ModelCard(BaseModel):
    """A model, as the catalogue or a tenant describes it."""

    model_config = ConfigDict(extra="forbid", frozen=True)

    provider: ProviderName
    model: str = Field(min_length=1, max_length=100)
    """The provider's own name for it."""
    task: Literal["chat", "transcription"] = "chat"
    tier: Tier = "cheap"
    skill: float = Field(default=3.0, ge=0, le=8)
    """On the scale of difficulty (0 to 4): a model is right in half of what is as hard as its skill."""
    seconds: float = Field(default=1.5, gt=0, le=600)
    """A short reply takes this long, until it has been measured here."""
    context_tokens: int = Field(default=32_000, ge=1_000)
    thinking_tokens: int = Field(default=0, ge=0, le=100_000)
    """What the model may spend on reasoning before its reply; comes on top of the reply's limit."""
    vision: bool = False
    tools: bool = False
    region: str = Field(default="us", min_length=2, max_length=10)
    """Where requests are worked on: `us`, `eu`, `local`."""
    usd_input: Decimal | None = Field(default=None, ge=0)
    """For a million tokens. None: `genai-prices` knows it, or the model is refused."""
    usd_output: Decimal | None = Field(default=None, ge=0)
    usd_cached: Decimal | None = Field(default=None, ge=0)

    @property
    def name(self) -> str:
        return f"{self.provider}/{self.model}"


class ModelPolicy(BaseModel):
    """A tenant's `[models]` in `tenant.toml`, kept in `tenants.models`."""

    model_config = ConfigDict(extra="forbid", frozen=True)

    quality: Literal["economy", "balanced", "best"] = "balanced"
    """What a right answer is worth against its price."""
    allowed: tuple[str, ...] = ()
    """`provider/model`, with `*` for any part. Empty: all of the catalogue."""
    regions: tuple[str, ...] = ()
    """Empty: anywhere. `local` keeps everything on the operator's own machines."""
    floor: Tier = "cheap"
    """`strong`: never a cheaper model than that, also not when a budget nears its end."""
    add: tuple[ModelCard, ...] = ()
    """The tenant's own models; one that the catalogue has replaces it."""
