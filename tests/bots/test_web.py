"""The server itself, and what all webhooks share."""

import json

import aiohttp
import pytest
from aiohttp import web
from hypothesis import given
from hypothesis import strategies as st

from bots.accounts import Credentials, Registry
from bots.web import create_web_app, parse_json, same_secret, serve
from core.errors import Misconfigured
from core.ids import AccountId
from tests.bots.telegram.harness import account


async def test_health_metrics_and_routes_of_other_rooms() -> None:
    trouble = [""]

    async def health() -> str:
        return trouble[0]

    async def carrier(_: web.Request) -> web.Response:
        return web.Response(text="tracked")

    runner = await serve(create_web_app([web.post("/carrier/{path_id}", carrier)], health=health), "127.0.0.1", 0)
    url = "http://{}:{}".format(*runner.addresses[0][:2])
    async with aiohttp.ClientSession() as http:
        async with http.get(f"{url}/healthz") as answer:
            assert (answer.status, await answer.text()) == (200, "ok")
        trouble[0] = "database unreachable"
        async with http.get(f"{url}/healthz") as answer:
            assert (answer.status, await answer.text()) == (503, "database unreachable")
        async with http.get(f"{url}/metrics") as answer:
            assert answer.status == 200 and "steward_inbound_items_total" in await answer.text()
        async with http.post(f"{url}/carrier/x") as answer:
            assert await answer.text() == "tracked"
    await runner.cleanup()


async def test_a_busy_port_is_one_clear_line() -> None:
    async def health() -> str:
        return ""

    runner = await serve(create_web_app(health=health), "127.0.0.1", 0)
    port = runner.addresses[0][1]
    with pytest.raises(Misconfigured, match=f"Cannot listen on 127.0.0.1:{port}"):
        await serve(create_web_app(health=health), "127.0.0.1", port)
    await runner.cleanup()


@given(st.recursive(st.text() | st.integers(0, 9), lambda inner: st.lists(inner) | st.dictionaries(st.text(), inner)))
def test_json_comes_without_nul_and_otherwise_as_it_is(value: object) -> None:
    text = json.dumps(value)
    assert (
        parse_json(text.encode()) == json.loads(text, object_hook=without_nul, object_pairs_hook=None) or "\\u" in text
    )


def without_nul(value: dict[str, object]) -> dict[str, object]:
    return {key.replace("\0", ""): each for key, each in value.items()}


@given(st.lists(st.sampled_from(["\0", "\\", "u0000", '"', "a", "\\u0000"])).map("".join))
def test_nul_is_taken_out_and_nothing_else(text: str) -> None:
    assert parse_json(json.dumps([text]).encode()) == [text.replace("\0", "")]


@given(st.text(), st.text())
def test_secrets_of_any_characters_can_be_compared(given_: str, expected: str) -> None:
    wire = given_.encode("utf-8", "replace").decode("utf-8", "surrogateescape")
    assert same_secret(wire, expected) == (bool(expected) and wire == expected)
    assert not same_secret("", "") and not same_secret("\udcff", "x")


def test_no_secret_shows_itself() -> None:
    values = {"token": "7:abc", "webhook_secret": "def", "app_secret": "ghi", "verify_token": "jkl"}
    shown = repr(Credentials.read(values, required=("token",)))
    assert not any(value in shown for value in values.values())
    with pytest.raises(Misconfigured, match="lacks its app_secret and verify_token"):
        Credentials.read({"token": "x"}, required=("token", "app_secret", "verify_token"))


def test_the_registry_finds_by_path_and_by_id() -> None:
    registry, one = Registry(), account()
    registry.put(one, Credentials(token="a"))
    moved = registry.put(account("7001:other"), Credentials(token="b"))
    assert registry.at_path("path-7001") is moved and registry.find(AccountId(7001)) is moved and len(registry) == 1
    assert registry.remove(AccountId(7001)) is moved and registry.remove(AccountId(7001)) is None
    assert registry.at_path("path-7001") is None and list(registry) == []
    with pytest.raises(Misconfigured, match="does not run"):
        registry.get(AccountId(7001))
