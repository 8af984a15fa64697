"""The Graph API server: who calls, about what, and what Meta would answer."""

import asyncio
import secrets
import time
from base64 import b64encode
from typing import Any, cast

import orjson
from aiohttp import web

from sandbox.deliveries import DeliveryLog
from sandbox.events import Events
from sandbox.faults import Faults, strikes
from sandbox.files import Files
from sandbox.post import Poster
from sandbox.records import Chat, Json, Message, Number, Person
from sandbox.telegram.server import hang_up
from sandbox.view import shown_message
from sandbox.whatsapp import webhooks
from sandbox.whatsapp.errors import (
    LATE,
    UNDELIVERABLE,
    GraphError,
    bad_parameter,
    bad_token,
    missing,
    not_an_object,
)
from sandbox.whatsapp.line import Line
from sandbox.whatsapp.templates import read_template
from sandbox.whatsapp.validation import READERS, Content, part
from sandbox.world import World

TYPING_SECONDS = 25.0


class WhatsApp:
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
        self.world = world
        self.events = events
        self.files = files
        self.faults = faults
        self._poster = poster
        self._limits = limits
        self.delivered = delivered
        self.lines: dict[str, Line] = {}
        """By phone number id."""
        self._subscribing: dict[str, asyncio.Task[None]] = {}

    # Numbers
    def open_line(self, number: Number) -> Line:
        line = self.lines.get(number.id)
        if line is None:
            line = self.lines[number.id] = Line(number, self.world, self._limits, self.delivered)
            for chat in self.world.chats.values():
                if chat.account == number.id:
                    said = (message.id for message in chat.messages.values() if message.sender == "person")
                    line.said.update(dict.fromkeys(said, chat))
        return line

    async def subscribe(self, line: Line) -> None:
        """Runs the challenge in the background, then delivers; a number that passed before delivers at once."""
        before = self._subscribing.pop(line.number.id, None)
        if before is not None:
            before.cancel()
            await asyncio.gather(before, return_exceptions=True)
        await line.close()
        if line.number.webhook_ok:
            webhooks.start(line, self._poster, self.faults.deliveries("whatsapp"))
        elif line.number.webhook_url:
            self._subscribing[line.number.id] = asyncio.create_task(self._subscribe(line))

    async def _subscribe(self, line: Line) -> None:
        await webhooks.subscribe(line.number, self._poster)
        line.number.webhook_ok = True
        self.world.journal.put("number", line.number.id, line.number)
        webhooks.start(line, self._poster, self.faults.deliveries("whatsapp"))
        self.events.tell({"type": "world"})

    async def point(self, line: Line, url: str, verify_token: str) -> str:
        """Meta's dashboard: subscribes a webhook if it passes the challenge, else says why not and changes nothing."""
        trouble = await webhooks.why_not(url, verify_token, self._poster)
        if trouble:
            return trouble
        line.number.webhook_url, line.number.verify_token, line.number.webhook_ok = url, verify_token, True
        self.world.journal.put("number", line.number.id, line.number)
        await self.subscribe(line)
        return ""

    async def forget(self, number_id: str) -> None:
        task = self._subscribing.pop(number_id, None)
        if task is not None:
            task.cancel()
        line = self.lines.pop(number_id, None)
        if line is not None:
            await line.close()

    async def close(self) -> None:
        for task in self._subscribing.values():
            task.cancel()
        await asyncio.gather(*self._subscribing.values(), return_exceptions=True)
        await asyncio.gather(*(line.close() for line in self.lines.values()))

    # Calls
    def caller(self, request: web.Request, number_id: str | None = None) -> Line:
        """The number that a bearer token belongs to. Raises: GraphError 190."""
        kind, _, token = request.headers.get("Authorization", "").partition(" ")
        token = token.strip() if kind.lower() == "bearer" else request.query.get("access_token", "")
        if number_id is not None:
            line = self.lines.get(number_id)
            if line is not None and secrets.compare_digest(line.number.token.encode(), token.encode()):
                return line
        owner = next((line for line in self.lines.values() if line.number.token == token), None)
        if owner is None or not token:
            raise bad_token()
        if number_id is None:
            return owner
        raise not_an_object(number_id, request.method)

    async def messages(self, request: web.Request) -> web.StreamResponse:
        """`POST /{version}/{phone_number_id}/messages`."""
        try:
            line = self.caller(request, request.match_info["object"])
            await self.trouble()
            body = _object(await request.read())
            if body.get("messaging_product") != "whatsapp":
                raise missing("messaging_product")
            answer = self._mark(line, body) if body.get("status") else self._send(line, body)
        except GraphError as error:
            return error.response()
        if strikes(self.faults.calls("whatsapp").drop):
            return hang_up(request)
        return web.Response(body=orjson.dumps(answer), content_type="application/json")

    async def trouble(self) -> None:
        faults = self.faults.calls("whatsapp")
        if faults.delay_ms:
            await asyncio.sleep(faults.delay_ms / 1000)
        if strikes(faults.rate_429):
            raise GraphError(130429, "Cloud API message throughput has been reached.", status=429, transient=True)
        if strikes(faults.error_5xx):
            raise GraphError(131000, "Message failed to send due to an unknown error.", status=500)

    def _send(self, line: Line, body: Json) -> Json:
        kind: Any = body.get("type", "text")
        if body.get("recipient_type", "individual") != "individual":
            raise bad_parameter("Param recipient_type must be individual.")
        person = line.recipient(body.get("to"), body.get("recipient"))
        chat = self.world.open_chat("whatsapp", line.number.id, person)
        reaction = kind == "reaction"
        if reaction:
            content = self._reaction(chat, body)
        elif kind == "template":
            content = read_template(self.world, body)
        elif isinstance(kind, str) and kind in READERS:
            content = READERS[kind](self.world, {**body, "type": kind})
        else:
            raise GraphError(131051, f"Message type {kind} is not supported.")
        line.pass_one(person)
        refusal = self._refusal(chat, content)
        message = self._message(line, chat, content, body)
        self.world.accept(chat, message, line.number.id)
        if not reaction or refusal is not None:
            self.world.add_message(chat, message)
        self._report(line, chat, message, refusal)
        return _accepted(line, person, body, message)

    def _refusal(self, chat: Chat, content: Content) -> GraphError | None:
        """What comes as a `failed` status although the call succeeds.

        Raises: GraphError for what is refused at once.
        """
        if content.template is None and not chat.window_open():
            late = GraphError(131047, LATE)
            if not strikes(self.faults.calls("whatsapp").late_errors):
                raise late
            return late
        return GraphError(131026, UNDELIVERABLE) if chat.blocked else None

    def _message(self, line: Line, chat: Chat, content: Content, body: Json) -> Message:
        context = part(body, "context") if body.get("context") else {}
        opaque = body.get("biz_opaque_callback_data")
        return Message(
            id=new_wamid(),
            key=chat.key,
            sender="bot",
            name=line.number.name,
            text=content.text,
            at=time.time(),
            kind=content.kind,
            reply_to=str(context["message_id"]) if context.get("message_id") else None,
            buttons=content.buttons,
            choices=content.choices,
            file=content.file.id if content.file else None,
            extra=content.extra,
            template=content.template,
            opaque=str(opaque) if opaque is not None else None,
        )

    def _reaction(self, chat: Chat, body: Json) -> Content:
        given = part(body, "reaction")
        message = chat.messages.get(str(given.get("message_id")))
        if message is None:
            raise GraphError(131009, "Param reaction['message_id'] is not a known message.")
        if not chat.window_open():
            raise GraphError(131047, LATE)
        message.reaction = str(given.get("emoji") or "") or None
        self.world.save_message(message)
        self.show("edit", chat, message)
        return Content(kind="reaction", text=message.reaction or "")

    def _report(self, line: Line, chat: Chat, message: Message, refusal: GraphError | None) -> None:
        """The statuses that follow a send at once: sent and delivered, or failed."""
        chat.typing_until = 0.0
        message.status = "failed" if refusal else "delivered"
        if message.kind != "reaction" or refusal is not None:
            self.world.save_message(message)
            self.show("message", chat, message)
        if refusal is not None:
            line.status(chat, message, "failed", refusal)
        elif line.number.statuses:
            line.status(chat, message, "sent")
            line.status(chat, message, "delivered")

    def _mark(self, line: Line, body: Json) -> Json:
        """A person's message was read, and perhaps an answer is being typed."""
        found = line.said.get(str(body.get("message_id")))
        if body.get("status") != "read" or found is None:
            raise bad_parameter("Invalid parameter")
        for message in found.messages.values():
            if message.sender == "person" and message.status != "read":
                message.status = "read"
                self.world.save_message(message)
                self.events.tell({"type": "status", "key": found.key, "message_id": message.id, "status": "read"})
        if body.get("typing_indicator"):
            found.typing_until = time.time() + TYPING_SECONDS
            self.events.tell({"type": "typing", "key": found.key, "seconds": TYPING_SECONDS})
        return {"success": True}

    def show(self, what: str, chat: Chat, message: Message) -> None:
        if self.events.watched:
            shown = shown_message(self.world, chat, message)
            self.events.tell({"type": what, "key": chat.key, "message": shown})


def new_wamid() -> str:
    return "wamid." + b64encode(b"\x1d" + secrets.token_bytes(26)).decode()


def _object(raw: bytes) -> Json:
    try:
        body = orjson.loads(raw)
    except orjson.JSONDecodeError:
        raise bad_parameter("The request body is not valid JSON.") from None
    if not isinstance(body, dict):
        raise bad_parameter("The request body must be an object.")
    return cast("Json", body)


def _accepted(line: Line, person: Person, body: Json, message: Message) -> Json:
    contact: Json = (
        {"input": body["recipient"], "user_id": person.bsuid(line.number.id)}
        if body.get("recipient")
        else {"input": str(body["to"]), "wa_id": person.wa_id}
    )
    sent: Json = {"id": message.id}
    if message.template:
        sent["message_status"] = "accepted"
    return {"messaging_product": "whatsapp", "contacts": [contact], "messages": [sent]}
