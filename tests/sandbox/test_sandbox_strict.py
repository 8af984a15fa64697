"""Whatever is thrown at the servers, they answer in the original's shape and never with a failure of their own."""

import asyncio
from typing import Any

import orjson
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from sandbox.telegram.server import METHODS
from tests.sandbox.outside import NUMBER, TOKEN, WA_TOKEN, Sandbox, running

JSON = st.recursive(
    st.none() | st.booleans() | st.integers(-(10**12), 10**12) | st.floats(allow_nan=False) | st.text(max_size=8),
    lambda inner: st.lists(inner, max_size=3) | st.dictionaries(st.text(max_size=6), inner, max_size=3),
    max_leaves=6,
)
NAMES = [
    "chat_id",
    "text",
    "parse_mode",
    "entities",
    "reply_markup",
    "reply_parameters",
    "message_id",
    "photo",
    "document",
    "media",
    "caption",
    "caption_entities",
    "latitude",
    "longitude",
    "phone_number",
    "first_name",
    "action",
    "commands",
    "scope",
    "reaction",
    "file_id",
    "user_id",
    "url",
    "allowed_updates",
    "secret_token",
    "callback_query_id",
    "offset",
    "limit",
    "duration",
    "name",
    "description",
]
SHAPES: dict[str, Any] = {
    "reply_markup": st.fixed_dictionaries({"inline_keyboard": st.lists(st.lists(JSON, max_size=2), max_size=2)}),
    "entities": st.lists(st.fixed_dictionaries({"type": st.just("bold") | JSON, "offset": JSON, "length": JSON})),
    "reply_parameters": st.fixed_dictionaries({"message_id": JSON}),
    "media": st.lists(st.fixed_dictionaries({"type": st.just("photo") | JSON, "media": JSON}), min_size=2, max_size=3),
}
CALLS = st.tuples(
    st.sampled_from(sorted(METHODS)),
    st.fixed_dictionaries({}, optional={name: SHAPES.get(name, JSON) | JSON for name in NAMES}),
)
INTERACTIVE = st.fixed_dictionaries(
    {"type": st.sampled_from(["button", "list", "cta_url"]) | JSON},
    optional={
        "body": st.just({"text": "x"}) | JSON,
        "header": st.fixed_dictionaries({"type": st.sampled_from(["text", "image"]) | JSON}) | JSON,
        "footer": JSON,
        "action": st.fixed_dictionaries(
            {},
            optional={
                "button": st.just("x") | JSON,
                "buttons": st.lists(
                    st.fixed_dictionaries({"type": st.just("reply"), "reply": JSON}) | JSON, max_size=2
                ),
                "sections": st.lists(st.fixed_dictionaries({"rows": st.lists(JSON, max_size=2)}) | JSON, max_size=2),
                "parameters": JSON,
            },
        ),
    },
)
TEMPLATE = st.fixed_dictionaries(
    {"name": st.just("follow_up") | JSON, "language": st.just({"code": "en"}) | JSON},
    optional={
        "components": st.lists(
            st.fixed_dictionaries({"type": st.sampled_from(["body", "button"]), "parameters": JSON, "index": JSON})
            | JSON,
            max_size=2,
        )
        | JSON
    },
)
KINDS = ["text", "image", "document", "audio", "location", "contacts", "interactive", "template", "reaction"]
SENDS = st.fixed_dictionaries(
    {
        "messaging_product": st.just("whatsapp"),
        "to": st.just("15550100001") | JSON,
        "type": st.sampled_from(KINDS) | JSON,
    },
    optional={
        **dict.fromkeys(KINDS, JSON),
        "interactive": INTERACTIVE | JSON,
        "template": TEMPLATE | JSON,
        "contacts": st.lists(st.fixed_dictionaries({"name": JSON, "phones": JSON}), max_size=2) | JSON,
        "context": JSON,
        "status": JSON,
        "message_id": JSON,
        "recipient": JSON,
        "biz_opaque_callback_data": JSON,
    },
)


async def post(sandbox: Sandbox, path: str, body: bytes, **headers: str) -> tuple[int, Any]:
    headers.setdefault("Content-Type", "application/json")
    async with sandbox.http.post(sandbox.url + path, data=body, headers=headers) as answer:
        return answer.status, orjson.loads(await answer.read())


