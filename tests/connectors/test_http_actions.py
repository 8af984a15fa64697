"""Tenants' own actions against another company's server: what goes there, what comes back, what must never happen."""

import asyncio
import json
import logging
import socket
from collections.abc import AsyncIterator, Iterator
from contextlib import AsyncExitStack, asynccontextmanager
from dataclasses import dataclass, field
from datetime import timedelta
from typing import Any
from uuid import UUID

import pytest
import structlog
from aiohttp import web
from aiohttp.test_utils import TestServer
from pydantic import JsonValue

from connectors.guarding import GuardedSession
from connectors.http_actions import CallHttp, UndoHttp
from connectors.http_calls import MOST_BYTES, SECRET, HttpCalls
from core.actions import ActionCall
from core.errors import InDoubt, Misconfigured, Rejected, StewardError, Transient
from core.ids import INTERNAL, ContactId, StreamId, TenantId
from core.turns import TenantProfile
from db.actions import ActionUse, save_secret
from db.database import Database
from tenants.agents import AgentPolicy, HttpAction
from tenants.secrets import Vault
from tests.connectors.test_fetching import Names
from tests.sandbox.outside import running

TENANT = TenantId(2)
KEY = "books-key-9f31c0"
ARGUMENTS: dict[str, JsonValue] = {"invoice": "INV-7001", "amount": "82.00", "reason": "3 days late"}
FIELDS = {
    "invoice": {"type": "reference", "kind": "invoice"},
    "amount": {"type": "amount"},
    "reason": {"type": "text"},
}


def credit(origin: str, **more: Any) -> HttpAction:
    given = {
        "name": "credit_invoice", "title": "Credit", "about": "Credits.", "agent": "billing", "secret": "books",
        "url": f"{origin}/invoices/{{invoice}}/credits", "fields": FIELDS, "done": "credited", "money_moving": True,
        "reversible": True, "undo": "DELETE",
    }  # fmt: skip
    return HttpAction.model_validate(given | more)


@dataclass
class Seen:
    method: str
    target: str
    headers: dict[str, str]
    body: bytes


@dataclass
class Books:
    """Another company's server, which answers as it is told to."""

    seen: list[Seen] = field(default_factory=list[Seen])
    status: int = 200
    body: bytes = b""
    headers: dict[str, str] = field(default_factory=dict[str, str])
    trouble: str = ""
    gate: asyncio.Event = field(default_factory=asyncio.Event)
    server: TestServer = field(init=False)

    async def serve(self, request: web.Request) -> web.StreamResponse:
        body = await request.read()
        self.seen.append(Seen(request.method, request.raw_path, dict(request.headers), body))
        assert request.transport is not None
        match self.trouble:
            case "hang up":
                request.transport.abort()
            case "silence":
                await self.gate.wait()
            case "half":
                response = web.StreamResponse(headers={"Content-Length": "500"})
                await response.prepare(request)
                await response.write(b'{"id": ')
                request.transport.abort()
                return response
            case _:
                pass
        return web.Response(status=self.status, body=self.body, headers=self.headers)

    def says(self, status: int, body: object = b"", **headers: str) -> None:
        self.status, self.headers, self.trouble = status, {k.replace("_", "-"): v for k, v in headers.items()}, ""
        self.body = body if isinstance(body, bytes) else json.dumps(body).encode()

    @property
    def place(self) -> str:
        return f"127.0.0.1:{self.server.port}"


@pytest.fixture
async def books() -> AsyncIterator[Books]:
    books = Books()
    app = web.Application()
    app.router.add_route("*", "/{path:.*}", books.serve)
    books.server = TestServer(app)
    await books.server.start_server()
    yield books
    books.gate.set()
    await books.server.close()


@dataclass
class World:
    database: Database
    books: Books
    vault: Vault = field(default_factory=lambda: Vault(b"k" * 32))

    @asynccontextmanager
    async def open(
        self, action: HttpAction, *, allowed: str | None = None, names: Names | None = None, seconds: float = 15
    ) -> AsyncIterator[tuple[CallHttp, UndoHttp]]:
        agents = AgentPolicy(http=(action,)).model_dump_json(exclude_defaults=True)

        async def profile(tenant: TenantId) -> TenantProfile:
            return TenantProfile(
                tenant_id=tenant, slug="f", name="F", language="en", time_zone="UTC", currency="EUR", persona="",
                agents=agents,
            )  # fmt: skip

        place = self.books.place if allowed is None else allowed
        async with GuardedSession(allowed=[place], resolver=names) as session:
            calls = HttpCalls(self.database, self.vault, session, time_limit=timedelta(seconds=seconds))
            yield CallHttp(calls, profile), UndoHttp(calls, profile)

    async def keep(self, secret: str, name: str = "books") -> None:
        async with self.database.tenant(TENANT) as tx:
            await save_secret(tx, TENANT, name, self.vault.seal(TENANT, {SECRET: secret}))

    def credit(self, **more: Any) -> HttpAction:
        return credit(f"http://{self.books.place}/api", **more)

    async def call(self, arguments: dict[str, JsonValue] = ARGUMENTS, **more: Any) -> dict[str, JsonValue]:
        seconds = more.pop("seconds", 15)
        async with self.open(self.credit(**more), seconds=seconds) as (call, _):
            return await call(a_call(arguments))

    async def fails(self, **more: Any) -> StewardError:
        with pytest.raises(StewardError) as caught:
            await self.call(**more)
        return caught.value


