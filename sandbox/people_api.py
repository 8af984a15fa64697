"""The people's side of the sandbox over HTTP, for the page and for tests: `/api/…`."""

import time
from typing import Any, cast

import orjson
from aiohttp import web

from sandbox.files import BadFile, kind_of, mime_of
from sandbox.forms import BadForm, read_form
from sandbox.people import Mistake, People
from sandbox.records import Chat, File, Json, Person
from sandbox.view import shown_message

MAX_NAME = 64
MAX_TEXT = 4096
MAX_FILE = 100 << 20


def answer(value: object) -> web.Response:
    return web.Response(body=orjson.dumps(value), content_type="application/json")


async def read_object(request: web.Request) -> Json:
    """The JSON object of a request. Raises: Mistake."""
    raw = await request.read()
    try:
        body = orjson.loads(raw or b"{}")
    except orjson.JSONDecodeError:
        raise Mistake("The body must be JSON.") from None
    if not isinstance(body, dict):
        raise Mistake("The body must be a JSON object.")
    return cast("Json", body)


class PeopleApi:
    """`/api/…`."""

    def __init__(self, people: People) -> None:
        self._people = people

    def routes(self) -> list[web.RouteDef]:
        chat = "/api/chats/{key}"
        return [
            web.get(chat, self.history),
            web.post(chat + "/messages", self.write),
            web.post(chat + "/tap", self.tap),
            web.post(chat + "/echo", self.echo),
            web.post(chat + "/edit", self.edit),
            web.post(chat + "/react", self.react),
            web.post(chat + "/block", self.block),
            web.post(chat + "/read", self.read),
            web.post(chat + "/age", self.age),
            web.put("/api/people/{id}", self.person),
            web.get("/api/files/{id}", self.file),
        ]

    def _chat(self, request: web.Request) -> Chat:
        return self._people.open(request.match_info["key"])

    async def history(self, request: web.Request) -> web.Response:
        people = self._people
        chat = people.world.chats.get(request.match_info["key"])
        if chat is None:
            return answer({"messages": [], "typing": False, "blocked": False})
        shown = [shown_message(people.world, chat, message) for message in chat.messages.values()]
        typing = chat.typing_until > time.time()
        return answer({"messages": shown, "typing": typing, "blocked": chat.blocked})

    async def write(self, request: web.Request) -> web.Response:
        if request.content_type.startswith("multipart/"):
            return await self._write_file(request)
        body = await read_object(request)
        chat = self._chat(request)
        reply_to = str(body["reply_to"]) if body.get("reply_to") is not None else None
        if isinstance(contact := body.get("contact"), dict):
            card = self._contact(chat, cast("Json", contact))
            message = self._people.say(chat, "", reply_to=reply_to, extra={"contact": card}, kind="contact")
        elif isinstance(given := body.get("location"), dict):
            location = cast("Json", given)
            try:
                place = {"latitude": float(location["latitude"]), "longitude": float(location["longitude"])}
            except (KeyError, TypeError, ValueError):
                raise Mistake("A location is {latitude, longitude}.") from None
            message = self._people.say(chat, "", reply_to=reply_to, extra={"location": place}, kind="location")
        else:
            message = self._people.say(chat, _text(body), reply_to=reply_to)
        return answer({"message_id": message.id})

    def _contact(self, chat: Chat, given: Json) -> Json:
        """A contact card; without a phone number it is the person's own."""
        person: Person = self._people.world.people[chat.person]
        phone = str(given.get("phone_number") or f"+{person.wa_id}")
        contact: Json = {"phone_number": phone, "first_name": str(given.get("first_name") or person.name)}
        if "phone_number" not in given and chat.channel == "telegram":
            contact["user_id"] = person.user_id
        return contact

    async def _write_file(self, request: web.Request) -> web.Response:
        try:
            fields, uploads = await read_form(request, MAX_FILE)
        except BadForm as error:
            raise Mistake("The form cannot be read, or the file is larger than 100 MB.", 413) from error
        upload = uploads.get("file")
        if upload is None or not upload.body:
            raise Mistake("The file is missing or empty.")
        chat = self._chat(request)
        file = await self._keep(upload.name, mime_of(upload.name, upload.mime), upload.body, fields)
        message = self._people.say(
            chat, fields.get("text", "").strip(), reply_to=fields.get("reply_to"), file=file, kind=file.kind
        )
        return answer({"message_id": message.id})

    async def _keep(self, name: str, mime: str, data: bytes, fields: dict[str, str]) -> File:
        files = self._people.files
        kind = "document" if fields.get("as") == "document" else kind_of(mime)
        try:
            if fields.get("voice") in ("1", "true"):
                return await files.add_voice(data)
            if kind == "photo":
                return await files.add_photo(data, name=name)
        except BadFile as error:
            raise Mistake(str(error)) from error
        return await files.add(data, name=name, mime=mime, kind=kind)

    async def tap(self, request: web.Request) -> web.Response:
        body = await read_object(request)
        return answer(self._people.tap(self._chat(request), body.get("message_id"), str(body.get("data"))))

    async def echo(self, request: web.Request) -> web.Response:
        body = await read_object(request)
        chat = self._chat(request)
        if chat.channel != "whatsapp":
            raise Mistake("Only a WhatsApp number has a phone of its own beside the API.")
        return answer({"message_id": self._people.echo(chat, _text(body)).id})

    async def edit(self, request: web.Request) -> web.Response:
        body = await read_object(request)
        self._people.edit(self._chat(request), body.get("message_id"), _text(body))
        return answer({})

    async def react(self, request: web.Request) -> web.Response:
        body = await read_object(request)
        self._people.react(self._chat(request), body.get("message_id"), str(body.get("emoji") or ""))
        return answer({})

    async def block(self, request: web.Request) -> web.Response:
        body = await read_object(request)
        self._people.block(self._chat(request), blocked=bool(body.get("blocked")))
        return answer({})

    async def read(self, request: web.Request) -> web.Response:
        return answer({"read": self._people.read(self._chat(request))})

    async def age(self, request: web.Request) -> web.Response:
        hours: Any = (await read_object(request)).get("hours")
        if isinstance(hours, bool) or not isinstance(hours, int | float):
            raise Mistake("Say how many hours: {hours: 25}.")
        self._people.age(self._chat(request), float(hours))
        return answer({})

    async def person(self, request: web.Request) -> web.Response:
        body = await read_object(request)
        world = self._people.world
        person = world.person(request.match_info["id"])
        person.name = str(body.get("name") or person.name)
        person.language = str(body.get("language") or person.language)
        role = body.get("role", person.role)
        if role not in ("customer", "owner"):
            raise Mistake("role is customer or owner.")
        person.role = role
        person.hide_number = bool(body.get("hide_number", person.hide_number))
        world.journal.put("person", person.id, person)
        self._people.events.tell({"type": "world"})
        return answer(shown_person(person))

    async def file(self, request: web.Request) -> web.StreamResponse:
        file_id = request.match_info["id"]
        file = self._people.world.files.get(file_id.partition("-")[0])
        body = await self._people.files.read(file_id) if file else None
        if file is None or body is None:
            raise Mistake("There is no such file.", 404)
        inline = file.mime.startswith(("image/", "audio/", "video/")) and file.mime != "image/svg+xml"
        headers = {"Content-Disposition": "inline" if inline else "attachment", "X-Content-Type-Options": "nosniff"}
        return web.Response(body=body, content_type=file.mime, headers=headers)


def shown_person(person: Person) -> Json:
    return {
        "id": person.id,
        "name": person.name,
        "role": person.role,
        "language": person.language,
        "hide_number": person.hide_number,
        "user_id": person.user_id,
        "wa_id": person.wa_id,
    }


def read_name(body: Json, what: str) -> str:
    """The name that a new bot or number is to have. Raises: Mistake."""
    name = " ".join(str(body.get("name") or "").split())
    if not 1 <= len(name) <= MAX_NAME:
        raise Mistake(f"Give {what} a name of 1 to {MAX_NAME} characters.")
    return name


def _text(body: Json) -> str:
    text: Any = body.get("text")
    if not isinstance(text, str) or not text.strip():
        raise Mistake("Say something: {text: …}.")
    if len(text) > MAX_TEXT:
        raise Mistake(f"Too long: a message has at most {MAX_TEXT} characters.")
    return text.strip()
