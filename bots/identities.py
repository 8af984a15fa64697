"""Whose a token is, and what the vendor says about it: for `tenant connect` and `doctor`, which run no bots.

Each call opens its own session and closes it.
"""

from collections.abc import AsyncGenerator, Mapping, Sequence
from contextlib import asynccontextmanager
from dataclasses import dataclass
from datetime import datetime

from bots.telegram.fleet import Fleet
from bots.telegram.session import SharedSession
from bots.telegram.vendor import Bot, methods, types
from bots.whatsapp.numbers import Numbers
from core.errors import Misconfigured, Rejected, Transient

_TRY_AGAIN = "Check this machine's network and {setting}, then try again"


class WrongNumber(Misconfigured):
    """The token is good, but not for this phone number id."""


@dataclass(frozen=True, slots=True, kw_only=True)
class BotIdentity:
    external_id: str
    username: str
    name: str
    manages: bool = False
    """Whether people can make bots through it by a tap: its owner switched that on at BotFather."""


@dataclass(frozen=True, slots=True, kw_only=True)
class NumberIdentity:
    external_id: str
    """The phone number id."""
    display_number: str
    name: str


@dataclass(frozen=True, slots=True, kw_only=True)
class WebhookState:
    url: str
    """Empty when none is set: the bot is polled."""
    waiting: int
    """Updates that Telegram holds for the bot."""
    last_error: str
    last_error_at: datetime | None


async def identify_bot(base_url: str, token: str) -> BotIdentity:
    """Raises Misconfigured when Telegram does not accept the token, Transient when it cannot be reached."""
    async with _open_bot(base_url, token) as bot:
        me = await bot.me()
    return BotIdentity(
        external_id=str(me.id), username=me.username or "", name=me.full_name, manages=bool(me.can_manage_bots)
    )


async def fetch_managed_token(base_url: str, token: str, bot_id: str, *, replace: bool = False) -> str:
    """The token of a bot that the token's bot manages. `replace`: a new one, and the one before ends at once.

    Raises Rejected when it does not manage such a bot, Misconfigured when its own token is refused, Transient.
    """
    session = SharedSession(base_url)
    method = methods.ReplaceManagedBotToken if replace else methods.GetManagedBotToken
    try:
        found = await session.deliver(Fleet(session).open_bot(token), method(user_id=int(bot_id)))
    finally:
        await session.close()
    if not isinstance(found, str):
        raise Transient("Telegram's answer is not what the Bot API promises")
    return found


async def read_webhook(base_url: str, token: str) -> WebhookState:
    """How Telegram delivers to the bot. Raises as `identify_bot` does."""
    async with _open_bot(base_url, token) as bot:
        info = await bot(methods.GetWebhookInfo())
    return WebhookState(
        url=info.url,
        waiting=info.pending_update_count,
        last_error=info.last_error_message or "",
        last_error_at=info.last_error_date,
    )


async def fill_menu(base_url: str, token: str, menus: Mapping[str, Sequence[tuple[str, str]]]) -> None:
    """The bot's command menu: (command without slash, description) by language, English also for all others.

    Raises as `identify_bot` does.
    """
    async with _open_bot(base_url, token) as bot:
        for language, menu in menus.items():
            commands = [types.BotCommand(command=name, description=text) for name, text in menu]
            await bot(methods.SetMyCommands(commands=commands, language_code=language))
            if language == "en":
                await bot(methods.SetMyCommands(commands=commands))


async def identify_number(base_url: str, token: str, phone_number_id: str) -> NumberIdentity:
    """`base_url` is the Graph API's with its version.

    Raises Misconfigured when the token is not accepted (`WrongNumber`: may not use the number), Transient when Meta is
    out of reach.
    """
    if not (phone_number_id.isascii() and phone_number_id.isdigit()):
        raise WrongNumber("A phone number id is digits only. Meta shows it under WhatsApp > API setup")
    numbers = Numbers(base_url)
    try:
        found = await numbers.open_graph(token).find_number(phone_number_id)
    except Rejected as error:
        raise WrongNumber(
            "This token may not use this phone number id. Check the id under WhatsApp > API setup, and that the system "
            "user of the token has the WhatsApp account among its assets"
        ) from error
    except Transient as error:
        raise Transient(f"{error}. {_TRY_AGAIN.format(setting='STEWARD_WHATSAPP_URL')}", error.retry_after) from error
    finally:
        await numbers.close()
    return NumberIdentity(
        external_id=phone_number_id,
        display_number=str(found.get("display_phone_number", "")),
        name=str(found.get("verified_name", "")),
    )


@asynccontextmanager
async def _open_bot(base_url: str, token: str) -> AsyncGenerator[Bot]:
    session = SharedSession(base_url)
    try:
        yield Fleet(session).open_bot(token)
    except Rejected as error:  # no call here carries anything that Telegram could object to, but for the token
        raise Misconfigured(f"{error}. Check the token with @BotFather, and STEWARD_TELEGRAM_URL") from error
    except Transient as error:
        raise Transient(f"{error}. {_TRY_AGAIN.format(setting='STEWARD_TELEGRAM_URL')}", error.retry_after) from error
    finally:
        await session.close()