@pytest.fixture
async def world(database: Database, books: Books) -> World:
    world = World(database, books)
    await world.keep(KEY)
    return world


@pytest.fixture(autouse=True)
def spoken(caplog: pytest.LogCaptureFixture) -> Iterator[list[str]]:
    """No test of this file may log the secret, nor a word of the customer's."""
    with caplog.at_level(logging.DEBUG), structlog.testing.capture_logs() as logs:
        yield []
    text = repr(logs) + caplog.text
    assert KEY not in text
    assert "3 days late" not in text


def a_call(arguments: dict[str, JsonValue], name: str = "credit_invoice", key: str = "5f:3:0") -> ActionCall:
    return ActionCall(
        tenant_id=TENANT, stream_id=StreamId(UUID(int=1)), account_id=INTERNAL, seq=3, key=key, name=name,
        arguments=arguments, executor="http", agent="billing",
    )  # fmt: skip


# What goes there


async def test_the_request_is_what_the_folder_declares_and_nothing_else(world: World, books: Books) -> None:
    books.says(201, {"id": 17, "reference": "CN-17", "message": "Noted", "iban": "DE02", "nested": {"id": 1}})
    result = await world.call()
    assert result == {"status": 201, "id": "17", "reference": "CN-17", "message": "Noted"}
    (seen,) = books.seen
    assert (seen.method, seen.target) == ("POST", "/api/invoices/INV-7001/credits")
    assert json.loads(seen.body) == {"amount": "82.00", "reason": "3 days late"}
    assert seen.headers["Authorization"] == f"Bearer {KEY}"
    assert seen.headers["Idempotency-Key"] == "5f:3:0"
    assert seen.headers["User-Agent"].startswith("Steward")


async def test_without_a_secret_none_is_sent_and_what_is_in_the_url_is_not_in_the_body(
    world: World, books: Books
) -> None:
    url = f"http://{books.place}/api/{{invoice}}?why={{reason}}&sum={{amount}}&x=1"
    assert await world.call(method="PUT", url=url, secret=None) == {"status": 200}
    await world.call(method="DELETE", url=url, secret=None)
    put, delete = books.seen
    assert (put.target, put.body) == ("/api/INV-7001?why=3%20days%20late&sum=82.00&x=1", b"{}")
    assert (delete.method, delete.body) == ("DELETE", b"")
    assert "Authorization" not in put.headers


async def test_a_missing_secret_says_how_to_set_it(world: World, books: Books) -> None:
    error = await world.fails(secret="till")
    assert isinstance(error, Misconfigured)
    assert "tenant secret" in str(error) and "till" in str(error)
    assert books.seen == []


async def test_another_tenants_secret_does_not_open(world: World, books: Books) -> None:
    async with world.database.tenant(TENANT) as tx:
        await save_secret(tx, TENANT, "books", world.vault.seal(TenantId(3), {SECRET: KEY}))
    assert isinstance(await world.fails(), Misconfigured)
    assert books.seen == []


@pytest.mark.parametrize("secret", ["", "two words", "a\r\nX-Admin: 1", "ключ", "x" * 5000])
async def test_a_secret_that_is_no_token_is_not_sent(world: World, books: Books, secret: str) -> None:
    await world.keep(secret)
    assert isinstance(await world.fails(), Misconfigured)
    assert books.seen == []


async def test_a_secret_is_not_sent_in_the_clear_over_the_internet(world: World, books: Books) -> None:
    action = credit("http://books.example")
    async with world.open(action, names=Names(["93.184.216.34"])) as (call, _):
        with pytest.raises(Misconfigured, match="https"):
            await call(a_call(ARGUMENTS))


async def test_an_action_that_is_gone_is_refused(world: World) -> None:
    async with world.open(world.credit()) as (call, _):
        with pytest.raises(Rejected, match="no action"):
            await call(a_call(ARGUMENTS, name="pay_everybody"))


