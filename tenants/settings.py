"""What an owner sets in chat and no folder needs: stored as `tenants.settings`."""

from datetime import datetime, time
from functools import lru_cache
from typing import Literal

import structlog
from pydantic import AwareDatetime, BaseModel, ConfigDict, Field, ValidationError

_log = structlog.get_logger(__name__)
Tone = Literal["warm", "formal", "brief"]
_TONES: dict[Tone, str] = {
    "warm": "Write warmly and personally, as a friendly neighbour would.",
    "formal": "Write politely and formally.",
    "brief": "Write briefly: one or two short sentences.",
}


class BusinessSettings(BaseModel):
    model_config = ConfigDict(extra="forbid", frozen=True)

    about: str = Field(default="", max_length=2_000)
    """What the business does, in its owner's words."""
    hours: str = Field(default="", max_length=1_000)
    """When it is open, in its owner's words; also kept as knowledge."""
    tone: Tone | None = None
    tone_words: str = Field(default="", max_length=500)
    """More about the tone, in the owner's words."""
    guidance: tuple[str, ...] = Field(default=(), max_length=20)
    """Rules in plain words that agents are told, each at most a sentence or two."""
    paused_until: AwareDatetime | None = None
    """Until then the bot answers nobody by itself: questions go to people."""
    digest_at: time | None = time(8, 0)
    """When the daily digest comes, where the business is; None: not at all."""
    weekly: bool = True
    monthly: bool = True
    working_from: time = time(8, 0)
    working_to: time = time(20, 0)
    """Between these, owners are reminded of what waits."""
    set_up: bool = True
    """False until `/new` was gone through to its end."""

    def is_paused(self, now: datetime) -> bool:
        return self.paused_until is not None and now < self.paused_until


def write_persona(settings: BusinessSettings, otherwise: str) -> str:
    """What agents are told of the business; `otherwise` stands in for what is not said about it."""
    parts = [settings.about.strip() or otherwise.strip(), _TONES[settings.tone] if settings.tone else ""]
    parts += [settings.tone_words.strip(), *(rule.strip() for rule in settings.guidance)]
    return "\n".join(filter(None, parts))


@lru_cache(maxsize=1_024)
def read_settings(text: str) -> BusinessSettings:
    """Of `TenantProfile.settings`. What cannot be read counts as not said."""
    try:
        return BusinessSettings.model_validate_json(text)
    except ValidationError as error:
        _log.error("business_settings_unreadable", errors=error.error_count())
        return BusinessSettings()
