"""Carriers' webhooks over real HTTP and a real database, down to the case, the owner's desk and the customer."""

import asyncio
import json
import random
import secrets
from collections.abc import AsyncIterator
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from typing import Any

import aiohttp
import asyncpg
import orjson
import pytest
from aiohttp import web
from aiohttp.test_utils import TestServer
from hypothesis import given
from hypothesis import strategies as st

from connectors.carriers import MOST_BYTES, CarrierWebhook
from connectors.reports import MOST_EVENTS, read_event, read_items
from connectors.signing import HEADER, is_signed, sign
from core.ids import AccountId, case_id, contact_id, conversation_id
from db.database import Database
from db.engine.link import Link
from db.tenants import add_shipment, save_connection
from steward.engine import Engine
from tenants.secrets import Vault
from tests.connectors.conftest import House
from tests.support.databases import Urls
from tests.support.engines import TENANT, until

NOW = datetime(2026, 11, 23, 12, tzinfo=UTC)
PROMISED = NOW + timedelta(days=2)
SECRET = "s" * 64
PATH = "cArRiEr_path-1"


@dataclass
class HeldClock:
    at: datetime = NOW

    def now(self) -> datetime:
        return self.at

    def monotonic(self) -> float:
        return self.at.timestamp()


@dataclass
class Carrier:
    """Steward's webhook, and the carrier who calls it."""

    server: TestServer
    session: aiohttp.ClientSession
    clock: HeldClock
    engine: Engine
    house: House
    rows: asyncpg.Connection
    connection: int
    account: AccountId

    async def post(
        self, value: object, *, path: str = PATH, headers: dict[str, str] | None = None
    ) -> tuple[int, dict[str, Any]]:
        body = value if isinstance(value, bytes) else orjson.dumps(value)
        given = {HEADER: sign(SECRET, body, self.clock.at)} if headers is None else headers
        async with self.session.post(f"/carriers/{path}", data=body, headers=given) as response:
            return response.status, orjson.loads(await response.read() or b"{}")

    async def report(self, *events: dict[str, Any]) -> list[str]:
        status, answer = await self.post({"events": list(events)})
        assert status == 200, answer
        return [each["result"] for each in answer["results"]]

    async def shipment(self, reference: str = "BA-1") -> tuple[str, datetime | None]:
        row = await self.rows.fetchrow("SELECT status, eta FROM shipments WHERE reference = $1", reference)
        assert row is not None
        return row["status"], row["eta"]


def event(days: float = 3, **fields: Any) -> dict[str, Any]:
    eta = (NOW + timedelta(days=days)).isoformat()
    return {"id": secrets.token_hex(4), "reference": "BA-1", "status": "At sea", "eta": eta, **fields}


@pytest.fixture
async def carrier(
    house: House, urls: Urls, database: Database, owner_connection: asyncpg.Connection
) -> AsyncIterator[Carrier]:
    vault, clock = Vault(secrets.token_bytes(32)), HeldClock()
    sealed = vault.seal(TENANT, {"signing_secret": SECRET})
    await save_connection(owner_connection, TENANT, kind="carrier", name="demo", path_id=PATH, secrets=sealed)
    for reference in ("BA-1", "BA-2"):
        await add_shipment(
            owner_connection, TENANT, reference=reference, status="Booked", promised_at=PROMISED, eta=PROMISED,
            channel="telegram", contact_external_id="maya", language="en",
        )  # fmt: skip
    account = await owner_connection.fetchval(
        "INSERT INTO channel_accounts (tenant_id, channel, role, external_id, path_id, delivery, secrets) "
        "VALUES ($1, 'telegram', 'customer', '1', 'p', 'polling', '') RETURNING account_id",
        TENANT,
    )
    number = await owner_connection.fetchval("SELECT connection_id FROM connections")
    async with Link(urls.engine, "carriers") as link, house.run() as engine:
        webhook = CarrierWebhook(link=link, database=database, recorder=engine.recorder, vault=vault, clock=clock)
        app = web.Application(client_max_size=MOST_BYTES)
        app.add_routes(webhook.routes())
        async with TestServer(app) as server, aiohttp.ClientSession(str(server.make_url("/"))) as session:
            yield Carrier(server, session, clock, engine, house, owner_connection, number, account)


