"""A request on its way to a provider: how large it is, what its difficulty is judged by, how it is put."""

from collections.abc import Callable
from functools import partial
from hashlib import blake2b

import orjson
from pydantic import BaseModel, ValidationError

from core.models import ChatMessage, ModelRequest
from core.tokens import Family, estimate_tokens, most_tokens
from routing.errors import BadReply
from routing.provider import Completion

_A_MESSAGE = 8
"""Tokens around a message."""
_A_PICTURE = 2_000
"""Tokens; more than either vendor counts for the largest that it does not shrink. Sources: OpenAI and Anthropic, vision
guides, November 2026."""


def input_tokens(request: ModelRequest, family: Family = "llama", *, most: bool = False) -> int:
    """`most`: the number that a reservation goes by."""
    count = partial(most_tokens if most else estimate_tokens, family=family)
    total = sum(_message_tokens(message, count) for message in request.messages)
    for tool in request.tools:
        total += count(tool.name + tool.description + orjson.dumps(dict(tool.parameters)).decode()) + _A_MESSAGE
    if request.schema is not None:
        total += count(orjson.dumps(request.schema.model_json_schema()).decode())
    return total


def _message_tokens(message: ChatMessage, count: Callable[[str], int]) -> int:
    calls = "".join(call.name + orjson.dumps(call.arguments).decode() for call in message.tool_calls)
    return count(message.content + calls) + _A_MESSAGE + _A_PICTURE * len(message.pictures)


def asked_text(request: ModelRequest) -> str:
    return request.question or next((m.content for m in reversed(request.messages) if m.role == "user"), "")


def cache_key(scope: str, request: ModelRequest) -> str:
    """The same for prompts that begin alike."""
    head = "\x1f".join(m.content for m in request.messages if m.role == "system")
    return blake2b(f"{scope}\x1f{head}".encode(errors="replace"), digest_size=12).hexdigest()


def read_value(request: ModelRequest, completion: Completion) -> BaseModel | None:
    """The reply as the wanted shape. Raises BadReply when it has another."""
    if request.schema is None or completion.tool_calls:
        return None
    try:
        return request.schema.model_validate_json(completion.text)
    except ValidationError as error:
        raise BadReply(f"{completion.model} replied in another shape than asked", completion.usage) from error
