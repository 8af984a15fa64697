"""WhatsApp as a channel: every number of this process behind `core.channels.Channel`."""

from collections import OrderedDict
from collections.abc import Awaitable, Callable, Collection, Mapping
from datetime import timedelta
from typing import Literal

import aiohttp
import structlog

from bots.accounts import Credentials, Registry
from bots.whatsapp.graph import GRAPH_URL, Graph, open_session
from bots.whatsapp.media import MEDIA_HOSTS, fetch_file, upload_file
from bots.whatsapp.render import Part, media_kind, render, render_media
from core.channels import Account, Pace, Target
from core.errors import Misconfigured, Rejected, StewardError
from core.ids import AccountId
from core.messages import OutMessage, SendMedia

log = structlog.get_logger(__name__)

FetchMedia = Callable[[AccountId, str], Awaitable[bytes]]
"""The bytes of a file that any account of any channel holds. Raises Transient, Rejected."""
PACE = Pace(per_second=40, per_chat_interval=timedelta(seconds=6), chat_burst=40)
"""Meta allows a number 80 messages a second in and out together, so half of it is for answers; and one message each
6 seconds to one person, of which 45 may be borrowed at once; a few are left for what a crash sends twice. Numbers in
coexistence with the WhatsApp Business app have 20 a second, and run into 130429 here.

Source: Meta, WhatsApp Cloud API throughput and pair rate limits, November 2026.
"""
_MOST_UNFINISHED = 256


class WhatsAppChannel:
    name: Literal["whatsapp"] = "whatsapp"
    pace = PACE

    def __init__(
        self, fetch_media: FetchMedia, *, base_url: str = GRAPH_URL, media_hosts: Collection[str] = MEDIA_HOSTS
    ) -> None:
        self._fetch_media = fetch_media
        self._base_url = base_url
        self._media_hosts = media_hosts
        self._session: aiohttp.ClientSession | None = None
        self._registry = Registry()
        self._graphs: dict[AccountId, Graph] = {}
        # Messages of several parts that broke off: the next try goes on where this one stopped.
        self._unfinished: OrderedDict[tuple[AccountId, str, OutMessage], tuple[str, ...]] = OrderedDict()

    @property
    def registry(self) -> Registry:
        """For the webhook, which shares it."""
        return self._registry

    async def start(self, account: Account, credentials: Mapping[str, str]) -> None:
        """Takes `token`, `app_secret` and, for the webhook's challenge, `verify_token`. Raises Misconfigured."""
        read = Credentials.read(credentials, required=("token", "app_secret"))
        if not read.token.isascii() or not read.token.isprintable():
            raise Misconfigured("The WhatsApp token of this account holds characters that no token has. Set it again")
        if self._session is None:
            self._session = open_session()
        self._registry.put(account, read)
        self._graphs[account.account_id] = Graph(session=self._session, base_url=self._base_url, token=read.token)

    async def replace(self, account: Account, credentials: Mapping[str, str]) -> None:
        """New credentials, number or path; calls under way end with the old ones. Raises Misconfigured."""
        await self.start(account, credentials)

    async def stop(self, account_id: AccountId) -> None:
        self._registry.remove(account_id)
        self._graphs.pop(account_id, None)

    async def aclose(self) -> None:
        for running in self._registry:
            await self.stop(running.account.account_id)
        if self._session is not None:
            session, self._session = self._session, None
            await session.close()

    async def send(self, target: Target, message: OutMessage) -> tuple[str, ...]:
        """See `core.channels.Channel.send`. WhatsApp never says that it was blocked: such messages fail by receipt."""
        account, graph = target.account, self._graph(target.account)
        if isinstance(message, SendMedia):
            parts = render_media(message, await self._place_media(account, graph, message))
        else:
            parts = render(message, card_message_id=target.card_message_id)
        if not parts:
            raise Rejected("There is nothing to send: the text is empty")
        if len(parts) == 1:
            return (await _post(graph, target, parts[0]),)
        return await self._send_parts(graph, target, message, parts)

    async def show_typing(self, target: Target, message_id: str) -> None:
        try:
            await self._graph(target.account).show_typing(target.account.external_id, message_id)
        except StewardError as error:
            log.info("whatsapp.typing_not_shown", account=target.account.account_id, error=type(error).__name__)

    async def fetch(self, account: Account, ref: str, *, limit_bytes: int) -> bytes:
        """Raises Transient, Rejected (gone, or larger than the limit), Misconfigured."""
        return await fetch_file(self._graph(account), ref, limit_bytes=limit_bytes, hosts=self._media_hosts)

    async def _send_parts(
        self, graph: Graph, target: Target, message: OutMessage, parts: list[Part]
    ) -> tuple[str, ...]:
        key = (target.account.account_id, target.chat, message)
        sent = self._unfinished.pop(key, ())
        for part in parts[len(sent) :]:
            try:
                sent += (await _post(graph, target, part),)
            except StewardError:
                self._unfinished[key] = sent
                if len(self._unfinished) > _MOST_UNFINISHED:
                    self._unfinished.popitem(last=False)
                raise
        return sent

    async def _place_media(self, account: Account, graph: Graph, message: SendMedia) -> str:
        """The media id under which this number has the file."""
        if message.from_account == account.account_id:
            return message.ref
        data = await self._fetch_media(message.from_account, message.ref)
        _, mime = media_kind(message)
        return await upload_file(graph, account.external_id, data, mime=mime, name=message.name)

    def _graph(self, account: Account) -> Graph:
        self._registry.get(account.account_id)
        return self._graphs[account.account_id]


async def _post(graph: Graph, target: Target, part: Part) -> str:
    return await graph.post(target.account.external_id, target.chat, part.kind, part.content, reply_to=part.reply_to)
