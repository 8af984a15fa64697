"""The Bot API server: finds the bot and the method of a call, and answers in the original's JSON."""

import asyncio
import re
from collections.abc import Callable
from inspect import iscoroutine
from typing import Any

import orjson
import structlog
from aiohttp import web

from sandbox.deliveries import DeliveryLog
from sandbox.events import Events
from sandbox.faults import Faults, strikes
from sandbox.files import Files
from sandbox.post import Poster
from sandbox.records import Bot, Json
from sandbox.telegram import account, editing, managed, sending, webhook, wire
from sandbox.telegram.desk import Desk
from sandbox.telegram.errors import UNAUTHORIZED, ApiError, too_many
from sandbox.telegram.limits import Limits
from sandbox.telegram.line import Line
from sandbox.telegram.parameters import Parameters, parse_reply, read
from sandbox.telegram.polling import get_updates
from sandbox.world import World

log = structlog.get_logger(__name__)

TOKEN = re.compile(r"\d+:[A-Za-z0-9_-]+")
Method = Callable[[Desk, Parameters], Any]
METHODS: dict[str, Method] = {
    "getme": account.get_me,
    "setmycommands": account.set_my_commands,
    "getmycommands": account.get_my_commands,
    "deletemycommands": account.delete_my_commands,
    "setmyname": account.set_my_name,
    "getmyname": account.get_my_name,
    "setmydescription": account.set_my_description,
    "getmydescription": account.get_my_description,
    "setmyshortdescription": account.set_my_short_description,
    "getmyshortdescription": account.get_my_short_description,
    "getfile": account.get_file,
    "getchat": account.get_chat,
    "getchatmember": account.get_chat_member,
    "logout": account.end_session,
    "close": account.end_session,
    "sendmessage": sending.send_message,
    "sendphoto": sending.send_photo,
    "senddocument": sending.send_document,
    "sendvoice": sending.send_voice,
    "sendaudio": sending.send_audio,
    "sendvideo": sending.send_video,
    "sendmediagroup": sending.send_media_group,
    "sendlocation": sending.send_location,
    "sendcontact": sending.send_contact,
    "editmessagetext": editing.edit_message_text,
    "editmessagecaption": editing.edit_message_caption,
    "editmessagereplymarkup": editing.edit_message_reply_markup,
    "deletemessage": editing.delete_message,
    "answercallbackquery": editing.answer_callback_query,
    "sendchataction": editing.send_chat_action,
    "setmessagereaction": editing.set_message_reaction,
    "getmanagedbottoken": managed.get_token,
    "getmanagedbotaccesssettings": managed.get_access_settings,
    "setmanagedbotaccesssettings": managed.set_access_settings,
    "deletewebhook": webhook.delete_webhook,
    "getwebhookinfo": webhook.get_webhook_info,
}
WITH_SERVER = frozenset(("getupdates", "setwebhook", "replacemanagedbottoken"))
"""Methods that need more than a desk."""
UNTROUBLED = frozenset(("getme", "getupdates", "setwebhook", "deletewebhook", "getwebhookinfo"))
"""Methods that the faults of calls leave alone: without them a bot does not even start."""


