"""A prompt as chat completions take it.

Sources: https://platform.openai.com/docs/api-reference/chat, https://console.groq.com/docs/api-reference,
https://github.com/ollama/ollama/blob/main/docs/openai.md, November 2026.
"""

from base64 import b64encode
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from typing import Literal, assert_never

from pydantic import JsonValue

from core.models import ChatMessage, ToolCall
from routing.provider import Prompt
from routing.providers.replies import REPLY_TOOL, dump_json
from routing.providers.schemas import close_schema

Body = dict[str, JsonValue]


@dataclass(frozen=True, slots=True, kw_only=True)
class Dialect:
    """In what the servers differ."""

    limit_field: Literal["max_tokens", "max_completion_tokens"]
    schema_by: Literal["format", "tool"]
    """`tool`: the reply is the arguments of a tool that the model has to call. Groq's response formats depend on the
    model, and none goes with tools or streaming."""
    asks_for_usage: bool
    """Of a stream. Groq sends it unasked."""
    takes_cache_key: bool
    quieten: Callable[[str], Body]
    """What makes a model think less; see `thinking`."""


def make_messages(messages: tuple[ChatMessage, ...]) -> list[Body]:
    return [_message(message) for message in messages]


def make_options(prompt: Prompt, dialect: Dialect, *, stream: bool) -> Body:
    """All of the body but model and messages."""
    options: Body = {dialect.limit_field: prompt.max_output_tokens, **dialect.quieten(prompt.model)}
    tools = [_tool(tool.name, tool.description, tool.parameters) for tool in prompt.tools]
    if prompt.schema is not None and dialect.schema_by == "tool":
        # With tools beside it the model may look something up first; without, nothing but the reply is possible.
        options["tool_choice"] = "required" if tools else {"type": "function", "function": {"name": REPLY_TOOL}}
        tools.append(_tool(REPLY_TOOL, "Give the final reply. Always reply by calling this.", prompt.schema))
    elif prompt.schema is not None:
        closed = close_schema(prompt.schema)
        schema: Body = {"name": REPLY_TOOL, "schema": closed or dict(prompt.schema), "strict": closed is not None}
        options["response_format"] = {"type": "json_schema", "json_schema": schema}
    if tools:
        options["tools"] = [*tools]
    if prompt.cache_key and dialect.takes_cache_key:
        options["prompt_cache_key"] = prompt.cache_key
    if stream:
        options["stream"] = True
        if dialect.asks_for_usage:
            options["stream_options"] = {"include_usage": True}
    return options


def _message(message: ChatMessage) -> Body:
    match message.role:
        case "system":
            return {"role": "system", "content": message.content}
        case "user":
            return {"role": "user", "content": _content(message)}
        case "assistant":
            said: Body = {"role": "assistant", "content": message.content}
            if message.tool_calls:
                said["tool_calls"] = [_call(call) for call in message.tool_calls]
            return said
        case "tool":
            return {"role": "tool", "content": message.content, "tool_call_id": message.answers}
    assert_never(message.role)


def _content(message: ChatMessage) -> JsonValue:
    if not message.pictures:
        return message.content
    parts: list[JsonValue] = [{"type": "text", "text": message.content}] if message.content else []
    for picture in message.pictures:
        url = f"data:{picture.mime};base64,{b64encode(picture.data).decode()}"
        parts.append({"type": "image_url", "image_url": {"url": url}})
    return parts


def _call(call: ToolCall) -> Body:
    return {
        "id": call.id,
        "type": "function",
        "function": {"name": call.name, "arguments": dump_json(call.arguments)},
    }


def _tool(name: str, description: str, parameters: Mapping[str, JsonValue]) -> Body:
    return {
        "type": "function",
        "function": {"name": name, "description": description, "parameters": dict(parameters)},
    }