# Where it goes


async def test_hostile_arguments_arrive_as_data_or_not_at_all(world: World, books: Books) -> None:
    for invoice in ("../../admin", "INV?all=1", "INV#x", "@evil", "..", "a\r\nX: 1", "INV 7"):
        seen = len(books.seen)
        try:
            await world.call({**ARGUMENTS, "invoice": invoice})
        except Rejected:
            assert len(books.seen) == seen
    assert [each.target for each in books.seen] == [
        f"/api/invoices/{each}/credits" for each in ("INV%3Fall%3D1", "INV%23x", "%40evil", "INV%207")
    ]
    assert {each.headers["Host"] for each in books.seen} == {books.place}


@pytest.mark.parametrize("host", ["127.0.0.1", "169.254.169.254", "[::1]", "10.0.0.1", "2130706433", "localhost"])
async def test_private_addresses_are_not_called(world: World, books: Books, host: str) -> None:
    action = credit(f"http://{host}:{books.server.port}", secret=None)
    async with world.open(action, allowed="") as (call, _):
        with pytest.raises((Misconfigured, Transient)):
            await call(a_call(ARGUMENTS))
    assert books.seen == []


async def test_a_name_that_leads_inside_is_not_called(world: World, books: Books) -> None:
    action = credit(f"http://books.example:{books.server.port}", secret=None)
    async with world.open(action, allowed="", names=Names(["127.0.0.1"])) as (call, _):
        with pytest.raises(Misconfigured, match="private network"):
            await call(a_call(ARGUMENTS))
    assert books.seen == []


# What comes back


@pytest.mark.parametrize("status", [301, 302, 303, 304, 307, 308])
async def test_no_redirect_is_followed(world: World, books: Books, status: int) -> None:
    books.says(status, Location=f"http://{books.place}/elsewhere")
    assert isinstance(await world.fails(), Misconfigured)
    assert len(books.seen) == 1


@pytest.mark.parametrize("status", [408, 425, 429, 503])
async def test_what_was_not_taken_is_tried_again_when_the_other_system_says(
    world: World, books: Books, status: int
) -> None:
    books.says(status, {"message": KEY}, Retry_After="17")
    error = await world.fails()
    assert isinstance(error, Transient)
    assert error.retry_after == timedelta(seconds=17)
    assert KEY not in str(error)


@pytest.mark.parametrize("status", [500, 502, 504])
async def test_a_failure_over_it_is_in_doubt_where_money_moves_and_tried_again_else(
    world: World, books: Books, status: int
) -> None:
    books.says(status)
    assert isinstance(await world.fails(), InDoubt)
    assert isinstance(await world.fails(money_moving=False), Transient)


@pytest.mark.parametrize("status", [400, 403, 404, 405, 409, 410, 422, 451])
async def test_a_refusal_tells_its_status_and_never_its_body(world: World, books: Books, status: int) -> None:
    books.says(status, {"message": "the customer Maya owes", "id": "7"})
    error = await world.fails()
    assert type(error) is Rejected
    assert str(status) in str(error) and "Maya" not in str(error)


async def test_a_secret_that_is_refused_is_for_a_person(world: World, books: Books) -> None:
    books.says(401)
    assert isinstance(await world.fails(), Misconfigured)


async def test_a_conflict_with_itself_is_done(world: World, books: Books) -> None:
    books.says(409, {"duplicate": True, "id": "CR-1"})
    assert await world.call() == {"status": 409, "id": "CR-1"}
    books.says(409, {"duplicate": "true", "id": "CR-1"})
    assert type(await world.fails()) is Rejected


@pytest.mark.parametrize("trouble", ["hang up", "silence", "half"])
async def test_a_connection_that_breaks_after_the_request_is_in_doubt_where_money_moves(
    world: World, books: Books, trouble: str
) -> None:
    books.trouble = trouble
    for n, method in enumerate(("POST", "PUT", "DELETE"), 1):
        error = await world.fails(seconds=0.3, method=method)
        assert isinstance(error, InDoubt)
        assert "in doubt" in str(error) and "person" in str(error)
        assert len(books.seen) == n
    assert isinstance(await world.fails(seconds=0.3, money_moving=False), Transient)


async def test_a_place_where_nobody_listens_is_tried_again(world: World) -> None:
    with socket.socket() as held:
        held.bind(("127.0.0.1", 0))
        place = f"127.0.0.1:{held.getsockname()[1]}"
        async with world.open(credit(f"http://{place}"), allowed=place) as (call, _):
            with pytest.raises(Transient):
                await call(a_call(ARGUMENTS))


