"""What reaches the webhook: recorded before it is acknowledged, refused when it is not Meta's, never a 5xx for it."""

import gzip
import hashlib
import hmac
import io
import json
from typing import Any

import orjson
import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from core.events import MessageReceived
from core.ids import AccountId, TenantId, conversation_id, desk_id
from tests.bots.whatsapp.conftest import Edge, until
from tests.bots.whatsapp.whatsapp_samples import BSUID, account, body, change, contact, message, status

PATH = "/whatsapp/path-of-seven"


def sign(raw: bytes, secret: str = "app-secret") -> str:
    return "sha256=" + hmac.new(secret.encode(), raw, hashlib.sha256).hexdigest()


async def post(edge: Edge, raw: bytes, path: str = PATH, **headers: str) -> int:
    given_headers = {"X-Hub-Signature-256": sign(raw), "Content-Type": "application/json"} | headers
    async with edge.http.post(edge.url + path, data=io.BytesIO(raw), headers=given_headers) as response:
        answer = await response.text()
        assert len(answer) < 100
        return response.status


async def challenge(edge: Edge, path: str = PATH, **query: str) -> tuple[int, str]:
    names = {"mode": "subscribe", "verify_token": "verify-me", "challenge": "1158201444"} | query
    params = {f"hub.{name}": value for name, value in names.items()}
    async with edge.http.get(edge.url + path, params=params) as response:
        return response.status, await response.text()


async def test_the_challenge_is_said_back(edge: Edge) -> None:
    assert await challenge(edge) == (200, "1158201444")


@pytest.mark.parametrize(
    "query", [{"verify_token": "wrong"}, {"verify_token": ""}, {"verify_token": "véri"}, {"mode": "x"}]
)
async def test_a_challenge_without_our_token_fails(edge: Edge, query: dict[str, str]) -> None:
    status_code, text = await challenge(edge, **query)
    assert (status_code, "1158201444" in text) == (403, False)


async def test_without_a_verify_token_no_challenge_passes(edge: Edge) -> None:
    await edge.whatsapp.replace(account(), {"token": "t", "app_secret": "s"})
    for token in ("", "None", "verify-me"):
        assert (await challenge(edge, verify_token=token))[0] == 403
    async with edge.http.get(f"{edge.url}{PATH}?hub.mode=subscribe&hub.challenge=1") as response:
        assert response.status == 403


async def test_an_unknown_path_is_not_found(edge: Edge) -> None:
    assert (await challenge(edge, "/whatsapp/other"))[0] == 404
    assert await post(edge, b"{}", "/whatsapp/other") == 404


async def test_a_batch_is_recorded_once_however_often_it_comes(edge: Edge) -> None:
    raw = orjson.dumps(
        body(change([message("text", 1), message("image", 2)], [status("read")]), change([message("text", 3)]))
    )
    assert [await post(edge, raw) for _ in range(3)] == [200, 200, 200]
    assert [key[2] for key in edge.recorder.events] == ["wamid.1", "wamid.2", "wamid.3"]
    event = next(iter(edge.recorder.events.values()))
    assert (event.tenant_id, event.stream_kind, event.chat) == (TenantId(2), "conversation", BSUID)
    assert event.stream_id == conversation_id(TenantId(2), AccountId(7), BSUID)


async def test_receipts_beside_a_bad_item_are_kept(edge: Edge) -> None:
    raw = orjson.dumps(
        body(change([message("text", 1), {"type": "text"}, 5], [status("delivered", 1), None, status("read", 1)]))
    )
    assert await post(edge, raw) == 200
    assert [receipt.status for receipt in edge.recorder.receipts] == ["delivered", "read"]
    assert len(edge.recorder.events) == 1


async def test_an_admin_number_leads_to_the_desk_of_the_chats_tenant(edge: Edge) -> None:
    await edge.whatsapp.replace(account("admin"), {"token": "t", "app_secret": "app-secret"})
    edge.recorder.desks[BSUID] = TenantId(5)
    assert await post(edge, orjson.dumps(body(change([message("text", 1)])))) == 200
    (event,) = edge.recorder.events.values()
    assert (event.tenant_id, event.stream_kind) == (TenantId(5), "desk")
    assert event.stream_id == desk_id(TenantId(5), AccountId(7), BSUID)