async def write_as_customer(carrier: Carrier) -> None:
    """Maya writes first: a bot cannot begin a talk."""
    await carrier.rows.execute(
        "INSERT INTO streams (tenant_id, stream_id, kind, account_id, chat, last_seq, done_seq, dirty, lease_token) "
        "VALUES ($1, $2, 'conversation', $3, $4, 0, 0, false, 1)",
        TENANT, conversation_id(TENANT, carrier.account, "maya"), carrier.account, "maya",
    )  # fmt: skip


async def test_a_late_shipment_reaches_the_customer_and_the_owner(carrier: Carrier) -> None:
    await write_as_customer(carrier)
    assert await carrier.report(event(3, id="e1", status="Strike at Antwerp")) == ["recorded"]
    await until(lambda: bool(carrier.house.customer and carrier.house.notices))
    assert carrier.house.customer[0].fields["reference"] == "BA-1"
    assert carrier.house.told("shipment_late")[0]["customer_told"] is True
    assert await carrier.shipment() == ("Strike at Antwerp", NOW + timedelta(days=3))
    inbox = await carrier.rows.fetchrow("SELECT stream_id, external_id FROM inbox WHERE external_id LIKE 'carrier:%'")
    assert inbox is not None
    assert tuple(inbox) == (case_id(TENANT, "shipment", "BA-1"), f"carrier:{carrier.connection}:e1")


async def test_a_customer_who_never_wrote_is_not_told_and_the_owner_knows(carrier: Carrier) -> None:
    await carrier.report(event(3))
    await until(lambda: bool(carrier.house.notices))
    assert carrier.house.told("shipment_late")[0]["customer_told"] is False


async def test_a_whatsapp_customer_is_found_by_the_number(carrier: Carrier) -> None:
    account = await carrier.rows.fetchval(
        "INSERT INTO channel_accounts (tenant_id, channel, role, external_id, path_id, delivery, secrets) "
        "VALUES ($1, 'whatsapp', 'customer', '9', 'q', 'webhook', '') RETURNING account_id",
        TENANT,
    )
    await carrier.rows.execute(
        "UPDATE shipments SET channel = 'whatsapp', contact_external_id = '+49 151 1' WHERE reference = 'BA-2'"
    )
    await carrier.rows.execute(
        "INSERT INTO contacts (tenant_id, contact_id, channel, external_id, phone) "
        "VALUES ($1, $2, 'whatsapp', 'DE.7', '491511')",
        TENANT, contact_id(TENANT, "whatsapp", "DE.7"),
    )  # fmt: skip
    stream = conversation_id(TENANT, account, "DE.7")
    await carrier.rows.execute(
        "INSERT INTO streams (tenant_id, stream_id, kind, account_id, chat, last_seq, done_seq, dirty, lease_token) "
        "VALUES ($1, $2, 'conversation', $3, 'DE.7', 0, 0, false, 1)", TENANT, stream, account,
    )  # fmt: skip
    await carrier.report(event(5, reference="BA-2"))
    await until(lambda: bool(carrier.house.customer))
    told = orjson.loads(await carrier.rows.fetchval("SELECT event FROM inbox WHERE external_id LIKE 'carrier:%'"))
    assert told["conversation"] == str(stream) and told["contact_id"] == str(contact_id(TENANT, "whatsapp", "DE.7"))


async def test_a_batch_is_judged_one_by_one(carrier: Carrier) -> None:
    status, answer = await carrier.post(
        {
            "events": [
                event(id=7), event(eta="tomorrow", id="bad"), event(reference="XX-9", id="stray"), event(id="7"), 5,
                event(reference="BA-2", id="8", more={"a": 1}),
            ]
        }
    )  # fmt: skip
    assert status == 200
    assert [(each["id"], each["result"]) for each in answer["results"]] == [
        ("7", "recorded"), ("", "invalid"), ("stray", "unknown_reference"), ("7", "duplicate"), ("", "invalid"),
        ("8", "recorded"),
    ]  # fmt: skip
    assert answer["results"][1]["error"].startswith("eta: ")


async def test_a_repeated_or_older_event_does_not_win(carrier: Carrier) -> None:
    first = event(3, id="a", status="Early", occurred_at=(NOW - timedelta(hours=3)).isoformat())
    latest = event(4, id="b", status="Latest", occurred_at=(NOW - timedelta(hours=1)).isoformat())
    between = event(9, id="c", status="Between", occurred_at=(NOW - timedelta(hours=2)).isoformat())
    ahead = event(5, id="d", status="Ahead", occurred_at=(NOW + timedelta(days=400)).isoformat())
    assert await carrier.report(first, latest, between) == ["recorded", "recorded", "outdated"]
    assert await carrier.report(first, between) == ["duplicate", "outdated"]
    assert await carrier.shipment() == ("Latest", NOW + timedelta(days=4))
    assert await carrier.report(ahead) == ["recorded"]
    carrier.clock.at += timedelta(seconds=1)
    assert await carrier.report(event(6, status="Now")) == ["recorded"]
    assert (await carrier.shipment())[0] == "Now"


