"""Connecting bots and numbers from an owner's chat. The running fleet starts what is saved here within seconds.

Results hold codes and what anybody may know; never a token. `admin/bots/outcomes.py` words the codes.
"""

import secrets
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from functools import partial
from typing import Literal

import structlog
from pydantic import JsonValue

from agents.actions.desks.connecting import ManagedBot, MetaAccess, OwnBot, PastedToken, Pausing
from bots.identities import WrongNumber, fetch_managed_token, fill_menu, identify_bot, identify_number
from bots.keeping import AccountBook, Kept, Newcomer
from core.actions import ActionCall, Executor
from core.errors import Misconfigured, Rejected, StewardError
from core.ids import AccountId
from db.accounts import pause_own_account
from db.database import Database
from tenants.concealing import SecretKind, reveal
from tenants.secrets import Vault

_log = structlog.get_logger(__name__)
Result = dict[str, JsonValue]


@dataclass(frozen=True, slots=True, kw_only=True)
class Places:
    """Where the vendors are, and where they find us."""

    telegram_url: str
    whatsapp_url: str
    public_url: str
    """Of this installation; empty: Telegram is polled."""
    webhook_base: str
    """What Meta's webhook address begins with; empty: Meta cannot reach us."""
    menus: Mapping[str, Sequence[tuple[str, str]]]
    """A customers' bot's commands, by language."""


class BotConnector:
    """What the ways to connect a Telegram bot share."""

    def __init__(self, book: AccountBook, places: Places) -> None:
        self.book = book
        self.places = places

    async def connect(
        self, call: ActionCall, token: str, *, expected: str | None = None, managed_by: AccountId | None = None
    ) -> Result:
        """Raises Transient, Misconfigured."""
        try:
            me = await identify_bot(self.places.telegram_url, token)
        except Misconfigured:
            return {"code": "token_refused"}
        if expected is not None and me.external_id != expected:
            return {"code": "other_bot", "handle": me.username}
        kept = await self.book.keep(
            call.tenant_id,
            Newcomer(
                channel="telegram",
                external_id=me.external_id,
                name=me.name,
                handle=me.username,
                delivery="webhook" if self.places.public_url else "polling",
                secrets={"token": token},
                made={"webhook_secret": secrets.token_urlsafe(32)},
                manages_bots=me.manages,
                managed_by=managed_by,
            ),
        )
        if kept.outcome in ("connected", "mended"):
            await self._fill_menu(token)
        return _describe(kept, "telegram", me.name, me.username)

    async def _fill_menu(self, token: str) -> None:
        """A bot without a menu answers as well."""
        try:
            await fill_menu(self.places.telegram_url, token, self.places.menus)
        except StewardError as error:
            _log.warning("menu_not_filled", error=type(error).__name__)


class ConnectTelegram:
    def __init__(self, connector: BotConnector, vault: Vault) -> None:
        self._connector = connector
        self._vault = vault

    async def __call__(self, call: ActionCall) -> Result:
        wanted = PastedToken.model_validate(call.arguments)
        try:
            token = _reveal(self._vault, call, "telegram", wanted.token)
        except Rejected:
            return {"code": "token_refused"}
        return await self._connector.connect(call, token, expected=wanted.expected)


class ConnectManagedBot:
    """For the bot that was made through the admin bot at whose desk the action was asked for."""

    def __init__(self, connector: BotConnector) -> None:
        self._connector = connector

    async def __call__(self, call: ActionCall) -> Result:
        wanted = ManagedBot.model_validate(call.arguments)
        manager = await self._connector.book.admin_token(call.account_id)
        if manager is None:
            return {"code": "not_managed"}
        try:
            token = await fetch_managed_token(self._connector.places.telegram_url, manager, wanted.bot_id)
        except Rejected:
            return {"code": "not_managed"}
        return await self._connector.connect(call, token, expected=wanted.bot_id, managed_by=call.account_id)


