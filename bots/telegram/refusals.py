"""What the Bot API answers when it does not do what it was asked, as our errors.

Source: core.telegram.org/bots/api#making-requests and #responseparameters, November 2026. The texts of `description`
are not promised; those used here have not changed in years.
"""

from datetime import timedelta
from typing import cast

from core.errors import Blocked, Misconfigured, Rejected, StewardError, Transient

TOKEN = "Telegram does not accept this bot's token. Get the current one from @BotFather and set it"  # noqa: S105


CONFLICT = "Another program takes this bot's updates"


class Refused(Rejected):
    """Telegram's 400, with its reason."""

    def __init__(self, description: str) -> None:
        super().__init__(f"Telegram refused: {description}")
        self.description = description.lower()

    @property
    def formatting(self) -> bool:
        return "can't parse entities" in self.description or "entity" in self.description

    @property
    def unchanged(self) -> bool:
        return "message is not modified" in self.description

    @property
    def message_gone(self) -> bool:
        return "message to edit not found" in self.description or "message can't be edited" in self.description

    @property
    def unfit_photo(self) -> bool:
        return "photo_" in self.description or "image_process_failed" in self.description


class Conflict(Misconfigured):
    """Telegram's 409: somebody else takes this bot's updates."""

    def __init__(self, description: str) -> None:
        super().__init__(f"{CONFLICT}. Stop it, or give Steward a bot of its own")
        self.webhook_set = "webhook is active" in description.lower()


def read_refusal(status: int, fields: dict[str, object]) -> StewardError:
    """The error to raise for a reply that is not `ok`. `fields` are the decoded body's; none when it was no JSON."""
    code, text = fields.get("error_code"), fields.get("description")
    code = code if isinstance(code, int) else status
    description = text[:200] if isinstance(text, str) else ""
    pause = _read_pause(fields.get("parameters"))
    if code == 429 or pause is not None:
        return Transient("Telegram wants a pause", pause or timedelta(seconds=1))
    if code == 403:
        return Blocked("The person blocked the bot or left Telegram")
    if code in (401, 404):
        return Misconfigured(TOKEN)
    if code == 409:
        return Conflict(description)
    if code == 400:
        return Refused(description)
    if code == 413:
        return Rejected("The file is larger than the 50 MB that Telegram takes from bots")
    if 400 < code < 500:
        return Rejected(f"Telegram refused: HTTP {code}")
    return Transient(f"Telegram answered with HTTP {code}")


def _read_pause(parameters: object) -> timedelta | None:
    if not isinstance(parameters, dict):
        return None
    seconds = cast("dict[str, object]", parameters).get("retry_after")
    return timedelta(seconds=seconds) if isinstance(seconds, int) and 0 < seconds < 1_000_000 else None
