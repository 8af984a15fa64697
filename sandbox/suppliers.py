"""Other businesses of the outside world: suppliers that publish price lists, carriers that report on shipments.

GET  /suppliers/{name}.csv           the price list
PUT  /suppliers/{name}/prices        {item: price}: changes prices, adds items, makes the supplier
PUT  /control/carriers/{name}        {url, secret, shipments: [reference | {reference, status, eta, promised}]}
POST /carriers/{name}/delay          {reference, days, status?}: reports a later ETA to Steward's signed webhook
GET  /control/world                  what of it the page shows
"""

import csv
import hmac
import io
import re
import secrets
import time
from datetime import UTC, datetime, timedelta
from decimal import Decimal, InvalidOperation
from pathlib import Path
from typing import Any, cast

import orjson
from aiohttp import web

from sandbox.events import Events
from sandbox.people import Mistake
from sandbox.people_api import answer, read_object
from sandbox.post import DeliveryError, Poster
from sandbox.records import Json
from sandbox.store import Store
from sandbox.world import Journal

LISTS = Path(__file__).parent.parent / "demo"
"""`{name}/prices.csv` is what the demo's supplier of that name publishes at first."""
MOST_ITEMS = 500
MOST_DAYS = 60
_NAME = re.compile(r"[a-z][a-z0-9-]{0,39}")


class Suppliers:
    def __init__(self, journal: Journal, events: Events, poster: Poster) -> None:
        self._journal = journal
        self._events = events
        self._poster = poster
        self._suppliers: dict[str, Json] = {}
        """By name: `{currency, prices: {item: decimal text}}`."""
        self._carriers: dict[str, Json] = {}
        """By name: `{url, secret, shipments: {reference: {status, eta, promised}}}`."""

    def load(self, store: Store | None) -> None:
        """What an earlier run left; else the demo's lists."""
        for path in sorted(LISTS.glob("*/prices.csv")):
            self._suppliers[path.parent.name] = _read_list(path)
        if store is not None:
            self._suppliers.update(store.rows("supplier"))
            self._carriers.update(store.rows("carrier"))

    def routes(self) -> list[web.RouteDef]:
        return [
            web.get("/suppliers/{name}.csv", self.price_list),
            web.put("/suppliers/{name}/prices", self.put_prices),
            web.put("/control/carriers/{name}", self.put_carrier),
            web.post("/carriers/{name}/delay", self.delay),
            web.get("/control/world", self.world),
        ]

    async def price_list(self, request: web.Request) -> web.Response:
        supplier = self._suppliers.get(request.match_info["name"])
        if supplier is None:
            raise Mistake("There is no such supplier.", 404)
        text = io.StringIO()
        writer = csv.writer(text, lineterminator="\n")
        writer.writerow(["item", "price", "currency"])
        writer.writerows([item, price, supplier["currency"]] for item, price in supplier["prices"].items())
        return web.Response(text=text.getvalue(), content_type="text/csv", headers={"Cache-Control": "no-store"})

    async def put_prices(self, request: web.Request) -> web.Response:
        name = _name_of(request)
        body = await read_object(request)
        prices = {item.strip()[:200]: _read_price(item, price) for item, price in body.items() if item.strip()}
        supplier = self._suppliers.get(name) or {"currency": "EUR", "prices": {}}
        changed = {**supplier["prices"], **prices}
        if not changed or len(changed) > MOST_ITEMS:
            raise Mistake(f"A price list has 1 to {MOST_ITEMS} items: {{item: price}}.")
        self._suppliers[name] = {**supplier, "prices": changed}
        self._journal.put("supplier", name, self._suppliers[name])
        return self._changed(prices)

    async def put_carrier(self, request: web.Request) -> web.Response:
        """Idempotent: shipments that are known keep what was reported on them."""
        name = _name_of(request)
        body = await read_object(request)
        url, secret, shipments = body.get("url"), body.get("secret"), body.get("shipments")
        if not isinstance(url, str) or not isinstance(secret, str) or not secret or not isinstance(shipments, list):
            raise Mistake("A carrier is {url, secret, shipments: [...]}.")
        known = self._carriers.get(name, {}).get("shipments", {})
        listed = dict(map(_read_shipment, cast("list[Any]", shipments)))
        kept = {reference: known.get(reference, shipment) for reference, shipment in listed.items()}
        self._carriers[name] = {"url": url, "secret": secret, "shipments": kept}
        self._journal.put("carrier", name, self._carriers[name])
        return self._changed({"shipments": len(kept)})

    async def delay(self, request: web.Request) -> web.Response:
        carrier = self._carriers.get(request.match_info["name"])
        body = await read_object(request)
        days = body.get("days")
        if carrier is None:
            raise Mistake("There is no such carrier.", 404)
        reference = body.get("reference")
        shipment = carrier["shipments"].get(reference) if isinstance(reference, str) else None
        if shipment is None:
            raise Mistake("The carrier has no shipment of that reference.", 404)
        if isinstance(days, bool) or not isinstance(days, int) or not days or abs(days) > MOST_DAYS:
            raise Mistake(f"Say by how many days, at most {MOST_DAYS}: {{reference, days: 2}}.")
        eta = datetime.fromisoformat(shipment["eta"]) + timedelta(days=days)
        changed = {**shipment, "eta": eta.isoformat(), "status": str(body.get("status") or shipment["status"])[:300]}
        steward = await self._report(carrier, str(reference), changed)
        carrier["shipments"][reference] = changed
        self._journal.put("carrier", request.match_info["name"], carrier)
        return self._changed({"eta": changed["eta"], "steward": steward})

    async def world(self, _request: web.Request) -> web.Response:
        suppliers = [
            {
                "name": name,
                "currency": supplier["currency"],
                "items": [{"item": item, "price": price} for item, price in supplier["prices"].items()],
            }
            for name, supplier in sorted(self._suppliers.items())
        ]
        carriers = [
            {"name": name, "shipments": [{"reference": key, **each} for key, each in carrier["shipments"].items()]}
            for name, carrier in sorted(self._carriers.items())
        ]
        return answer({"suppliers": suppliers, "carriers": carriers})

    def _changed(self, value: Json) -> web.Response:
        self._events.tell({"type": "outside"})
        return answer(value)

    async def _report(self, carrier: Json, reference: str, shipment: Json) -> Json:
        event = {
            "id": secrets.token_hex(8),
            "reference": reference,
            "status": shipment["status"],
            "eta": shipment["eta"],
            "occurred_at": datetime.now(UTC).isoformat(),
        }
        body = orjson.dumps(event)
        headers = f"Content-Type: application/json\r\nX-Steward-Signature: {_sign(carrier['secret'], body)}\r\n"
        try:
            given = await self._poster.request(carrier["url"], headers=headers.encode(), body=body)
        except DeliveryError as error:
            raise Mistake(f"Steward does not answer ({error}). Start it, then try again.", 502) from None
        if given.status != 200:
            raise Mistake(
                f"Steward refused the report ({given.status}): {given.body[:200].decode('utf-8', 'replace')}", 502
            )
        return cast("Json", orjson.loads(given.body))


