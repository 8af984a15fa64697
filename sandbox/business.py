"""Businesses' own systems, as other companies would have them: credits, refunds and deliveries, behind a key.

POST   /business/{slug}/invoices/{invoice}/credits         {amount, reason}
POST   /business/{slug}/orders/{order}/refunds             {amount, reason}
POST   /business/{slug}/deliveries                         {order, date}
DELETE on any of these with /{id}                          takes it back
PUT    /control/business/{slug}      {key?, fail?, drop?}: makes the system, sets its key and its next troubles
GET    /control/business/{slug}      what is in its books, for tests: the oracle of what was really done
GET    /control/business             the same of all, for the page
"""

import re
from dataclasses import asdict, dataclass, field
from datetime import UTC, date, datetime
from urllib.parse import unquote

import orjson
from aiohttp import web

from sandbox.events import Events
from sandbox.people import Mistake
from sandbox.people_api import answer, read_object
from sandbox.records import Json
from sandbox.store import Store
from sandbox.world import Journal

MOST_ENTRIES = 1_000
MOST_REASON = 500
_SLUG = re.compile(r"[a-z][a-z0-9-]{0,39}")
_AMOUNT = re.compile(r"(0|[1-9]\d{0,8})(\.\d{1,2})?")


@dataclass(slots=True)
class Books:
    """One business's system."""

    key: str = ""
    entries: list[Json] = field(default_factory=list[Json])
    """`{id, path, body, idempotency_key, at, deleted}`; `at` is ISO 8601."""
    requests: int = 0
    """All that came, refused ones too."""
    fail: int = 0
    """So many of the next requests are answered with 503, and do nothing."""
    drop: int = 0
    """So many of the next are done, but the connection closes without an answer."""