async def test_what_was_written_but_not_recorded_is_recorded_when_it_comes_again(carrier: Carrier) -> None:
    """As after a kill between the two commits."""
    once = event(3, id="once")
    await carrier.report(once)
    await until(lambda: bool(carrier.house.notices))
    await carrier.rows.execute("DELETE FROM inbox WHERE external_id LIKE 'carrier:%'")
    assert await carrier.report(once) == ["recorded"]
    assert await carrier.report(once) == ["duplicate"]


@pytest.mark.parametrize(
    ("headers", "status"),
    [
        ({}, 401), ({HEADER: "x"}, 403), ({HEADER: "t=1,v1=" + "0" * 64}, 403), ({HEADER: "v1=" + "0" * 64}, 403),
        ({HEADER: "t=٣,v1=é"}, 403), ({HEADER: "t=" + "9" * 400}, 403),
    ],
)  # fmt: skip
async def test_what_is_not_signed_is_refused(carrier: Carrier, headers: dict[str, str], status: int) -> None:
    assert (await carrier.post(event(), headers=headers))[0] == status
    assert await carrier.shipment() == ("Booked", PROMISED)


async def test_signatures_age_and_bind_time_and_body(carrier: Carrier) -> None:
    body = orjson.dumps(event())
    for minutes, status in ((-6, 403), (-4, 200), (4, 200), (6, 403)):
        header = sign(SECRET, body, NOW + timedelta(minutes=minutes))
        assert (await carrier.post(body, headers={HEADER: header}))[0] == status
    assert (await carrier.post(body + b" ", headers={HEADER: sign(SECRET, body, NOW)}))[0] == 403
    assert (await carrier.post(body, headers={HEADER: sign("", body, NOW)}))[0] == 403
    rotated = f"{sign('old', body, NOW)},{sign(SECRET, body, NOW).partition(',')[2]}"
    assert (await carrier.post(body, headers={HEADER: rotated}))[0] == 200


async def test_paths_sizes_and_wholes_that_are_wrong(carrier: Carrier) -> None:
    assert (await carrier.post(event(), path="nobody"))[0] == 404
    assert (await carrier.post(b"x" * (MOST_BYTES + 1)))[0] == 413
    for body in (
        b"",
        b"{",
        b"[]",
        b"null",
        b'{"events": []}',
        b'{"events": {}}',
        b"[" * 5000,
        b'{"a":' * 30 + b"1" + b"}" * 30,
    ):
        assert (await carrier.post(body))[0] == 400, body[:20]
    assert (await carrier.post({"events": [event()] * (MOST_EVENTS + 1)}))[0] == 400
    assert (await carrier.post({"events": [{}, 1, "x"]}))[0] == 422
    await carrier.rows.execute("UPDATE tenants SET suspended_at = now() WHERE tenant_id = $1", TENANT)
    assert (await carrier.post(event()))[0] == 404


async def test_a_database_that_is_away_is_answered_with_try_again(carrier: Carrier, urls: Urls) -> None:
    class NoRecorder:
        async def record(self, events: object) -> None:
            raise AssertionError("nothing may be recorded")

    nowhere = urls.engine.rpartition("?")[0] or urls.engine
    async with Link(nowhere.rpartition("/")[0] + "/gone", "gone") as link:
        webhook = CarrierWebhook(
            link=link,
            database=None,
            recorder=NoRecorder(),
            vault=Vault(b"k" * 32),
            clock=carrier.clock,  # type: ignore[arg-type]
        )
        app = web.Application()
        app.add_routes(webhook.routes())
        async with TestServer(app) as server, aiohttp.ClientSession(str(server.make_url("/"))) as session:
            body = orjson.dumps(event())
            answer = await session.post(f"/carriers/{PATH}", data=body, headers={HEADER: sign(SECRET, body, NOW)})
            assert answer.status == 503


