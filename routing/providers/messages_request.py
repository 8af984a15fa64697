"""A prompt as Anthropic's messages API takes it.

Sources: https://platform.claude.com/docs/en/api/messages, and under https://platform.claude.com/docs/en/
build-with-claude/prompt-caching, build-with-claude/structured-outputs, api/migration-2026-10-21; November 2026.
"""

from base64 import b64encode
from collections.abc import Mapping
from typing import assert_never

from anthropic import transform_schema
from pydantic import JsonValue

from core.models import ChatMessage
from routing.provider import Prompt
from routing.providers.replies import REPLY_TOOL
from routing.providers.schemas import close_schema
from routing.providers.thinking import quieten_claude

Body = dict[str, JsonValue]


def make_messages(messages: tuple[ChatMessage, ...]) -> list[Body]:
    """All but the system's. Neighbours of one role are joined: results of one turn's tools have to come together."""
    joined: list[tuple[str, list[JsonValue]]] = []
    for message in messages:
        if message.role == "system" or not (blocks := _blocks(message)):
            continue
        role = "assistant" if message.role == "assistant" else "user"
        if joined and joined[-1][0] == role:
            joined[-1][1].extend(blocks)
        else:
            joined.append((role, blocks))
    return [{"role": role, "content": blocks} for role, blocks in joined]


def make_options(prompt: Prompt, *, stream: bool) -> Body:
    """All of the body but model, messages and the limit."""
    options = quieten_claude(prompt.model)
    tools = [_tool(tool.name, tool.description, tool.parameters) for tool in prompt.tools]
    system = [_text(message.content) for message in prompt.messages if message.role == "system" and message.content]
    if prompt.schema is not None:
        if form := _strict_form(prompt.schema):
            known = options.get("output_config")
            options["output_config"] = {**(known if isinstance(known, dict) else {}), "format": form}
        else:  # Claude 5.5 refuses to be forced to call a tool, so it is told to
            tools.append(_tool(REPLY_TOOL, "Give the final reply.", prompt.schema))
            system.append(_text(f"Give the final reply by calling {REPLY_TOOL}, never in any other way."))
    if system:
        # The cache then holds the tools and the first system message, which stays; later ones may change with the
        # turn, and what is written to the cache and never read costs a quarter more.
        system[0]["cache_control"] = {"type": "ephemeral"}
        options["system"] = [*system]
    if tools:
        options["tools"] = [*tools]
    if stream:
        options["stream"] = True
    return options


def _strict_form(schema: Mapping[str, JsonValue]) -> Body | None:
    """None where the API's structured output cannot hold the schema."""
    closed = close_schema(schema)
    try:
        return {"type": "json_schema", "schema": transform_schema(closed)} if closed else None
    except (ValueError, AssertionError):
        return None


def _blocks(message: ChatMessage) -> list[JsonValue]:
    """Empty texts are refused by the API."""
    text: list[JsonValue] = [_text(message.content)] if message.content.strip() else []
    match message.role:
        case "tool":
            return [{"type": "tool_result", "tool_use_id": message.answers, "content": message.content}]
        case "assistant":
            calls: list[JsonValue] = [
                {"type": "tool_use", "id": call.id, "name": call.name, "input": call.arguments}
                for call in message.tool_calls
            ]
            return [*text, *calls]
        case "user" | "system":
            pictures: list[JsonValue] = [
                {
                    "type": "image",
                    "source": {
                        "type": "base64",
                        "media_type": picture.mime,
                        "data": b64encode(picture.data).decode(),
                    },
                }
                for picture in message.pictures
            ]
            return [*pictures, *text]
    assert_never(message.role)


def _text(content: str) -> Body:
    return {"type": "text", "text": content}


def _tool(name: str, description: str, schema: Mapping[str, JsonValue]) -> Body:
    return {"name": name, "description": description, "input_schema": dict(schema)}