def _sign(secret: str, body: bytes) -> str:
    seconds = int(time.time())
    digest = hmac.digest(secret.encode(), b"%d." % seconds + body, "sha256").hex()
    return f"t={seconds},v1={digest}"


def _name_of(request: web.Request) -> str:
    name = request.match_info["name"]
    if not _NAME.fullmatch(name):
        raise Mistake("A name has small letters, digits and dashes.")
    return name


def _read_price(item: str, price: object) -> str:
    """Decimal text, kept as it was written: `38.40`."""
    try:
        value = Decimal(str(price).strip().replace(",", "."))
    except InvalidOperation:
        raise Mistake(f"The price of “{item[:80]}” must be a number, e.g. 38.40.") from None
    if isinstance(price, bool) or not value.is_finite() or not 0 < value < 1_000_000:
        raise Mistake(f"The price of “{item[:80]}” must be above 0 and below a million.")
    return f"{value:f}"


def _read_shipment(given: object) -> tuple[str, Json]:
    """Without an ETA it is due now."""
    now = datetime.now(UTC).replace(microsecond=0).isoformat()
    fields: Json = cast("Json", given) if isinstance(given, dict) else {"reference": given}
    reference, status = fields.get("reference"), fields.get("status") or "On the way"
    eta = fields.get("eta") or now
    promised = fields.get("promised") or eta
    try:
        moments = [datetime.fromisoformat(str(moment)) for moment in (eta, promised)]
    except ValueError:
        raise Mistake("eta and promised are ISO 8601 with an offset.") from None
    if not isinstance(reference, str) or not reference or any(moment.tzinfo is None for moment in moments):
        raise Mistake("A shipment is {reference, status, eta, promised}, times with an offset.")
    return reference, {"status": str(status), "eta": moments[0].isoformat(), "promised": moments[1].isoformat()}


def _read_list(path: Path) -> Json:
    with path.open(encoding="utf-8", newline="") as file:
        rows = list(csv.DictReader(file))
    return {"currency": rows[0]["currency"] if rows else "EUR", "prices": {row["item"]: row["price"] for row in rows}}
