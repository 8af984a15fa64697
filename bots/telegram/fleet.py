"""The bots of this process: who runs, and aiogram's `Bot` for each over the one session."""

import re
from collections.abc import Mapping

from bots.accounts import Credentials, Registry
from bots.telegram.refusals import TOKEN
from bots.telegram.session import SharedSession
from bots.telegram.vendor import Bot
from core.channels import Account
from core.errors import Misconfigured
from core.ids import AccountId

_TOKEN = re.compile(r"[0-9]{1,20}:[A-Za-z0-9_-]{1,128}")
_SECRET = re.compile(r"[A-Za-z0-9_-]{1,256}")  # Source: core.telegram.org/bots/api#setwebhook, November 2026


class Fleet:
    def __init__(self, session: SharedSession) -> None:
        self.session = session
        self.registry = Registry()
        self._bots: dict[AccountId, Bot] = {}

    def put(self, account: Account, values: Mapping[str, str]) -> None:
        """Adds or replaces. Raises Misconfigured: a token of a wrong form or of another bot, a missing secret."""
        required = ("token", "webhook_secret") if account.delivery == "webhook" else ("token",)
        credentials = Credentials.read(values, required=required)
        bot = self.open_bot(credentials.token)
        if str(bot.id) != account.external_id:
            raise Misconfigured("This token belongs to another bot. Add that bot as an account of its own")
        if credentials.webhook_secret and _SECRET.fullmatch(credentials.webhook_secret) is None:
            raise Misconfigured("A webhook secret holds 1 to 256 letters, digits, _ and - only")
        self.registry.put(account, credentials)
        self._bots[account.account_id] = bot

    def open_bot(self, token: str) -> Bot:
        """A bot that is not one of the fleet yet. Raises Misconfigured when the token has a wrong form."""
        if _TOKEN.fullmatch(token) is None:
            raise Misconfigured(TOKEN)
        return Bot(token, session=self.session)

    def remove(self, account_id: AccountId) -> None:
        self.registry.remove(account_id)
        self._bots.pop(account_id, None)

    def bot(self, account_id: AccountId) -> Bot:
        """Raises Misconfigured when the account does not run here."""
        bot = self._bots.get(account_id)
        if bot is None:
            self.registry.get(account_id)
            raise Misconfigured(TOKEN)
        return bot
