"""Telegram as a channel: every bot of this process behind `core.channels.Channel`."""

from collections import OrderedDict
from collections.abc import Awaitable, Callable, Sequence
from datetime import timedelta
from typing import Literal, assert_never, cast

import structlog

from bots.telegram.calls import (
    Call,
    as_document,
    delete_call,
    edit_call,
    media_calls,
    message_calls,
    reaction_call,
    text_calls,
    without_formatting,
)
from bots.telegram.fleet import Fleet
from bots.telegram.refusals import Refused
from bots.telegram.vendor import Bot, methods, types
from core.channels import Account, Pace, Target
from core.errors import Rejected, StewardError, Transient
from core.ids import AccountId
from core.messages import DeleteMessage, EditCard, OutMessage, React, SendMedia, SendTemplate, SendText

_log = structlog.get_logger(__name__)

FetchMedia = Callable[[AccountId, str], Awaitable[bytes]]
"""The bytes of a file that any account of any channel holds. Raises Transient, Rejected."""
PACE = Pace(per_second=30, per_chat_interval=timedelta(seconds=1), chat_burst=3)
"""30 messages a second; in a chat one a second, short bursts. Source: core.telegram.org/bots/faq, November 2026."""
UPLOAD_SECONDS = 300
_MOST_UNFINISHED = 256
_FILE_NAMES = {"photo": "photo.jpg", "voice": "voice.oga", "audio": "audio.mp3", "video": "video.mp4"}


class TelegramChannel:
    name: Literal["telegram"] = "telegram"

    def __init__(self, fleet: Fleet, fetch_media: FetchMedia, pace: Pace = PACE) -> None:
        self.pace = pace
        self._fleet = fleet
        self._session = fleet.session
        self._fetch_media = fetch_media
        # What was accepted of messages whose later parts failed: the next try goes on from there.
        self._unfinished: OrderedDict[tuple[AccountId, str, OutMessage], tuple[str, ...]] = OrderedDict()

    async def send(self, target: Target, message: OutMessage) -> tuple[str, ...]:
        """See `core.channels.Channel.send`. A reaction has no id of its own: the answer is empty."""
        bot, chat = self._fleet.bot(target.account.account_id), target.chat
        match message:
            case SendText():
                calls = message_calls(chat, message)
            case SendTemplate():
                calls = text_calls(chat, message.text)
            case SendMedia():
                calls = media_calls(chat, message, await self._place_file(target.account, message))
            case EditCard() if message.quiet:
                if target.card_message_id is not None:
                    await self._edit(bot, target, message)
                return ()
            case EditCard():
                if target.card_message_id is not None and await self._edit(bot, target, message):
                    return (target.card_message_id,)
                calls = text_calls(chat, message.text, buttons=message.buttons)
            case DeleteMessage():
                await self._delete(bot, chat, message)
                return ()
            case React():
                await self._session.deliver(bot, reaction_call(chat, message))
                return ()
            case _:
                assert_never(message)
        if len(calls) == 1:
            return (await self._post(bot, calls[0]),)
        return await self._post_all(bot, calls, (target.account.account_id, chat, message))

    async def show_typing(self, target: Target, message_id: str) -> None:  # noqa: ARG002
        """Best effort, for five seconds or until the next message."""
        try:
            bot = self._fleet.bot(target.account.account_id)
            await self._session.deliver(bot, methods.SendChatAction(chat_id=target.chat, action="typing"), timeout=5)
        except StewardError as error:
            _log.info("telegram.typing_not_shown", account=target.account.account_id, error=type(error).__name__)

    async def fetch(self, account: Account, ref: str, *, limit_bytes: int) -> bytes:
        """Raises Transient, Rejected (gone, larger than the limit or than the 20 MB Telegram gives), Misconfigured."""
        bot = self._fleet.bot(account.account_id)
        found = await self._session.deliver(bot, methods.GetFile(file_id=ref))
        file = cast("dict[str, object]", found) if isinstance(found, dict) else {}
        path, size = file.get("file_path"), file.get("file_size")
        if not isinstance(path, str):
            raise Rejected("Telegram no longer has this file")
        if isinstance(size, int) and size > limit_bytes:
            raise _too_large(limit_bytes)
        data = bytearray()
        async for chunk in self._session.stream_content(self._session.api.file_url(bot.token, path)):
            data += chunk
            if len(data) > limit_bytes:
                raise _too_large(limit_bytes)
        return bytes(data)

    async def _delete(self, bot: Bot, chat: str, message: DeleteMessage) -> None:
        """One that is gone already, or that Telegram keeps, is left as it is."""
        try:
            await self._session.deliver(bot, delete_call(chat, message.message_id))
        except Rejected as error:
            _log.info("telegram.message_not_deleted", error=type(error).__name__)

    async def _edit(self, bot: Bot, target: Target, message: EditCard) -> bool:
        """False when the card is gone and has to be sent anew."""
        assert target.card_message_id is not None
        try:
            await self._post(bot, edit_call(target.chat, target.card_message_id, message))
        except Refused as refused:
            if refused.message_gone:
                return False
            if not refused.unchanged:
                raise
        return True

    async def _post_all(
        self, bot: Bot, calls: Sequence[Call], key: tuple[AccountId, str, OutMessage]
    ) -> tuple[str, ...]:
        sent = self._unfinished.pop(key, ())
        for call in calls[len(sent) :]:
            try:
                sent += (await self._post(bot, call),)
            except Transient:
                self._unfinished[key] = sent
                if len(self._unfinished) > _MOST_UNFINISHED:
                    self._unfinished.popitem(last=False)
                raise
        return sent

    async def _post(self, bot: Bot, call: Call) -> str:
        """The id of the message; a message is never lost for its formatting."""
        timeout = UPLOAD_SECONDS if isinstance(call, _UPLOADS) else 30
        try:
            result = await self._session.deliver(bot, call, timeout=timeout)
        except Refused as refused:
            other = without_formatting(call) if refused.formatting else None
            if refused.unfit_photo and isinstance(call, methods.SendPhoto):
                other = as_document(call)
            if other is None:
                raise
            result = await self._session.deliver(bot, other, timeout=timeout)
        sent = cast("dict[str, object]", result) if isinstance(result, dict) else {}
        return str(sent.get("message_id", ""))

    async def _place_file(self, account: Account, message: SendMedia) -> str | types.InputFile:
        """A file of the same bot goes by its id, any other by its bytes."""
        if message.from_account == account.account_id:
            return message.ref
        data = await self._fetch_media(message.from_account, message.ref)
        return types.BufferedInputFile(data, filename=message.name or _FILE_NAMES.get(message.media, "file"))


_UPLOADS = (methods.SendPhoto, methods.SendDocument, methods.SendVoice, methods.SendAudio, methods.SendVideo)


def _too_large(limit_bytes: int) -> Rejected:
    return Rejected(f"The file is larger than {limit_bytes // (1024 * 1024)} MB")
