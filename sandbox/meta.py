"""Meta's app dashboard, as far as a shop owner needs it: a new WhatsApp number, and where its webhook points."""

import secrets
import string

from aiohttp import web

from sandbox.botfather import DEFAULT_OWNER
from sandbox.people import Mistake, People
from sandbox.people_api import answer, read_name, read_object
from sandbox.records import Json, Number
from sandbox.telegram.webhook import is_local
from sandbox.whatsapp.server import WhatsApp

SIGNS = string.ascii_letters + string.digits
TOKEN_SIGNS = 180
FIRST_NUMBER_ID = 710_000_000_000_000
FIRST_WABA_ID = 720_000_000_000_000


class Meta:
    def __init__(self, people: People, whatsapp: WhatsApp) -> None:
        self._people = people
        self._world = people.world
        self._whatsapp = whatsapp

    def routes(self) -> list[web.RouteDef]:
        return [
            web.get("/api/meta/numbers", self.numbers),
            web.post("/api/meta/numbers", self.new_number),
            web.put("/api/meta/numbers/{id}/webhook", self.webhook),
            web.post("/api/meta/numbers/{id}/token", self.new_access_token),
        ]

    async def numbers(self, _request: web.Request) -> web.Response:
        return answer({"numbers": [_described(number) for number in self._world.numbers.values()]})

    async def new_number(self, request: web.Request) -> web.Response:
        """The one time that the access token and the app secret are shown."""
        body = await read_object(request)
        name = read_name(body, "the number")
        count = self._world.count("number")
        number_id = str(FIRST_NUMBER_ID + count * 1_000_003)
        tenant, tenant_name = self._world.business_for("whatsapp", name, str(body.get("tenant") or f"wa-{count}"))
        number = Number(
            id=number_id,
            token=new_access_token(),
            app_secret=secrets.token_hex(16),
            verify_token="",
            webhook_url="",
            display_phone_number=f"+1 555 8{count // 10_000 % 100:02} {count % 10_000:04}",
            name=name,
            owner=str(body.get("person") or DEFAULT_OWNER),
            waba_id=str(FIRST_WABA_ID + count * 1_000_003),
            tenant=tenant,
            tenant_name=tenant_name,
        )
        self._world.numbers[number_id] = number
        self._keep(number)
        self._whatsapp.open_line(number)
        return answer(
            {
                **_described(number),
                "phone_number_id": number.id,
                "access_token": number.token,
                "app_secret": number.app_secret,
            }
        )

    async def webhook(self, request: web.Request) -> web.Response:
        """Callback URL and verify token: kept only if the address passes the challenge."""
        number = self._find(request)
        body = await read_object(request)
        url, verify_token = (str(body.get(name) or "").strip() for name in ("url", "verify_token"))
        if not url.startswith(("http://", "https://")) or not verify_token:
            raise Mistake("Paste the webhook address (it begins with http) and the verify token.")
        if not is_local(url):
            raise Mistake("The sandbox calls this machine only: the webhook address is http://127.0.0.1:PORT/…")
        trouble = await self._whatsapp.point(self._whatsapp.open_line(number), url, verify_token)
        self._people.events.tell({"type": "world"})
        return answer({"passed": not trouble, "why": trouble, **_described(number)})

    async def new_access_token(self, request: web.Request) -> web.Response:
        """Another access token; the one before ends at once."""
        number = self._find(request)
        number.token = new_access_token()
        self._keep(number)
        return answer({**_described(number), "access_token": number.token})

    def _find(self, request: web.Request) -> Number:
        number = self._world.numbers.get(request.match_info["id"])
        if number is None:
            raise Mistake("There is no such number.", 404)
        return number

    def _keep(self, number: Number) -> None:
        self._world.journal.put("number", number.id, number)
        self._people.events.tell({"type": "world"})


def new_access_token() -> str:
    return "EAA" + "".join(secrets.choice(SIGNS) for _ in range(TOKEN_SIGNS))


def _described(number: Number) -> Json:
    return {
        "id": number.id,
        "name": number.name,
        "display_phone_number": number.display_phone_number,
        "role": number.role,
        "tenant": number.tenant,
        "webhook_url": number.webhook_url,
        "webhook_ok": number.webhook_ok,
    }