BAD_TIMES = (
    "0001-01-01T00:00:00+14:00", "9999-12-31T23:59:59-12:00", "2026-02-30T00:00:00Z", "2026-11-23", "1700000000",
    "2026-11-23T10:00:00", "2026-11-23T10:00:00+99:99", "2026-11-23T24:61:00Z", "2026-11-23T10:00:00.1234567891Z",
)  # fmt: skip


def mutilate(rng: random.Random) -> bytes:
    """A body that is broken in one of many ways."""
    odd: list[Any] = [
        None,
        True,
        -1,
        1e308,
        10**30,
        "",
        " ",
        "\x00",
        "\ud7ff",
        "x" * 5000,
        [],
        {},
        [[]],
        {"a": {}},
        "2026-13-45",
    ]
    good = event()
    match rng.randrange(9):
        case 0:
            return rng.randbytes(rng.randrange(300))
        case 1:
            body = orjson.dumps(good)
            return body[: rng.randrange(len(body))]
        case 2:
            body = bytearray(orjson.dumps(good))
            for _ in range(rng.randrange(1, 6)):
                body[rng.randrange(len(body))] = rng.randrange(256)
            return bytes(body)
        case 3:
            return b"[" * rng.randrange(1, 3000)
        case 4:
            return rng.choice([b'{"a":', b'{"events":[', b'["\\']) * rng.randrange(1, 2000)
        case 5:
            good[rng.choice(list(good))] = rng.choice(odd[:4] + odd[5:])
            return _dump({"events": [good] * rng.randrange(1, 4)})
        case 6:
            return _dump({"events": rng.choice(odd)})
        case 7:
            good["eta"] = rng.choice(BAD_TIMES)
            return _dump(good)
        case _:
            return b'{"id":"\\ud800","reference":"BA-1","status":"\\u0000","eta":"2026-11-24T00:00:00Z"}'


def _dump(value: object) -> bytes:
    return json.dumps(value).encode("utf-8", "surrogatepass")


async def test_ten_thousand_broken_bodies_cause_no_error_of_ours(carrier: Carrier) -> None:
    rng = random.Random(2026)
    bodies = [mutilate(rng) for _ in range(10_000)]
    statuses: dict[int, int] = {}

    async def send(some: list[bytes]) -> None:
        for body in some:
            header = sign(SECRET, body, NOW) if rng.random() < 0.95 else rng.choice(["", "t=1", "é", "v1=v1"])
            async with carrier.session.post(f"/carriers/{PATH}", data=body, headers={HEADER: header}) as response:
                statuses[response.status] = statuses.get(response.status, 0) + 1

    await asyncio.gather(*(send(bodies[n::8]) for n in range(8)))
    assert sum(statuses.values()) == 10_000
    assert set(statuses) <= {200, 400, 401, 403, 422}, statuses
    assert statuses[400] > 3000 and statuses[422] > 500
    assert await carrier.report(event(3, id="sane after all")) == ["recorded"]


@given(body=st.binary(max_size=200), seconds=st.integers(-1000, 1000), secret=st.text(min_size=1, max_size=40))
def test_a_signature_holds_for_five_minutes_and_for_its_secret(body: bytes, seconds: int, secret: str) -> None:
    try:
        secret.encode()
    except UnicodeEncodeError:
        return
    header = sign(secret, body, NOW)
    at = NOW + timedelta(seconds=seconds)
    assert is_signed(secret, body, header, at) == (abs(seconds) <= 300)
    assert not is_signed(secret + "x", body, header, NOW)
    assert not is_signed(secret, body + b"x", header, NOW)


@given(st.text(max_size=200), st.binary(max_size=50))
def test_any_header_is_a_signature_or_not(header: str, body: bytes) -> None:
    assert not is_signed(SECRET, body, header, NOW)


json_values = st.recursive(
    st.none() | st.booleans() | st.integers() | st.floats(allow_nan=False) | st.text(max_size=20),
    lambda inner: (
        st.lists(inner, max_size=4)
        | st.dictionaries(st.sampled_from(["id", "eta", "events", "status", "reference"]), inner)
    ),
    max_leaves=12,
)


@given(json_values)
def test_any_json_is_read_or_a_value_error(value: object) -> None:
    try:
        items = read_items(_dump(value))
    except ValueError:
        return
    for item in items:
        try:
            read = read_event(item)
        except ValueError as error:
            assert len(str(error)) <= 200
            continue
        assert read.eta.tzinfo is not None and 1999 <= read.eta.year <= 2101
