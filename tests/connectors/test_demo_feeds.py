"""The sandbox's supplier and carrier, read and heard by the product's own connectors."""

from pathlib import Path

import orjson
import pytest
from aiohttp import web
from aiohttp.test_utils import TestServer

from connectors.fetching import Fetcher
from connectors.price_tables import PriceListSettings, item_key, read_price_table
from connectors.reports import read_event, read_items
from connectors.signing import HEADER, is_signed
from core.clock import SystemClock
from tests.sandbox.outside import running

OIL = "Aceite de oliva virgen extra 5 l"
HOUR = "T10:00:00+01:00"
BATCH = {
    "url": "", "secret": "hush",
    "shipments": [
        {"reference": "BA-1", "status": "At sea", "eta": f"2026-11-24{HOUR}", "promised": f"2026-11-25{HOUR}"},
        "BA-2",
    ],
}  # fmt: skip


async def test_the_demo_suppliers_list_is_read_and_follows_its_prices(tmp_path: Path) -> None:
    wanted = {item_key(OIL), "pan"}
    async with running(tmp_path) as sandbox:
        list_url = f"{sandbox.url}/suppliers/procurement.csv"
        async with Fetcher(allowed=[sandbox.url.removeprefix("http://")]) as fetcher:
            before = read_price_table(await fetcher.fetch(list_url), wanted, PriceListSettings(url=list_url))
            await sandbox.call("PUT", "/suppliers/procurement/prices", {OIL: 41.5, "Pan": "1,20"})
            after = read_price_table(await fetcher.fetch(list_url), wanted, PriceListSettings(url=list_url))
    assert before.prices[item_key(OIL)].micros == 38_400_000 and "pan" not in before.prices
    assert after.prices[item_key(OIL)].micros == 41_500_000 and after.prices["pan"].micros == 1_200_000
    async with running(tmp_path) as sandbox:  # started again, it remembers
        world = await sandbox.call("GET", "/control/world")
    (supplier,) = [each for each in world["suppliers"] if each["name"] == "procurement"]
    assert {"item": OIL, "price": "41.5"} in supplier["items"]


async def test_a_delay_is_reported_signed_and_remembered(tmp_path: Path) -> None:
    heard: list[tuple[bytes, str]] = []
    status = 200

    async def carrier(request: web.Request) -> web.Response:
        heard.append((await request.read(), request.headers[HEADER]))
        return web.json_response({"results": []}, status=status)

    app = web.Application()
    app.router.add_post("/carriers/path", carrier)
    async with TestServer(app) as steward:
        body = {**BATCH, "url": str(steward.make_url("/carriers/path"))}
        async with running(tmp_path) as sandbox:
            await sandbox.call("PUT", "/control/carriers/forwarder", body)
            answer = await sandbox.call("POST", "/carriers/forwarder/delay", {"reference": "BA-1", "days": 2})
            status = 503
            await sandbox.call("POST", "/carriers/forwarder/delay", {"reference": "BA-1", "days": 5}, status=502)
            await sandbox.call("PUT", "/control/carriers/forwarder", body)  # as at every start of Steward
        async with running(tmp_path) as sandbox:
            world = await sandbox.call("GET", "/control/world")
    assert answer["eta"] == "2026-11-26T10:00:00+01:00"
    assert is_signed("hush", *heard[0], SystemClock().now())
    (item,) = read_items(heard[0][0])
    event = read_event(item)
    assert (event.reference, event.status, event.eta.day) == ("BA-1", "At sea", 26)
    (shown,) = world["carriers"]
    first, _ = shown["shipments"]
    assert (first["reference"], first["eta"]) == ("BA-1", "2026-11-26T10:00:00+01:00")
    assert "hush" not in orjson.dumps(world).decode()


@pytest.mark.parametrize(
    ("method", "path", "body", "status"),
    [
        ("PUT", "/suppliers/procurement/prices", {OIL: "free"}, 400),
        ("PUT", "/suppliers/procurement/prices", {OIL: -1}, 400),
        ("PUT", "/suppliers/procurement/prices", {OIL: "NaN"}, 400),
        ("PUT", "/suppliers/procurement/prices", {OIL: [1]}, 400),
        ("PUT", "/suppliers/new/prices", {}, 400),
        ("PUT", "/suppliers/..%2fx/prices", {"a": 1}, 400),
        ("PUT", "/control/carriers/x", {"url": "http://x"}, 400),
        ("PUT", "/control/carriers/x", {**BATCH, "shipments": [{"reference": "a", "eta": "soon"}]}, 400),
        ("PUT", "/control/carriers/x", {**BATCH, "shipments": [5]}, 400),
        ("POST", "/carriers/nobody/delay", {"reference": "BA-1", "days": 2}, 404),
        ("POST", "/carriers/known/delay", {"reference": ["BA-1"], "days": 2}, 404),
        ("POST", "/carriers/known/delay", {"reference": "BA-1", "days": 0}, 400),
        ("POST", "/carriers/known/delay", {"reference": "BA-1", "days": "2"}, 400),
    ],
)
async def test_calls_that_make_no_sense_say_so(method: str, path: str, body: object, status: int) -> None:
    async with running(None) as sandbox:
        await sandbox.call("PUT", "/control/carriers/known", {**BATCH, "url": "http://127.0.0.1:9/"})
        assert (await sandbox.call(method, path, body, status=status))["error"]


async def test_other_sites_may_not_change_the_world() -> None:
    async with running(None) as sandbox:
        headers = {"Origin": "https://elsewhere.example"}
        url = f"{sandbox.url}/carriers/known/delay"
        async with sandbox.http.post(url, json={"days": 1}, headers=headers) as answer:
            assert answer.status == 403
