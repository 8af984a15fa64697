"""What each vendor is sent."""

from base64 import b64encode
from dataclasses import replace
from typing import Any, Literal

import pytest
from pydantic import BaseModel, Field

from core.errors import Rejected
from core.models import ChatMessage, Picture, Tool, ToolCall
from routing.provider import Provider
from routing.providers.schemas import close_schema
from routing.providers.thinking import quieten_claude, quieten_gpt, quieten_on_groq
from tests.routing.providers.vendor_server import PROMPT, Clients, Flavour, VendorServer

PNG = Picture(mime="image/png", data=b"\x89PNG")
LOOK_UP = Tool(name="look_up", description="Finds an order.", parameters={"type": "object", "properties": {}})
TALK = (
    ChatMessage(role="system", content="Be kind."),
    ChatMessage(role="system", content="Today is Friday."),
    ChatMessage(role="user", content="What is this?", pictures=(PNG,)),
    ChatMessage(role="assistant", content="", tool_calls=(ToolCall(id="t1", name="look_up", arguments={"a": "é"}),)),
    ChatMessage(role="tool", content="Bread.", answers="t1"),
    ChatMessage(role="tool", content="", answers="t2"),
    ChatMessage(role="user", content="Thanks."),
)


class Line(BaseModel):
    name: str = Field(max_length=40)
    amount: int | None = None


class Order(BaseModel):
    kind: Literal["new", "old"]
    lines: list[Line] = []
    title: str = "none"


class Free(BaseModel):
    values: dict[str, int]


async def sent(server: VendorServer, provider: Provider, flavour: Flavour, **changes: Any) -> dict[str, Any]:
    server.says(flavour.body('{"a": 1}'))
    await provider.complete(replace(PROMPT, **changes))
    return server.bodies[-1]


async def test_a_plain_prompt(server: VendorServer, provider: Provider, flavour: Flavour) -> None:
    body = await sent(server, provider, flavour)
    limit = "max_tokens" if flavour.name in ("anthropic", "compatible") else "max_completion_tokens"
    system = [{"role": "system", "content": "Be kind."}]
    said: Any = [{"role": "user", "content": PROMPT.messages[1].content}]
    if flavour.speaks == "chat":
        assert body == {"model": "tiny", "messages": system + said, limit: 50}
    else:
        kind = {"type": "text", "text": "Be kind.", "cache_control": {"type": "ephemeral"}}
        said[0]["content"] = [{"type": "text", "text": said[0]["content"]}]
        assert body == {"model": "tiny", "messages": said, "system": [kind], limit: 50}
    path = {"groq": "/openai/v1/chat/completions", "anthropic": "/v1/messages"}
    assert server.paths == [path.get(flavour.name, "/v1/chat/completions")]


async def test_nothing_of_the_operator_goes_along(
    server: VendorServer, provider: Provider, flavour: Flavour, monkeypatch: pytest.MonkeyPatch, clients: Clients
) -> None:
    for name in ("OPENAI_ORG_ID", "OPENAI_PROJECT_ID", "OPENAI_API_KEY", "ANTHROPIC_API_KEY", "GROQ_API_KEY"):
        monkeypatch.setenv(name, "operators-own")
    for name in ("OPENAI_BASE_URL", "ANTHROPIC_BASE_URL", "GROQ_BASE_URL"):
        monkeypatch.setenv(name, "http://127.0.0.1:1")
    opened = flavour.open(server.url, clients)
    await sent(server, opened, flavour)
    assert "operators-own" not in str(server.headers)
    await opened.aclose()


async def test_a_talk_with_pictures_and_tools_in_chat_completions(
    server: VendorServer, provider: Provider, flavour: Flavour
) -> None:
    if flavour.speaks != "chat":
        return
    body = await sent(server, provider, flavour, messages=TALK, tools=(LOOK_UP,))
    url = f"data:image/png;base64,{b64encode(PNG.data).decode()}"
    call = {"id": "t1", "type": "function", "function": {"name": "look_up", "arguments": '{"a": "é"}'}}
    assert body["messages"] == [
        {"role": "system", "content": "Be kind."},
        {"role": "system", "content": "Today is Friday."},
        {
            "role": "user",
            "content": [{"type": "text", "text": "What is this?"}, {"type": "image_url", "image_url": {"url": url}}],
        },
        {"role": "assistant", "content": "", "tool_calls": [call]},
        {"role": "tool", "content": "Bread.", "tool_call_id": "t1"},
        {"role": "tool", "content": "", "tool_call_id": "t2"},
        {"role": "user", "content": "Thanks."},
    ]
    function = {"name": "look_up", "description": "Finds an order.", "parameters": LOOK_UP.parameters}
    assert body["tools"] == [{"type": "function", "function": function}]
    assert "tool_choice" not in body


async def test_a_talk_with_pictures_and_tools_in_messages(
    server: VendorServer, provider: Provider, flavour: Flavour
) -> None:
    if flavour.speaks != "messages":
        return
    body = await sent(server, provider, flavour, messages=TALK, tools=(LOOK_UP,))
    assert body["system"] == [
        {"type": "text", "text": "Be kind.", "cache_control": {"type": "ephemeral"}},
        {"type": "text", "text": "Today is Friday."},
    ]
    source = {"type": "base64", "media_type": "image/png", "data": b64encode(PNG.data).decode()}
    assert body["messages"] == [
        {"role": "user", "content": [{"type": "image", "source": source}, {"type": "text", "text": "What is this?"}]},
        {"role": "assistant", "content": [{"type": "tool_use", "id": "t1", "name": "look_up", "input": {"a": "é"}}]},
        {
            "role": "user",
            "content": [
                {"type": "tool_result", "tool_use_id": "t1", "content": "Bread."},
                {"type": "tool_result", "tool_use_id": "t2", "content": ""},
                {"type": "text", "text": "Thanks."},
            ],
        },
    ]
    schema = LOOK_UP.parameters
    assert body["tools"] == [{"name": "look_up", "description": "Finds an order.", "input_schema": schema}]