@pytest.mark.parametrize(
    ("signature", "expected"),
    [
        ("", 401), ("sha256=", 403), ("sha256=" + "0" * 64, 403), ("sha1=" + "0" * 40, 403), ("sha256=é☃", 403),
        (sign(b"{}", "other"), 403), (sign(b"{} "), 403), (sign(b"{}")[7:], 403), (sign(b"{}").upper(), 403),
    ],
)  # fmt: skip
async def test_a_wrong_signature_is_refused(edge: Edge, signature: str, expected: int) -> None:
    assert await post(edge, b"{}", **{"X-Hub-Signature-256": signature}) == expected


async def test_the_signature_is_over_the_exact_bytes(edge: Edge) -> None:
    raw = orjson.dumps(body(change([message("text")], contacts=[contact(profile={"name": "Zoë"})])))
    spaced, escaped = raw.replace(b":", b": "), raw.replace("ë".encode(), b"\\u00eb")
    assert await post(edge, spaced, **{"X-Hub-Signature-256": sign(raw)}) == 403
    assert await post(edge, escaped) == 200
    assert edge.recorder.arrived[0].sender.name == "Zoë"


@pytest.mark.parametrize(
    "raw",
    [
        b"",
        b"{",
        b"[]",
        b"5",
        b"null",
        b'"x"',
        b"{}",
        b'{"entry": {}}',
        b"\xff",
        b"[" * 100_000,
        b'{"entry":' * 2000,
        b'{"a": "\\ud800"}',
        b"NaN",
    ],
)
async def test_a_malformed_body_is_a_400(edge: Edge, raw: bytes) -> None:
    assert await post(edge, raw) == 400


async def test_a_deep_value_beside_good_ones_is_no_trouble(edge: Edge) -> None:
    deep: Any = 1
    for _ in range(500):
        deep = [deep]
    item = message("text", 1) | {"extra": deep}
    assert await post(edge, json.dumps(body(change([item, message("text", 2, context=deep)]))).encode()) == 200
    assert len(edge.recorder.events) == 1


async def test_bodies_over_three_megabytes_and_packed_ones_are_refused(edge: Edge) -> None:
    large = b" " * (3 * 1024 * 1024)
    assert await post(edge, large) == 400
    assert await post(edge, large + b" ") == 413
    packed = gzip.compress(b"{}")
    assert await post(edge, packed, **{"Content-Encoding": "gzip"}) in (400, 415)


async def test_a_nul_cannot_reach_the_database(edge: Edge) -> None:
    raw = orjson.dumps(body(change([message("text", 1, text={"body": "a\0b"}), message("text", 2, id="wamid.\0")])))
    assert await post(edge, raw) == 200
    assert edge.recorder.arrived[0].text == "ab"


async def test_what_cannot_be_recorded_is_not_acknowledged(edge: Edge) -> None:
    edge.recorder.reachable = False
    messages, receipts = (
        orjson.dumps(body(change([message("text")]))),
        orjson.dumps(body(change(None, [status("read")]))),
    )
    assert [await post(edge, raw) for raw in (messages, receipts)] == [503, 503]
    edge.recorder.reachable = True
    assert [await post(edge, raw) for raw in (messages, receipts)] == [200, 200]
    assert (len(edge.recorder.events), len(edge.recorder.receipts)) == (1, 1)


async def test_meta_delivers_again_until_it_is_recorded(edge: Edge) -> None:
    edge.recorder.reachable = False
    await edge.person(text="Are you open?")
    edge.recorder.reachable = True
    event = await until(lambda: edge.recorder.arrived and edge.recorder.arrived[0])
    assert isinstance(event, MessageReceived)
    assert event.text == "Are you open?"


json_values: st.SearchStrategy[Any] = st.recursive(
    st.none() | st.booleans() | st.integers(-(2**60), 2**60) | st.text(st.characters(codec="utf-8"), max_size=8),
    lambda inner: (
        st.lists(inner, max_size=3)
        | st.dictionaries(st.text(st.characters(codec="utf-8"), max_size=4), inner, max_size=3)
    ),
    max_leaves=10,
)


@settings(suppress_health_check=[HealthCheck.function_scoped_fixture], max_examples=60, deadline=None)
@given(bad=json_values, junk=st.binary(max_size=40))
async def test_no_body_gives_a_5xx_nor_loses_a_good_item(edge: Edge, bad: Any, junk: bytes) -> None:
    edge.recorder.events.clear()
    raw = orjson.dumps(body(bad, change([bad, message("text", 1)], [bad]), {"field": "messages", "value": bad}))
    assert await post(edge, raw) == 200
    assert "wamid.1" in {key[2] for key in edge.recorder.events}
    assert await post(edge, junk) in (200, 400)
