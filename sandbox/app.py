"""Puts the sandbox together."""

from collections.abc import AsyncIterator
from pathlib import Path

from aiohttp import web
from aiohttp.typedefs import Handler, Middleware

from sandbox import page
from sandbox.accounts import Accounts
from sandbox.botfather import BotFather
from sandbox.business import Business
from sandbox.control import Control
from sandbox.courier import Delivery
from sandbox.deliveries import DeliveryLog
from sandbox.events import Events
from sandbox.faults import Faults
from sandbox.files import Files
from sandbox.meta import Meta
from sandbox.people import Mistake, People
from sandbox.people_api import PeopleApi
from sandbox.post import Poster
from sandbox.records import Json
from sandbox.store import Store, load
from sandbox.suppliers import Suppliers
from sandbox.telegram.server import Telegram
from sandbox.telegram.webhook import is_local
from sandbox.whatsapp.objects import Objects
from sandbox.whatsapp.server import WhatsApp
from sandbox.world import NoJournal, World

MAX_BODY = 110 << 20
"""Bytes: WhatsApp takes documents up to 100 MB."""
_OURS = ("/api/", "/control/", "/suppliers/", "/carriers/", "/business/")
"""All but the vendors' own paths."""


def create_app(state: Path | None, *, limits: bool = True) -> web.Application:
    """The whole sandbox as one aiohttp application.

    Args:
        state: where chats, files and undelivered updates are kept; None keeps nothing.
        limits: whether the vendors' rate limits hold.
    """
    store = Store(state) if state is not None else None
    world = World(store or NoJournal())
    if store is not None:
        load(store, world)
    events, faults, poster = Events(), Faults(), Poster()
    delivered = DeliveryLog(world.journal, events)
    files = Files(world, state / "files" if state is not None else None)
    telegram = Telegram(world, events, files, faults, poster, delivered, limits=limits)
    whatsapp = WhatsApp(world, events, files, faults, poster, delivered, limits=limits)
    people = People(world, events, files, telegram, whatsapp)
    objects = Objects(whatsapp, poster)
    suppliers = Suppliers(world.journal, events, poster)
    suppliers.load(store)
    business = Business(world.journal, events)
    business.load(store)

    async def running(_app: web.Application) -> AsyncIterator[None]:
        if store is not None:
            store.start()
        world.seed()
        await _resume(world, store, telegram, whatsapp)
        yield
        await telegram.close()
        await whatsapp.close()
        await poster.close()
        if store is not None:
            await store.close()

    async def hang_up(_app: web.Application) -> None:
        """Before the server waits for its open requests: pages and long polls would hold it for a minute."""
        events.close()
        telegram.hang_up()

    app = web.Application(client_max_size=MAX_BODY, middlewares=[_guard(store)])
    app.cleanup_ctx.append(running)
    app.on_shutdown.append(hang_up)
    app.router.add_routes(
        [
            web.route("*", "/telegram/bot{token:[^/]+}/{method}", telegram.call),
            web.get("/telegram/file/bot{token:[^/]+}/{path:.+}", telegram.download),
            web.get("/whatsapp/attachments/", objects.download),
            web.post("/whatsapp/{version}/{object}/messages", whatsapp.messages),
            web.route("*", "/whatsapp/{version}/{object}", objects.serve),
            web.route("*", "/whatsapp/{version}/{object}/{edge:.*}", objects.serve),
            *PeopleApi(people).routes(),
            *BotFather(people, telegram).routes(),
            *Meta(people, whatsapp).routes(),
            *Accounts(world, people, faults, telegram, whatsapp).routes(),
            *Control(world, people, faults, telegram, whatsapp, delivered).routes(),
            *suppliers.routes(),
            *business.routes(),
            web.get("/api/events", events.serve),
            web.get("/", page.index),
            web.get("/static/{path:.+}", page.static),
        ]
    )
    return app


def _guard(store: Store | None) -> Middleware:
    """The people's and the developer's calls: only from this machine's own pages, and on disk before the answer."""

    @web.middleware
    async def guard(request: web.Request, handler: Handler) -> web.StreamResponse:
        if not request.path.startswith(_OURS):
            return await handler(request)
        if not is_local(f"http://{request.host}"):
            return web.json_response({"error": "The sandbox answers to 127.0.0.1 and localhost only."}, status=403)
        origin = request.headers.get("Origin")
        if origin is not None and origin.partition("://")[2] != request.host:
            return web.json_response({"error": "Other sites may not use the sandbox."}, status=403)
        try:
            response = await handler(request)
        except Mistake as mistake:
            return web.json_response({"error": mistake.text}, status=mistake.status)
        if store is not None and request.method != "GET":
            await store.settle()
        return response

    return guard


async def _resume(world: World, store: Store | None, telegram: Telegram, whatsapp: WhatsApp) -> None:
    """Opens every account's line again and puts back what nobody acknowledged before the last end."""
    for bot in world.bots.values():
        if not bot.revoked:
            telegram.open_line(bot)
    for number in world.numbers.values():
        whatsapp.open_line(number)
    for kind in ("update", "hook"):
        for key, body in store.rows(kind) if store is not None else ():
            account, _, number = key.rpartition("/")
            delivery = _delivery(world, key, body)
            if delivery is None:
                world.journal.drop(kind, key)
            elif kind == "update" and account in telegram.lines:
                telegram.lines[account].pending[int(number)] = delivery
            elif kind == "hook" and account in whatsapp.lines:
                whatsapp.lines[account].pending[key] = delivery
    for line in telegram.lines.values():
        await telegram.start_webhook(line)
    for line in whatsapp.lines.values():
        await whatsapp.subscribe(line)


def _delivery(world: World, key: str, body: Json) -> Delivery | None:
    chat = world.chats.get(body.pop("chat"))
    if chat is None:
        return None
    return Delivery(key=key, chat=chat, body=str(body.pop("body")).encode(), **body)
