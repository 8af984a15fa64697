"""Chat completions as they come back, whole or as a stream, from OpenAI, Groq and the compatible servers.

The counts: `prompt_tokens` holds the cached part, `completion_tokens` the reasoning.
Sources: https://platform.openai.com/docs/guides/prompt-caching, https://console.groq.com/docs/prompt-caching,
November 2026.
"""

from typing import Annotated

from pydantic import BaseModel, ConfigDict, Field, JsonValue

from core.models import TokenUsage, ToolCall
from routing.errors import BadReply, Declined, Interrupted
from routing.provider import Completion, Prompt
from routing.providers.failures import Vendor, translate_event
from routing.providers.replies import LONGEST_TEXT, dump_json, make_completion, read_object

_WHOLE = {"stop", "tool_calls", "function_call"}
_Count = Annotated[int, Field(ge=0, le=1_000_000_000)]


class _Wire(BaseModel):
    """Untrusted: of the fields that are read here no type is guessed; others are passed over."""

    model_config = ConfigDict(strict=True, frozen=True)


class _InputDetails(_Wire):
    cached_tokens: _Count | None = None
    cache_write_tokens: _Count | None = None


class _Usage(_Wire):
    prompt_tokens: _Count
    completion_tokens: _Count = 0
    prompt_tokens_details: _InputDetails | None = None


class _Function(_Wire):
    name: str | None = None
    arguments: str | dict[str, JsonValue] | None = None
    """An object from some compatible servers."""


class _Call(_Wire):
    index: int | None = None
    """Only in streams."""
    id: str | None = None
    function: _Function = _Function()


class _Message(_Wire):
    content: str | None = None
    refusal: str | None = None
    tool_calls: list[_Call] | None = None


class _Choice(_Wire):
    message: _Message
    finish_reason: str | None = None


class _Completion(_Wire):
    model: str | None = None
    choices: list[_Choice] | None = None
    usage: _Usage | None = None
    error: JsonValue = None


class _Delta(_Wire):
    delta: _Message | None = None
    finish_reason: str | None = None


class _Groq(_Wire):
    usage: _Usage | None = None
    error: str | None = None


class _Chunk(_Wire):
    model: str | None = None
    choices: list[_Delta] | None = None
    usage: _Usage | None = None
    x_groq: _Groq | None = None
    error: JsonValue = None


def read_completion(body: bytes, prompt: Prompt, vendor: Vendor) -> Completion:
    """Raises BadReply, Declined, Busy and Exhausted (an error under status 200), ValidationError."""
    reply = _Completion.model_validate_json(body)
    usage = _read_usage(reply.usage)
    if not reply.choices:
        if reply.error:
            raise translate_event(reply.error, vendor, prompt.model, usage)
        raise BadReply("The reply has no choices", usage)
    choice = reply.choices[0]
    _check_finish(choice.finish_reason, usage)
    if choice.message.refusal:
        raise Declined("The model declined to answer", usage)
    return make_completion(
        text=choice.message.content or "",
        calls=[_read_call(call, number, usage) for number, call in enumerate(choice.message.tool_calls or ())],
        model=reply.model or prompt.model,
        usage=usage,
        with_schema=prompt.schema is not None,
    )


class ChunkAssembler:
    """Of one stream."""

    def __init__(self, prompt: Prompt, vendor: Vendor) -> None:
        self._prompt = prompt
        self._vendor = vendor
        self._text: list[str] = []
        self._length = 0
        self._calls: dict[int, _Call] = {}
        self._arguments: dict[int, list[str]] = {}
        self._model = prompt.model
        self._finish: str | None = None
        self._refused = False
        self.usage: TokenUsage | None = None
        self.done = False

    def feed(self, event: str) -> str:
        """Raises as `read_completion` does, and Interrupted."""
        if event.strip() == "[DONE]":
            self.done = True
            return ""
        chunk = _Chunk.model_validate_json(event)
        if chunk.error or (chunk.x_groq and chunk.x_groq.error):
            raise self._broken_off(chunk.error)
        self._model = chunk.model or self._model
        counted = chunk.usage or (chunk.x_groq.usage if chunk.x_groq else None)
        self.usage = _read_usage(counted) or self.usage
        return "".join(self._add(choice) for choice in (chunk.choices or ())[:1])

    def finish(self) -> Completion:
        if self._finish is None:
            raise Interrupted("The stream ended before the reply did", self.usage)
        _check_finish(self._finish, self.usage)
        if self._refused:
            raise Declined("The model declined to answer", self.usage)
        calls = [self._join_call(index, number) for number, index in enumerate(sorted(self._calls))]
        return make_completion(
            text="".join(self._text),
            calls=calls,
            model=self._model,
            usage=self.usage,
            with_schema=self._prompt.schema is not None,
        )

    def _add(self, choice: _Delta) -> str:
        self._finish = choice.finish_reason or self._finish
        delta = choice.delta or _Message()
        self._refused = self._refused or bool(delta.refusal)
        for call in delta.tool_calls or ():
            # Some compatible servers send whole calls, without an index.
            index = call.index if call.index is not None else len(self._calls)
            self._calls.setdefault(index, call)
            self._arguments.setdefault(index, []).append(_text_of(call.function.arguments))
        text = delta.content or ""
        self._text.append(text)
        self._length += len(text)
        if self._length > LONGEST_TEXT:
            raise BadReply("The model wrote far too much", self.usage)
        return text

    def _join_call(self, index: int, number: int) -> ToolCall:
        call, arguments = self._calls[index], "".join(self._arguments[index])
        function = _Function(name=call.function.name, arguments=arguments)
        return _read_call(call.model_copy(update={"function": function}), number, self.usage)

    def _broken_off(self, error: JsonValue) -> Exception:
        begun = self.usage or (TokenUsage() if self._length or self._calls else None)
        raised = translate_event(error, self._vendor, self._prompt.model, begun)
        if isinstance(raised, Interrupted):
            raised.usage = self.usage
        return raised


def _read_usage(usage: _Usage | None) -> TokenUsage | None:
    if usage is None:
        return None
    details = usage.prompt_tokens_details or _InputDetails()
    read = min(details.cached_tokens or 0, usage.prompt_tokens)
    return TokenUsage(
        input_tokens=usage.prompt_tokens,
        cached_read_tokens=read,
        cached_write_tokens=min(details.cache_write_tokens or 0, usage.prompt_tokens - read),
        output_tokens=usage.completion_tokens,
    )


def _check_finish(reason: str | None, usage: TokenUsage | None) -> None:
    if reason == "content_filter":
        raise Declined("The model declined to answer", usage)
    if reason == "length":
        raise BadReply("The model was cut off in mid-reply", usage)
    if reason not in _WHOLE:
        raise BadReply("The model stopped for a reason that is not known", usage)


def _read_call(call: _Call, number: int, usage: TokenUsage | None) -> ToolCall:
    name = call.function.name
    if not name:
        raise BadReply("The model called a tool without a name", usage)
    arguments = read_object(_text_of(call.function.arguments), usage)
    return ToolCall(id=call.id or f"call_{number}", name=name, arguments=arguments)


def _text_of(arguments: str | dict[str, JsonValue] | None) -> str:
    return dump_json(arguments) if isinstance(arguments, dict) else arguments or ""
