"""WhatsApp as a channel: every number of this process behind `core.channels.Channel`."""

from collections import OrderedDict
from collections.abc import Awaitable, Callable, Collection
from datetime import timedelta
from typing import Literal

import structlog

from bots.whatsapp.graph import Graph
from bots.whatsapp.media import MEDIA_HOSTS, fetch_file, upload_file
from bots.whatsapp.numbers import Numbers
from bots.whatsapp.render import Part, media_kind, render, render_media
from core.channels import Account, Pace, Target
from core.errors import Rejected, StewardError, Transient, WindowOver
from core.ids import AccountId
from core.messages import DeleteMessage, EditCard, OutMessage, SendMedia, SendText

_log = structlog.get_logger(__name__)

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
        self, numbers: Numbers, fetch_media: FetchMedia, *, media_hosts: Collection[str] = MEDIA_HOSTS
    ) -> None:
        self._numbers = numbers
        self._fetch_media = fetch_media
        self._media_hosts = media_hosts
        # Messages of several parts that broke off: the next try goes on where this one stopped.
        self._unfinished: OrderedDict[tuple[AccountId, str, OutMessage], tuple[str, ...]] = OrderedDict()

    async def send(self, target: Target, message: OutMessage) -> tuple[str, ...]:
        """See `core.channels.Channel.send`. WhatsApp never says that it was blocked: such messages fail by receipt."""
        try:
            return await self._send(target, message)
        except WindowOver:
            if isinstance(message, SendText) and message.template is not None:
                return await self._send(target, message.template)
            raise

    async def _send(self, target: Target, message: OutMessage) -> tuple[str, ...]:
        account, graph = target.account, self._numbers.graph(target.account.account_id)
        if isinstance(message, DeleteMessage) or (isinstance(message, EditCard) and message.quiet):
            return ()  # the Cloud API has no way to take a message away or to change it
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
            await self._numbers.graph(target.account.account_id).show_typing(target.account.external_id, message_id)
        except StewardError as error:
            _log.info("whatsapp.typing_not_shown", account=target.account.account_id, error=type(error).__name__)

    async def fetch(self, account: Account, ref: str, *, limit_bytes: int) -> bytes:
        """Raises Transient, Rejected (gone, or larger than the limit), Misconfigured."""
        return await fetch_file(
            self._numbers.graph(account.account_id), ref, limit_bytes=limit_bytes, hosts=self._media_hosts
        )

    async def _send_parts(
        self, graph: Graph, target: Target, message: OutMessage, parts: list[Part]
    ) -> tuple[str, ...]:
        key = (target.account.account_id, target.chat, message)
        sent = self._unfinished.pop(key, ())
        for part in parts[len(sent) :]:
            try:
                sent += (await _post(graph, target, part),)
            except Transient:
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


async def _post(graph: Graph, target: Target, part: Part) -> str:
    return await graph.post(target.account.external_id, target.chat, part.kind, part.content, reply_to=part.reply_to)