@settings(max_examples=150, deadline=None)
@given(call=CALLS, known_chat=st.booleans())
def test_telegram_answers_everything(strict: "Strict", call: tuple[str, dict[str, Any]], known_chat: bool) -> None:
    method, values = call
    if known_chat:
        values = {**values, "chat_id": strict.chat_id}
    status, answer = strict.run(post(strict.sandbox, f"/telegram/bot{TOKEN}/{method}", orjson.dumps(values)))
    assert status in (200, 400, 401, 403, 404, 413, 429), answer
    assert answer["ok"] is (status == 200)
    if status != 200:
        assert answer["error_code"] == status and answer["description"]


@settings(max_examples=200, deadline=None)
@given(body=SENDS | JSON)
def test_whatsapp_answers_everything(strict: "Strict", body: Any) -> None:
    path = f"/whatsapp/v24.0/{NUMBER}/messages"
    headers = {"Authorization": f"Bearer {WA_TOKEN}"}
    status, answer = strict.run(post(strict.sandbox, path, orjson.dumps(body), **headers))
    assert status in (200, 400, 404), answer
    if status != 200:
        assert isinstance(answer["error"]["code"], int) and answer["error"]["message"]


@settings(max_examples=100, deadline=None)
@given(
    body=JSON
    | st.dictionaries(
        st.sampled_from(["text", "contact", "location", "reply_to", "message_id", "data", "emoji", "hours", "blocked"]),
        JSON,
    ),
    action=st.sampled_from(["messages", "tap", "edit", "react", "block", "age"]),
)
def test_people_are_answered(strict: "Strict", body: Any, action: str) -> None:
    status, answer = strict.run(post(strict.sandbox, f"/api/chats/tg:baker_bot:omar/{action}", orjson.dumps(body)))
    assert status in (200, 400, 404), answer


@pytest.mark.parametrize("body", [b"", b"{", b"[" * 100_000, b"\xff\xfe", b"null", b'"x"', b"{}" * 3])
def test_bodies_that_are_not_json(strict: "Strict", body: bytes) -> None:
    status, answer = strict.run(post(strict.sandbox, f"/telegram/bot{TOKEN}/sendMessage", body))
    assert status == 400 and answer["ok"] is False
    headers = {"Authorization": f"Bearer {WA_TOKEN}"}
    status, answer = strict.run(post(strict.sandbox, f"/whatsapp/v24.0/{NUMBER}/messages", body, **headers))
    assert status == 400 and answer["error"]["code"] == 100


class Strict:
    """A sandbox on a loop of its own, for tests that hypothesis repeats."""

    def __init__(self, loop: asyncio.AbstractEventLoop, sandbox: Sandbox, chat_id: int) -> None:
        self._loop = loop
        self.sandbox = sandbox
        self.chat_id = chat_id

    def run(self, coroutine: Any) -> Any:
        return self._loop.run_until_complete(coroutine)


@pytest.fixture(scope="module")
def strict() -> Any:
    loop = asyncio.new_event_loop()
    manager = running(None, limits=False)

    async def begin() -> tuple[Sandbox, int]:
        sandbox = await manager.__aenter__()
        await sandbox.put_bot()
        await sandbox.put_number()
        await sandbox.say("tg:baker_bot:maya", "Hello")
        await sandbox.say(f"wa:{NUMBER}:maya", "Hello")
        people = (await sandbox.call("GET", "/api/world"))["people"]
        return sandbox, people[0]["user_id"]

    sandbox, chat_id = loop.run_until_complete(begin())
    yield Strict(loop, sandbox, chat_id)
    loop.run_until_complete(manager.__aexit__(None, None, None))
    loop.close()


@pytest.mark.parametrize(
    "kind", ["multipart/form-data", "multipart/form-data; boundary=x", "multipart/mixed; boundary=x"]
)
@pytest.mark.parametrize(
    "body", [b"", b"nonsense", b"--x\r\n\r\nno end", b"--x\r\nContent-Disposition: form-data\r\n\r\na\r\n--x--\r\n"]
)
def test_forms_that_are_not_forms(strict: "Strict", kind: str, body: bytes) -> None:
    headers = {"Authorization": f"Bearer {WA_TOKEN}", "Content-Type": kind}
    for path in (
        f"/telegram/bot{TOKEN}/sendDocument",
        f"/whatsapp/v24.0/{NUMBER}/media",
        "/api/chats/tg:baker_bot:maya/messages",
    ):
        status, _ = strict.run(post(strict.sandbox, path, body, **headers))
        assert 400 <= status < 500