class Telegram:
    def __init__(
        self,
        world: World,
        events: Events,
        files: Files,
        faults: Faults,
        poster: Poster,
        delivered: DeliveryLog,
        *,
        limits: bool,
    ) -> None:
        self._world = world
        self._events = events
        self._files = files
        self._faults = faults
        self._poster = poster
        self._limits = limits
        self.delivered = delivered
        self.lines: dict[str, Line] = {}
        """By token; revoked bots have none."""

    def open_line(self, bot: Bot) -> Line:
        """The line of a bot, made on first use."""
        line = self.lines.get(bot.token)
        if line is None:
            line = self.lines[bot.token] = Line(
                bot, Limits(enforced=self._limits), self._faults, self._world.journal, self.delivered
            )
            for chat in self._world.chats.values():
                if chat.channel == "telegram" and chat.account == bot.token:
                    line.chats[self._world.people[chat.person].user_id] = chat
        return line

    async def start_webhook(self, line: Line) -> None:
        await webhook.start(line, self._poster, self._reply)

    async def revoke(self, token: str) -> None:
        line = self.lines.pop(token, None)
        if line is not None:
            await line.close()

    async def replace_token(self, bot: Bot, token: str) -> None:
        """The same bot under a new token, with its chats, commands and waiting updates but without a webhook."""
        line = self.lines.pop(bot.token, None)
        if line is not None:
            await line.close()
        journal = self._world.journal
        for chat in self._world.chats.values():
            if chat.account == bot.token:
                chat.account = token
                self._world.save_chat(chat)
        del self._world.bots[bot.token]
        journal.drop("bot", bot.token)
        bot.token, bot.webhook, bot.revoked = token, None, False
        self._world.bots[token] = bot
        journal.put("bot", token, bot)
        if line is None:
            self.open_line(bot)
            return
        self.lines[token] = line
        for number, delivery in line.pending.items():
            journal.drop("update", delivery.key)
            delivery.key = line.name_of(number)
            journal.put("update", delivery.key, delivery)

    def hang_up(self) -> None:
        """Ends the long polls with what there is, so that closing waits for none of them."""
        for line in self.lines.values():
            if line.poll is not None and not line.poll.done():
                line.poll.set_result(True)

    async def close(self) -> None:
        await asyncio.gather(*(line.close() for line in self.lines.values()))

    async def call(self, request: web.Request) -> web.StreamResponse:
        """`/telegram/bot{token}/{method}`."""
        try:
            line = self._line(request.match_info["token"])
            method = request.match_info["method"].lower()
            if method not in METHODS and method not in WITH_SERVER:
                raise ApiError(404, "Not Found: method not found")
            if method not in UNTROUBLED:
                await self._trouble()
            parameters = await read(request)
            result = await self._perform(line, method, parameters)
        except ApiError as error:
            return error.response()
        except ConnectionResetError:
            return hang_up(request)
        if method not in UNTROUBLED and strikes(self._faults.calls("telegram").drop):
            return hang_up(request)
        body = result if isinstance(result, bytes) else orjson.dumps(result)
        return web.Response(body=b'{"ok":true,"result":' + body + b"}", content_type="application/json")

    async def _perform(self, line: Line, method: str, parameters: Parameters) -> Any:
        if method == "getupdates":
            return await get_updates(line, parameters)
        desk = Desk(self._world, self._events, self._files, line)
        if method == "setwebhook":
            return await webhook.set_webhook(desk, parameters, self._poster, self._reply)
        if method == "replacemanagedbottoken":
            return await managed.replace_token(desk, parameters, self.replace_token)
        result = METHODS[method](desk, parameters)
        return await result if iscoroutine(result) else result

    async def _reply(self, line: Line, content_type: str, body: bytes) -> None:
        """A method in the answer of a webhook: carried out, its result told to nobody."""
        try:
            values: Json = parse_reply(content_type, body)
            method = str(values.get("method", "")).lower()
            if method in METHODS:
                await self._perform(line, method, Parameters(values, {}))
        except ApiError as error:
            log.info("webhook_reply_refused", bot=line.bot.username, code=error.code, reason=error.description)

    def _line(self, token: str) -> Line:
        line = self.lines.get(token)
        if line is None:
            if not TOKEN.fullmatch(token):
                raise ApiError(404, "Not Found")
            raise ApiError(*UNAUTHORIZED)
        return line

    async def _trouble(self) -> None:
        faults = self._faults.calls("telegram")
        if faults.delay_ms:
            await asyncio.sleep(faults.delay_ms / 1000)
        if strikes(faults.rate_429):
            raise too_many(1)
        if strikes(faults.error_5xx):
            raise ApiError(502, "Bad Gateway")

    async def download(self, request: web.Request) -> web.StreamResponse:
        """`/telegram/file/bot{token}/{path}`."""
        try:
            self._line(request.match_info["token"])
            found = re.search(r"file_(\d+(?:-\d+)?)", request.match_info["path"])
            file = wire.find_by_number(self._world, found[1]) if found else None
            body = await self._files.read(file.id) if file else None
        except ApiError as error:
            return error.response()
        if file is None or body is None:
            return ApiError(404, "Not Found").response()
        return web.Response(body=body, content_type="application/octet-stream")


def hang_up(request: web.Request) -> web.Response:
    """Closes the connection without an answer."""
    if request.transport is not None:
        request.transport.abort()
    return web.Response(status=500)