async def test_a_schema(server: VendorServer, provider: Provider, flavour: Flavour) -> None:
    schema = Order.model_json_schema()
    body = await sent(server, provider, flavour, schema=schema)
    match flavour.name:
        case "groq":
            assert body["tool_choice"] == {"type": "function", "function": {"name": "final_reply"}}
            assert body["tools"][0]["function"]["parameters"] == schema
        case "anthropic":
            form = body["output_config"]["format"]
            assert form["schema"]["required"] == ["kind", "lines", "title"]
            assert form["schema"]["$defs"]["Line"]["additionalProperties"] is False
            assert "maxLength" not in form["schema"]["$defs"]["Line"]["properties"]["name"]
        case _:
            form = body["response_format"]["json_schema"]
            assert (form["strict"], form["schema"]) == (True, close_schema(schema))
    body = await sent(server, provider, flavour, schema=schema, tools=(LOOK_UP,))
    assert body.get("tool_choice") == ("required" if flavour.name == "groq" else None)


async def test_a_schema_that_cannot_be_strict(server: VendorServer, provider: Provider, flavour: Flavour) -> None:
    body = await sent(server, provider, flavour, schema=Free.model_json_schema())
    match flavour.name:
        case "groq":
            assert body["tool_choice"] == {"type": "function", "function": {"name": "final_reply"}}
        case "anthropic":
            assert body["tools"][0]["input_schema"] == Free.model_json_schema()
            assert "final_reply" in body["system"][-1]["text"]
            assert "tool_choice" not in body
        case _:
            form = body["response_format"]["json_schema"]
            assert (form["strict"], form["schema"]) == (False, Free.model_json_schema())


async def test_the_cache_key(server: VendorServer, provider: Provider, flavour: Flavour) -> None:
    body = await sent(server, provider, flavour, cache_key="shop-7")
    assert body.get("prompt_cache_key") == ("shop-7" if flavour.name == "openai" else None)


async def test_characters_that_cannot_be_sent(server: VendorServer, provider: Provider, flavour: Flavour) -> None:
    server.says(flavour.body())
    with pytest.raises(Rejected, match="characters"):
        await provider.complete(replace(PROMPT, messages=(ChatMessage(role="user", content="\ud800"),)))
    assert server.bodies == []


def test_a_closed_schema_leaves_nothing_open() -> None:
    assert close_schema(Order.model_json_schema()) == {
        "type": "object",
        "properties": {
            "kind": {"type": "string", "enum": ["new", "old"]},
            "lines": {"type": "array", "items": {"$ref": "#/$defs/Line"}},
            "title": {"type": "string"},
        },
        "required": ["kind", "lines", "title"],
        "additionalProperties": False,
        "$defs": {
            "Line": {
                "type": "object",
                "properties": {
                    "name": {"type": "string", "maxLength": 40},
                    "amount": {"anyOf": [{"type": "integer"}, {"type": "null"}]},
                },
                "required": ["name", "amount"],
                "additionalProperties": False,
            }
        },
    }


@pytest.mark.parametrize(
    "schema",
    [
        Free.model_json_schema(),
        {"type": "object", "properties": {"anything": {}}},
        {"type": "object", "properties": {"a": {"type": "array", "items": {"not": {}}}}},
        {"type": "object", "additionalProperties": True},
        {"anyOf": [{"type": "object", "properties": {}}]},
        {"type": "string"},
    ],
)
def test_what_cannot_be_closed(schema: Any) -> None:
    assert close_schema(schema) is None


@pytest.mark.parametrize(
    ("model", "expected"),
    [("claude-sonnet-5-5", {"thinking": {"type": "between_tools"}}), ("claude-sonnet-4-5-20250929", {}),
     ("claude-sonnet-5", {"thinking": {"type": "disabled"}}), ("claude-haiku-5-5", {"thinking": {"type": "disabled"}}),
     ("claude-opus-5-5", {"output_config": {"effort": "low"}}), ("claude-next", {})],
)  # fmt: skip
def test_claude_thinks_little(model: str, expected: Any) -> None:
    assert quieten_claude(model) == expected


@pytest.mark.parametrize(
    ("model", "effort"),
    [("gpt-4.1-mini", None), ("gpt-5-mini", "minimal"), ("gpt-5.4-nano", "none"), ("gpt-6-luna", "none"),
     ("gpt-6.1-sol", "low"), ("gpt-6-astra", "low"), ("gpt-5.2-chat-latest", None), ("next", None)],
)  # fmt: skip
def test_gpt_thinks_little(model: str, effort: str | None) -> None:
    assert quieten_gpt(model).get("reasoning_effort") == effort


async def test_thinking_and_a_schema_share_one_field(server: VendorServer, flavour: Flavour, clients: Clients) -> None:
    assert quieten_on_groq("openai/gpt-oss-120b") == {"reasoning_effort": "low"}
    if flavour.name != "anthropic":
        return
    opened = flavour.open(server.url, clients)
    for _ in range(2):  # and what one prompt adds does not stay for the next
        body = await sent(server, opened, flavour, model="claude-opus-5-5", schema=Order.model_json_schema())
        assert body["output_config"].keys() == {"effort", "format"}
        body = await sent(server, opened, flavour, model="claude-opus-5-5")
        assert body["output_config"] == {"effort": "low"}
    await opened.aclose()
