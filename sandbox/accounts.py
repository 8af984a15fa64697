"""Bots and numbers as the vendors keep them, and the world as the page sees it."""

import re
import time
from typing import Any

from aiohttp import web

from sandbox.faults import Faults
from sandbox.people import Mistake, People
from sandbox.people_api import answer, read_object, shown_person
from sandbox.records import Bot, Json, Number
from sandbox.telegram.server import TOKEN, Telegram
from sandbox.telegram.webhook import is_local
from sandbox.whatsapp.server import WhatsApp
from sandbox.world import World

USERNAME = re.compile(r"[A-Za-z]\w{2,31}")


class Accounts:
    """What BotFather and Meta's dashboard do."""

    def __init__(self, world: World, people: People, faults: Faults, telegram: Telegram, whatsapp: WhatsApp) -> None:
        self._world = world
        self._people = people
        self._faults = faults
        self._telegram = telegram
        self._whatsapp = whatsapp

    def routes(self) -> list[web.RouteDef]:
        return [
            web.put("/control/telegram/bots/{token}", self.put_bot),
            web.delete("/control/telegram/bots/{token}", self.delete_bot),
            web.put("/control/whatsapp/numbers/{id}", self.put_number),
            web.delete("/control/whatsapp/numbers/{id}", self.delete_number),
            web.get("/api/world", self.world),
        ]

    def _changed(self) -> web.Response:
        self._people.events.tell({"type": "world"})
        return answer({"ok": True})

    async def put_bot(self, request: web.Request) -> web.Response:
        token = request.match_info["token"]
        body = await read_object(request)
        username = str(body.get("username") or "")
        if not TOKEN.fullmatch(token):
            raise Mistake("A token looks like 123456:letters-and-digits.")
        if not USERNAME.fullmatch(username):
            raise Mistake("A bot needs a username of 3 to 32 letters, digits and underscores.")
        other = self._world.bot_named(username)
        if other is not None and other.token != token:
            if other.id != int(token.partition(":")[0]):
                raise Mistake(f"Another bot is already called {username}.", 409)
            await self._telegram.replace_token(other, token)
        bot = self._world.bots.get(token)
        if bot is None:
            bot = Bot(token=token, id=int(token.partition(":")[0]), username=username, name=username)
            self._world.bots[token] = bot
        bot.revoked = False
        bot.name = str(body.get("name") or bot.name)
        _tenancy(bot, body)
        bot.manages = bool(body.get("manages", bot.manages or bot.role == "admin"))
        self._world.journal.put("bot", token, bot)
        self._telegram.open_line(bot)
        return self._changed()

    async def delete_bot(self, request: web.Request) -> web.Response:
        bot = self._world.bots.get(request.match_info["token"])
        if bot is None:
            raise Mistake("There is no bot with that token.", 404)
        bot.revoked, bot.webhook = True, None
        self._world.journal.put("bot", bot.token, bot)
        await self._telegram.revoke(bot.token)
        return self._changed()

    async def put_number(self, request: web.Request) -> web.Response:
        number_id = request.match_info["id"]
        body = await read_object(request)
        for name in ("token", "app_secret", "verify_token"):
            if not isinstance(body.get(name), str) or not body[name]:
                raise Mistake(f"A number needs its {name}.")
        if not (number_id.isdecimal() and number_id.isascii()):
            raise Mistake("A phone number id is digits only.")
        url = str(body.get("webhook_url") or "")
        if url and not (url.startswith(("http://", "https://")) and is_local(url)):
            raise Mistake("The sandbox calls this machine only: webhook_url is http://127.0.0.1:PORT/…")
        number = self._world.numbers.get(number_id)
        if number is None:
            number = Number(
                id=number_id,
                token="",
                app_secret="",
                verify_token="",
                webhook_url="",
                display_phone_number="",
                name=number_id,
                waba_id=str(body.get("waba_id") or f"9{number_id}"),
            )
            self._world.numbers[number_id] = number
        same = (number.webhook_url, number.verify_token) == (url, body["verify_token"])
        number.webhook_ok = number.webhook_ok and same
        number.token, number.app_secret = body["token"], body["app_secret"]
        number.verify_token, number.webhook_url = body["verify_token"], url
        number.display_phone_number = str(
            body.get("display_phone_number") or number.display_phone_number or f"+{number_id}"
        )
        number.name = str(body.get("name") or number.name)
        number.statuses = bool(body.get("statuses", number.statuses))
        _tenancy(number, body)
        self._world.journal.put("number", number_id, number)
        await self._whatsapp.subscribe(self._whatsapp.open_line(number))
        return self._changed()

    async def delete_number(self, request: web.Request) -> web.Response:
        number = self._world.numbers.pop(request.match_info["id"], None)
        if number is None:
            raise Mistake("There is no such number.", 404)
        self._world.journal.drop("number", number.id)
        await self._whatsapp.forget(number.id)
        return self._changed()

    async def world(self, _request: web.Request) -> web.Response:
        world = self._world
        accounts = [self._bot(bot) for bot in world.bots.values() if not bot.revoked]
        accounts += [self._number(number) for number in world.numbers.values()]
        tenants: dict[str, Json] = {}
        for owner in (*world.bots.values(), *world.numbers.values()):
            if owner.tenant and not (isinstance(owner, Bot) and owner.revoked):
                tenants.setdefault(owner.tenant, {"id": owner.tenant, "name": owner.tenant_name or owner.tenant})
        for tenant, link in world.links.items():
            tenants.setdefault(tenant, {"id": tenant, "name": tenant})["link"] = link
        people = [shown_person(person) for person in world.people.values() if not person.id.startswith("burst-")]
        return answer(
            {
                "tenants": list(tenants.values()),
                "accounts": accounts,
                "people": people,
                "faults": self._faults.shown(),
            }
        )

    def _bot(self, bot: Bot) -> Json:
        line = self._telegram.lines.get(bot.token)
        polled = line is not None and line.polled_at > time.monotonic() - 60
        return {
            "key_prefix": f"tg:{bot.username}:",
            "channel": "telegram",
            "role": bot.role,
            "tenant": bot.tenant,
            "username": bot.username,
            "name": bot.name,
            "own": bool(bot.owner),
            "commands": bot.commands.get("default/", []),
            "webhook_ok": polled or (line is not None and bot.webhook is not None and not line.last_error),
        }

    def _number(self, number: Number) -> Json:
        return {
            "key_prefix": f"wa:{number.id}:",
            "channel": "whatsapp",
            "role": number.role,
            "tenant": number.tenant,
            "phone_number_id": number.id,
            "display_phone_number": number.display_phone_number,
            "name": number.name,
            "own": bool(number.owner),
            "commands": [],
            "webhook_ok": number.webhook_ok,
        }


def _tenancy(owner: Bot | Number, body: dict[str, Any]) -> None:
    owner.tenant = str(body.get("tenant") or owner.tenant)
    owner.tenant_name = str(body.get("tenant_name") or owner.tenant_name)
    role = body.get("role", owner.role)
    if role not in ("customer", "admin"):
        raise Mistake("role is customer or admin.")
    owner.role = role