class Business:
    def __init__(self, journal: Journal, events: Events) -> None:
        self._journal = journal
        self._events = events
        self._books: dict[str, Books] = {}

    def load(self, store: Store | None) -> None:
        """What an earlier run left; troubles are over."""
        for slug, row in store.rows("business") if store is not None else ():
            self._books[slug] = Books(key=row["key"], entries=row["entries"], requests=row["requests"])

    def routes(self) -> list[web.RouteDef]:
        made = (
            "/business/{slug}/invoices/{subject}/{kind:credits}",
            "/business/{slug}/orders/{subject}/{kind:refunds}",
            "/business/{slug}/{kind:deliveries}",
        )
        return [
            *(web.post(path, self.create) for path in made),
            *(web.delete(path + "/{id}", self.remove) for path in made),
            web.put("/control/business/{slug}", self.put),
            web.get("/control/business/{slug}", self.get),
            web.get("/control/business", self.all),
        ]

    async def create(self, request: web.Request) -> web.Response:
        books, key = self._enter(request)
        body = await read_object(request)
        path = request.rel_url.raw_path
        known = next((each for each in books.entries if each["idempotency_key"] == key), None)
        if known is not None:
            if (known["path"], known["body"]) != (path, body):
                raise Mistake("This idempotency key was used for something else.", 409)
            return self._done(request, books, {**_said(known), "duplicate": True}, 200)
        kind = request.match_info["kind"]
        _CHECKS[kind](body)
        if len(books.entries) >= MOST_ENTRIES:
            raise Mistake("The books are full.", 507)
        entry: Json = {
            "id": f"{_PREFIXES[kind]}-{1001 + len(books.entries)}", "path": path, "body": body,
            "idempotency_key": key, "at": datetime.now(UTC).isoformat(), "deleted": False,
        }  # fmt: skip
        books.entries.append(entry)
        return self._done(request, books, _said(entry), 201)

    async def remove(self, request: web.Request) -> web.Response:
        books, _ = self._enter(request)
        path, _, number = request.rel_url.raw_path.rpartition("/")
        entry = next((each for each in books.entries if (each["path"], each["id"]) == (path, number)), None)
        if entry is None:
            raise Mistake("There is no such entry.", 404)
        if entry["deleted"]:
            raise Mistake("This was taken back before.", 410)
        entry["deleted"] = True
        return self._done(request, books, {**_said(entry), "message": f"{number} is taken back"}, 200)

    async def put(self, request: web.Request) -> web.Response:
        """Idempotent: what is in the books stays."""
        slug = request.match_info["slug"]
        body = await read_object(request)
        if not _SLUG.fullmatch(slug) or body.keys() - {"key", "fail", "drop"}:
            raise Mistake("A business's system is {key, fail?, drop?}, its name small letters, digits and dashes.")
        books = self._books.get(slug) or Books()
        key, fail, drop = (body.get(name, getattr(books, name)) for name in ("key", "fail", "drop"))
        if not isinstance(key, str) or not key:
            raise Mistake("A business's system needs a key: {key: …}.")
        if any(isinstance(n, bool) or not isinstance(n, int) or not 0 <= n <= 1_000 for n in (fail, drop)):
            raise Mistake("fail and drop are how many of the next requests, at most 1000.")
        books.key, books.fail, books.drop = key, fail, drop
        self._books[slug] = books
        self._keep(slug)
        return answer({"ok": True})

    async def get(self, request: web.Request) -> web.Response:
        books = self._books.get(request.match_info["slug"])
        if books is None:
            raise Mistake("There is no such business.", 404)
        return answer({"entries": books.entries, "requests": books.requests})

    async def all(self, _request: web.Request) -> web.Response:
        shown = [{"name": slug, "entries": books.entries} for slug, books in sorted(self._books.items())]
        return answer({"businesses": shown})

    def _enter(self, request: web.Request) -> tuple[Books, str]:
        """The books and the idempotency key, for who has the bearer key. Raises: Mistake."""
        books = self._books.get(request.match_info["slug"])
        if books is None:
            raise Mistake("There is no such business.", 404)
        books.requests += 1
        if request.headers.get("Authorization") != f"Bearer {books.key}":
            raise Mistake("The key is missing or wrong.", 401)
        if books.fail:
            books.fail -= 1
            raise Mistake("The books are closed for a moment.", 503)
        key = request.headers.get("Idempotency-Key", "")
        if not key or len(key) > 200:
            raise Mistake("Send an Idempotency-Key.", 400)
        return books, key

    def _done(self, request: web.Request, books: Books, said: Json, status: int) -> web.Response:
        self._keep(request.match_info["slug"])
        if books.drop:
            books.drop -= 1
            if request.transport is not None:
                request.transport.abort()
        return web.Response(status=status, body=orjson.dumps(said), content_type="application/json")

    def _keep(self, slug: str) -> None:
        self._journal.put("business", slug, asdict(self._books[slug]))
        self._events.tell({"type": "outside"})


def _check_money(body: Json) -> None:
    amount, reason = body.get("amount"), body.get("reason")
    if body.keys() != {"amount", "reason"}:
        raise Mistake("Send {amount, reason}.", 422)
    if not isinstance(amount, str) or not _AMOUNT.fullmatch(amount) or not amount.strip("0."):
        raise Mistake("The amount must be decimal text above zero, e.g. “12.50”.", 422)
    if not isinstance(reason, str) or not 0 < len(reason) <= MOST_REASON:
        raise Mistake(f"The reason must be text of at most {MOST_REASON} characters.", 422)


def _check_delivery(body: Json) -> None:
    order, day = body.get("order"), body.get("date")
    if body.keys() != {"order", "date"} or not isinstance(order, str) or not order or not isinstance(day, str):
        raise Mistake("Send {order, date}.", 422)
    try:
        date.fromisoformat(day)
    except ValueError:
        raise Mistake("The date must be YYYY-MM-DD.", 422) from None


_PREFIXES = {"credits": "CR", "refunds": "RF", "deliveries": "DL"}
_CHECKS = {"credits": _check_money, "refunds": _check_money, "deliveries": _check_delivery}


def _said(entry: Json) -> Json:
    """What whoever made the entry is answered."""
    *_, subject, kind = map(unquote, entry["path"].split("/"))
    body = entry["body"]
    if kind == "deliveries":
        return {"id": entry["id"], "reference": body["order"], "message": f"Delivery booked for {body['date']}"}
    word = "Credit" if kind == "credits" else "Refund"
    return {"id": entry["id"], "reference": subject, "message": f"{word} of {body['amount']} noted on {subject}"}
