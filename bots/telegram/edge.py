"""Telegram in one piece: the bots of this process, how they are heard and how they speak."""

from collections.abc import Mapping, Sequence
from datetime import timedelta

from aiohttp import web

from bots.intake import Intake
from bots.telegram.channel import PACE, FetchMedia, TelegramChannel
from bots.telegram.fleet import Fleet
from bots.telegram.parse import ALLOWED_UPDATES
from bots.telegram.polling import OnTrouble, Poller
from bots.telegram.session import PRODUCTION, SharedSession
from bots.telegram.vendor import methods
from bots.telegram.webhook import TelegramWebhook
from core.channels import Account, Pace
from core.clock import Clock
from core.ids import AccountId


class TelegramEdge:
    def __init__(
        self,
        intake: Intake,
        clock: Clock,
        *,
        fetch_media: FetchMedia,
        on_trouble: OnTrouble,
        base_url: str = PRODUCTION,
        poll_seconds: int = 30,
        first_pause: timedelta = timedelta(milliseconds=500),
        pace: Pace = PACE,
    ) -> None:
        """`base_url` is the Bot API's; the sandbox has its own. `poll_seconds`: how long Telegram holds a poll open.
        `first_pause`: after a poll that failed; doubled from failure to failure, with full jitter."""
        self._session = SharedSession(base_url)
        self._fleet = Fleet(self._session)
        self._webhook = TelegramWebhook(self._fleet.registry, intake, clock)
        self._poller = Poller(
            self._fleet, intake, clock, on_trouble, wait_seconds=poll_seconds, first_pause=first_pause
        )
        self.channel = TelegramChannel(self._fleet, fetch_media, pace)

    def routes(self) -> Sequence[web.AbstractRouteDef]:
        return self._webhook.routes()

    async def start(self, account: Account, credentials: Mapping[str, str]) -> None:
        """Takes `token` and, for webhooks, `webhook_secret`. A polling bot gets a task; no call is made here.

        Raises Misconfigured.
        """
        self._fleet.put(account, credentials)
        if account.delivery == "polling":
            self._poller.start(account)

    async def replace(self, account: Account, credentials: Mapping[str, str]) -> None:
        """A new token, secret, path or way of delivery. Calls in hand end with the old token.

        Raises Misconfigured; the account then runs on as it was.
        """
        self._fleet.put(account, credentials)
        await self._poller.stop(account.account_id)
        if account.delivery == "polling":
            self._poller.start(account)

    async def stop(self, account_id: AccountId) -> None:
        await self._poller.stop(account_id)
        self._fleet.remove(account_id)

    async def stop_polling(self) -> None:
        """For a shutdown that drains: nothing more comes in by polling, bots can still speak."""
        await self._poller.close()

    async def close(self) -> None:
        await self._poller.close()
        await self._session.close()

    async def set_webhook(self, account: Account, public_url: str) -> None:
        """Makes Telegram deliver to `{public_url}/telegram/{path_id}`. Raises Misconfigured, Rejected, Transient."""
        running = self._fleet.registry.get(account.account_id)
        call = methods.SetWebhook(
            url=f"{public_url.rstrip('/')}/telegram/{account.path_id}",
            secret_token=running.credentials.webhook_secret,
            allowed_updates=ALLOWED_UPDATES,
            max_connections=40,
        )
        await self._session.deliver(self._fleet.bot(account.account_id), call)
