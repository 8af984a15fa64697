"""What tests and benchmarks need to know and to do: `/control/…` without the accounts."""

from aiohttp import web

from sandbox.burst import Burst
from sandbox.deliveries import DeliveryLog
from sandbox.faults import Faults
from sandbox.people import Mistake, People
from sandbox.people_api import answer, read_object
from sandbox.telegram.server import Telegram
from sandbox.whatsapp.server import WhatsApp
from sandbox.world import World

PAGE = 1_000
"""Most items in one answer of `/control/accepted` and `/control/deliveries`."""


class Control:
    def __init__(
        self,
        world: World,
        people: People,
        faults: Faults,
        telegram: Telegram,
        whatsapp: WhatsApp,
        delivered: DeliveryLog,
    ) -> None:
        self._world = world
        self._people = people
        self._faults = faults
        self._telegram = telegram
        self._whatsapp = whatsapp
        self._delivered = delivered
        self._burst = Burst(people)

    def routes(self) -> list[web.RouteDef]:
        return [
            web.put("/control/whatsapp/templates/{name}", self.put_template),
            web.put("/control/links/{tenant}", self.put_link),
            web.delete("/control/links/{tenant}", self.delete_link),
            web.get("/control/faults", self.get_faults),
            web.put("/control/faults", self.put_faults),
            web.get("/control/accepted", self.accepted),
            web.get("/control/deliveries", self.deliveries),
            web.get("/control/pending", self.pending),
            web.post("/control/burst", self._burst.serve),
            web.post("/control/reset", self.reset),
        ]

    def _changed(self) -> web.Response:
        self._people.events.tell({"type": "world"})
        return answer({"ok": True})

    async def put_template(self, request: web.Request) -> web.Response:
        body = await read_object(request)
        name = request.match_info["name"]
        if not isinstance(body.get("language"), str) or not isinstance(body.get("body"), str):
            raise Mistake("A template is {language, body, buttons?}.")
        template = {name: body[name] for name in ("language", "body", "buttons") if name in body}
        key = f"{name}/{body['language']}"
        self._world.templates[key] = template
        self._world.journal.put("template", key, template)
        return answer({"ok": True})

    async def put_link(self, request: web.Request) -> web.Response:
        body = await read_object(request)
        if not body.get("label") or not body.get("start"):
            raise Mistake("A link is {label, start}.")
        tenant = request.match_info["tenant"]
        self._world.links[tenant] = {"label": str(body["label"]), "start": str(body["start"])}
        self._world.journal.put("link", tenant, self._world.links[tenant])
        return self._changed()

    async def delete_link(self, request: web.Request) -> web.Response:
        tenant = request.match_info["tenant"]
        if self._world.links.pop(tenant, None) is not None:
            self._world.journal.drop("link", tenant)
        return self._changed()

    async def get_faults(self, _request: web.Request) -> web.Response:
        return answer(self._faults.shown())

    async def put_faults(self, request: web.Request) -> web.Response:
        try:
            self._faults.change(await read_object(request))
        except ValueError as error:
            raise Mistake(str(error)) from error
        self._people.events.tell({"type": "world"})
        return answer(self._faults.shown())

    async def accepted(self, request: web.Request) -> web.Response:
        after = _after(request)
        items = self._world.accepted[after : after + PAGE]
        return answer({"items": items, "next": after + len(items), "total": len(self._world.accepted)})

    async def deliveries(self, request: web.Request) -> web.Response:
        after = _after(request)
        items = self._delivered.after(after, PAGE)
        following = items[-1]["n"] if items else max(after, self._delivered.total)
        return answer({"items": items, "next": following, "total": self._delivered.total})

    async def pending(self, _request: web.Request) -> web.Response:
        """How many deliveries each account still waits to see acknowledged."""
        telegram = {line.bot.username: len(line.pending) for line in self._telegram.lines.values()}
        whatsapp = {line.number.id: len(line.pending) for line in self._whatsapp.lines.values()}
        total = sum(telegram.values()) + sum(whatsapp.values())
        return answer({"total": total, "telegram": telegram, "whatsapp": whatsapp})

    async def reset(self, _request: web.Request) -> web.Response:
        """Forgets chats, undelivered updates and the accepted sends; keeps people, bots and numbers."""
        for line in self._telegram.lines.values():
            line.chats.clear()
            line.queries.clear()
            line.drop_pending()
            await self._telegram.start_webhook(line)
        for line in self._whatsapp.lines.values():
            line.said.clear()
            for delivery in list(line.pending.values()):
                line.done(delivery)
            await self._whatsapp.subscribe(line)
        self._world.forget_chats()
        self._delivered.clear()
        self._people.events.tell({"type": "reset"})
        return self._changed()


def _after(request: web.Request) -> int:
    after = request.query.get("after", "0")
    if not after.isdecimal():
        raise Mistake("after is the number of the last item you have.")
    return int(after)