@pytest.mark.parametrize(
    "body",
    [b"x" * (1 << 20), b'{"id": "' + b"7" * MOST_BYTES + b'"}', b"<html>", b'{"id": ', b"\xff\xfe", b"[" * 9_999],
)
async def test_an_answer_that_cannot_be_read_leaves_in_doubt_what_was_done(
    world: World, books: Books, body: bytes
) -> None:
    books.says(200, body)
    assert isinstance(await world.fails(), InDoubt)
    books.says(404, body)
    assert type(await world.fails()) is Rejected


@pytest.mark.parametrize(
    "body", [b"", b" \n", b"[]", b"null", b'"text"', b'{"id": null, "message": ["x"], "reference": true}']
)
async def test_an_answer_without_anything_to_take_is_done_all_the_same(world: World, books: Books, body: bytes) -> None:
    books.says(200, body)
    assert await world.call() == {"status": 200}


async def test_what_is_taken_is_short_plain_and_without_the_secret(world: World, books: Books) -> None:
    books.says(200, {"id": "a\u202eb\n", "message": "m" * 9_000, "reference": f"Bearer {KEY}"})
    assert await world.call() == {"status": 200, "id": "a b", "message": "m" * 300}


# Again, and back


async def test_tried_again_after_a_trouble_it_is_done_once(world: World) -> None:
    async with running(None) as sandbox:
        await sandbox.call("PUT", "/control/business/forwarder", {"key": KEY, "fail": 2})
        place = sandbox.url.removeprefix("http://")
        action = credit(f"{sandbox.url}/business/forwarder", money_moving=False)
        async with world.open(action, allowed=place) as (call, _):
            for _ in range(2):
                with pytest.raises(Transient):
                    await call(a_call(ARGUMENTS))
            await sandbox.call("PUT", "/control/business/forwarder", {"drop": 1})
            with pytest.raises(Transient):  # it was done, and the answer got lost
                await call(a_call(ARGUMENTS))
            result = await call(a_call(ARGUMENTS))
        noted = await sandbox.call("GET", "/control/business/forwarder")
    assert result["id"] == noted["entries"][0]["id"]
    assert (len(noted["entries"]), noted["requests"]) == (1, 4)
    assert noted["entries"][0]["body"] == {"amount": "82.00", "reason": "3 days late"}


async def test_what_was_done_is_taken_back_at_the_same_place(world: World) -> None:
    async with AsyncExitStack() as stack:
        sandbox = await stack.enter_async_context(running(None))
        await sandbox.call("PUT", "/control/business/forwarder", {"key": KEY})
        action = credit(f"{sandbox.url}/business/forwarder")
        call, undo = await stack.enter_async_context(world.open(action, allowed=sandbox.url.removeprefix("http://")))
        result = await call(a_call(ARGUMENTS))
        back = a_call({}, "take_back", "5f:9:0")
        assert (await undo(back, a_use(result)))["status"] == 200
        assert await undo(back, a_use(result)) == {"status": 410}  # twice is as good as once
        (entry,) = (await sandbox.call("GET", "/control/business/forwarder"))["entries"]
        assert entry["deleted"] is True
        with pytest.raises(Rejected, match="404"):
            await undo(back, a_use({"id": "CR-9"}))
        with pytest.raises(Rejected, match="no id"):
            await undo(back, a_use({"status": 201}))
        with pytest.raises(Rejected):
            await undo(back, a_use({"id": "../7"}))


async def test_what_cannot_be_taken_back_is_not(world: World, books: Books) -> None:
    async with world.open(world.credit(reversible=False, undo="")) as (_, undo):
        with pytest.raises(Rejected, match="cannot be taken back"):
            await undo(a_call({}, "take_back"), a_use({"id": "CR-1"}))
    assert books.seen == []


async def test_an_undo_that_breaks_is_tried_again(world: World, books: Books) -> None:
    async with world.open(world.credit()) as (_, undo):
        books.trouble = "hang up"
        with pytest.raises(Transient):
            await undo(a_call({}, "take_back"), a_use({"id": "CR-1"}))
        books.says(500)
        with pytest.raises(Transient):
            await undo(a_call({}, "take_back"), a_use({"id": "CR-1"}))
    assert [(each.method, each.target, each.body) for each in books.seen] == [
        ("DELETE", "/api/invoices/INV-7001/credits/CR-1", b"")
    ] * 2


def a_use(result: dict[str, JsonValue]) -> ActionUse:
    return ActionUse(
        key="5f:3:0", status="done", name="credit_invoice", arguments=ARGUMENTS, contact_id=ContactId(UUID(int=7)),
        result=result,
    )  # fmt: skip
