"""WhatsApp in one piece: the numbers of this process, how they are heard and how they speak."""

from collections.abc import Collection, Mapping, Sequence

from aiohttp import web

from bots.intake import Intake
from bots.whatsapp.channel import FetchMedia, WhatsAppChannel
from bots.whatsapp.graph import GRAPH_URL
from bots.whatsapp.media import MEDIA_HOSTS
from bots.whatsapp.numbers import Numbers
from bots.whatsapp.webhook import WhatsAppWebhook
from core.channels import Account
from core.ids import AccountId


class WhatsAppEdge:
    def __init__(
        self,
        intake: Intake,
        *,
        fetch_media: FetchMedia,
        base_url: str = GRAPH_URL,
        media_hosts: Collection[str] = MEDIA_HOSTS,
    ) -> None:
        """`base_url` is the Graph API's with its version; the sandbox has its own, e.g. `…/whatsapp/v26.0`."""
        self._numbers = Numbers(base_url)
        self._webhook = WhatsAppWebhook(self._numbers.registry, intake)
        self.channel = WhatsAppChannel(self._numbers, fetch_media, media_hosts=media_hosts)

    def routes(self) -> Sequence[web.AbstractRouteDef]:
        return self._webhook.routes()

    async def start(self, account: Account, credentials: Mapping[str, str]) -> None:
        """Takes `token`, `app_secret` and, for the webhook's challenge, `verify_token`. No call is made here.

        Raises Misconfigured.
        """
        self._numbers.put(account, credentials)

    async def replace(self, account: Account, credentials: Mapping[str, str]) -> None:
        """New credentials, number or path; calls in hand end with the old ones.

        Raises Misconfigured; the account then runs on as it was.
        """
        self._numbers.put(account, credentials)

    async def stop(self, account_id: AccountId) -> None:
        self._numbers.remove(account_id)

    async def close(self) -> None:
        await self._numbers.close()

    async def set_webhook(self, account: Account, public_url: str) -> None:
        """Makes Meta deliver to `{public_url}/whatsapp/{path_id}`, after a challenge that this process answers.

        Raises Misconfigured, Rejected, Transient.
        """
        running = self._numbers.registry.get(account.account_id)
        url = f"{public_url.rstrip('/')}/whatsapp/{account.path_id}"
        graph = self._numbers.graph(account.account_id)
        await graph.point_webhook(account.external_id, url, running.credentials.verify_token)
