"""Connecting a bot or number, giving it another token, pausing it. Secrets come sealed; see `tenants/concealing.py`."""

from typing import Annotated

from pydantic import Field

from agents.actions.declaration import Arguments
from agents.actions.desks.declaring import declare

Digits = Annotated[str, Field(pattern=r"^\d{1,25}$")]
Sealed = Annotated[str, Field(pattern=r"^[A-Za-z0-9_-]{20,4000}$")]
_RESULT = (
    "code: connected, mended, unchanged, or why not; account_id, channel, name, handle; a number's webhook_url and "
    "verify_token; never a token"
)


class ManagedBot(Arguments):
    bot_id: Digits


class PastedToken(Arguments):
    token: Sealed
    expected: Digits | None = None
    """The bot that is to be mended; None: any."""


class MetaAccess(Arguments):
    phone_number_id: Digits
    token: Sealed
    app_secret: Sealed | None = None
    """None: the one that is stored."""


class OwnBot(Arguments):
    account_id: int = Field(ge=1)


class Pausing(OwnBot):
    paused: bool


CONNECT_MANAGED_BOT = declare(
    "connect_managed_bot", "Connect the bot that was just made by a tap", ManagedBot, _RESULT, seat="owner"
)
CONNECT_TELEGRAM = declare(
    "connect_telegram", "Connect a Telegram bot by its token", PastedToken, _RESULT, seat="owner"
)
CONNECT_WHATSAPP = declare(
    "connect_whatsapp", "Connect a WhatsApp number by its access token", MetaAccess, _RESULT, seat="owner"
)
RENEW_MANAGED_BOT = declare(
    "renew_managed_bot", "Make a new token for a bot that was made by a tap", OwnBot, _RESULT, seat="owner"
)
PAUSE_BOT = declare(
    "pause_bot", "Pause a bot or let it run again", Pausing, "code: paused, resumed or gone; account_id", seat="owner"
)
CONNECTING = (CONNECT_MANAGED_BOT, CONNECT_TELEGRAM, CONNECT_WHATSAPP, RENEW_MANAGED_BOT, PAUSE_BOT)