class RenewManagedBot:
    """The token before ends at once, with the vendor too: also for whoever stole it."""

    def __init__(self, connector: BotConnector) -> None:
        self._connector = connector

    async def __call__(self, call: ActionCall) -> Result:
        wanted = OwnBot.model_validate(call.arguments)
        own = await self._connector.book.find(call.tenant_id, AccountId(wanted.account_id))
        manager = await self._connector.book.admin_token(own.managed_by) if own and own.managed_by else None
        if own is None or manager is None:
            return {"code": "not_managed"}
        url = self._connector.places.telegram_url
        try:
            token = await fetch_managed_token(url, manager, own.external_id, replace=True)
        except Rejected:
            return {"code": "not_managed"}
        return await self._connector.connect(call, token, expected=own.external_id)


class ConnectWhatsApp:
    def __init__(self, book: AccountBook, places: Places, vault: Vault) -> None:
        self._book = book
        self._places = places
        self._vault = vault

    async def __call__(self, call: ActionCall) -> Result:
        wanted = MetaAccess.model_validate(call.arguments)
        if not self._places.webhook_base:
            return {"code": "no_address"}
        try:
            token = _reveal(self._vault, call, "meta", wanted.token)
            app_secret = _reveal(self._vault, call, "app", wanted.app_secret) if wanted.app_secret else ""
        except Rejected:
            return {"code": "token_refused"}
        if not app_secret:
            stored = await self._book.stored_secrets(call.tenant_id, "whatsapp", wanted.phone_number_id)
            app_secret = stored.get("app_secret", "")
        if not app_secret:
            return {"code": "app_secret_missing"}
        return await self._connect(call, wanted.phone_number_id, token, app_secret)

    async def _connect(self, call: ActionCall, phone_number_id: str, token: str, app_secret: str) -> Result:
        try:
            number = await identify_number(self._places.whatsapp_url, token, phone_number_id)
        except WrongNumber:
            return {"code": "number_refused"}
        except Misconfigured:
            return {"code": "token_refused"}
        handle = "".join(sign for sign in number.display_number if sign.isdigit())
        name = number.name or number.display_number
        kept = await self._book.keep(
            call.tenant_id,
            Newcomer(
                channel="whatsapp",
                external_id=phone_number_id,
                name=name,
                handle=handle,
                delivery="webhook",
                secrets={"token": token, "app_secret": app_secret},
                made={"verify_token": secrets.token_urlsafe(24)},
            ),
        )
        described = _describe(kept, "whatsapp", name, handle)
        if kept.path_id:
            described |= {
                "webhook_url": f"{self._places.webhook_base.rstrip('/')}/whatsapp/{kept.path_id}",
                "verify_token": kept.secrets["verify_token"],
            }
        return described


class PauseBot:
    def __init__(self, database: Database, book: AccountBook) -> None:
        self._database = database
        self._book = book

    async def __call__(self, call: ActionCall) -> Result:
        wanted = Pausing.model_validate(call.arguments)
        async with self._database.tenant(call.tenant_id) as tx:
            done = await pause_own_account(tx, call.tenant_id, AccountId(wanted.account_id), paused=wanted.paused)
        if done and not wanted.paused:
            await self._book.hasten(AccountId(wanted.account_id))
        code = "gone" if not done else "paused" if wanted.paused else "resumed"
        return {"code": code, "account_id": wanted.account_id}


def connecting_executors(book: AccountBook, places: Places, database: Database, vault: Vault) -> dict[str, Executor]:
    connector = BotConnector(book, places)
    return {
        "connect_telegram": ConnectTelegram(connector, vault),
        "connect_managed_bot": ConnectManagedBot(connector),
        "renew_managed_bot": RenewManagedBot(connector),
        "connect_whatsapp": ConnectWhatsApp(book, places, vault),
        "pause_bot": PauseBot(database, book),
    }


def _reveal(vault: Vault, call: ActionCall, kind: SecretKind, sealed: str) -> str:
    """Raises Rejected."""
    return reveal(kind, sealed, partial(vault.open, call.tenant_id))


def _describe(kept: Kept, channel: Literal["telegram", "whatsapp"], name: str, handle: str) -> Result:
    if kept.outcome in ("already_here", "admin_bot"):
        return {"code": kept.outcome, "handle": handle}
    return {
        "code": kept.outcome,
        "account_id": kept.account_id,
        "channel": channel,
        "name": name,
        "handle": handle,
    }
