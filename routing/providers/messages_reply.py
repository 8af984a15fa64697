"""Anthropic's messages as they come back, whole or as a stream.

The counts: Anthropic's `input_tokens` leaves out what was read from the cache or written to it, so the three are added
up; `output_tokens` holds the thinking. Those of a stream's `message_delta` are totals, not additions.
Source: https://platform.claude.com/docs/en/build-with-claude/prompt-caching, November 2026.
"""

from dataclasses import dataclass, field
from typing import Annotated

from pydantic import BaseModel, ConfigDict, Field, JsonValue

from core.models import TokenUsage, ToolCall
from routing.errors import BadReply, Declined, Interrupted
from routing.provider import Completion, Prompt
from routing.providers.failures import Vendor, translate_event
from routing.providers.replies import LONGEST_TEXT, dump_json, make_completion, read_object

_WHOLE = {"end_turn", "stop_sequence", "tool_use"}
_CUT_OFF = {"max_tokens", "model_context_window_exceeded"}
_Count = Annotated[int, Field(ge=0, le=1_000_000_000)]


class _Wire(BaseModel):
    """Untrusted: of the fields that are read here no type is guessed; others are passed over."""

    model_config = ConfigDict(strict=True, frozen=True)


class _Usage(_Wire):
    input_tokens: _Count | None = None
    cache_read_input_tokens: _Count | None = None
    cache_creation_input_tokens: _Count | None = None
    output_tokens: _Count | None = None


class _Block(_Wire):
    type: str
    text: str | None = None
    id: str | None = None
    name: str | None = None
    input: JsonValue = None


class _Message(_Wire):
    model: str | None = None
    content: list[_Block] | None = None
    stop_reason: str | None = None
    usage: _Usage | None = None
    error: JsonValue = None


class _Delta(_Wire):
    text: str | None = None
    partial_json: str | None = None
    stop_reason: str | None = None


class _Event(_Wire):
    type: str
    index: int = 0
    message: _Message | None = None
    content_block: _Block | None = None
    delta: _Delta | None = None
    usage: _Usage | None = None
    error: JsonValue = None


@dataclass(slots=True)
class _Growing:
    """A block of a stream."""

    start: _Block
    json: list[str] = field(default_factory=list[str])


def read_message(body: bytes, prompt: Prompt, vendor: Vendor) -> Completion:
    """Raises BadReply, Rejected (declined), Busy and Exhausted (an error under status 200), ValidationError."""
    message = _Message.model_validate_json(body)
    usage = _read_usage(message.usage)
    if message.content is None:
        if message.error:
            raise translate_event(message.error, vendor, prompt.model, usage)
        raise BadReply("The reply has no content", usage)
    _check_stop(message.stop_reason, usage)
    calls = [
        _make_call(block, block.input, number, usage)
        for number, block in enumerate(message.content)
        if block.type == "tool_use"
    ]
    return make_completion(
        text="".join(block.text or "" for block in message.content if block.type == "text"),
        calls=calls,
        model=message.model or prompt.model,
        usage=usage,
        with_schema=prompt.schema is not None,
    )


class EventAssembler:
    """Of one stream."""

    def __init__(self, prompt: Prompt, vendor: Vendor) -> None:
        self._prompt = prompt
        self._vendor = vendor
        self._text: list[str] = []
        self._length = 0
        self._calls: dict[int, _Growing] = {}
        self._model = prompt.model
        self._stop: str | None = None
        self._usage: _Usage | None = None
        self.done = False

    @property
    def usage(self) -> TokenUsage | None:
        return _read_usage(self._usage)

    def feed(self, event: str) -> str:
        """Raises as `read_message` does, and Interrupted."""
        read = _Event.model_validate_json(event)
        match read.type:
            case "message_start" if read.message:
                self._model = read.message.model or self._model
                self._count(read.message.usage)
            case "content_block_start" if read.content_block:
                if read.content_block.type == "tool_use":
                    self._calls[read.index] = _Growing(read.content_block)
                elif read.content_block.type == "text":
                    return self._write(read.content_block.text or "")
            case "content_block_delta" if read.delta:
                if read.delta.partial_json and read.index in self._calls:
                    self._calls[read.index].json.append(read.delta.partial_json)
                return self._write(read.delta.text or "")
            case "message_delta":
                self._stop = (read.delta and read.delta.stop_reason) or self._stop
                self._count(read.usage)
            case "message_stop":
                self.done = True
            case "error":
                raise translate_event(read.error, self._vendor, self._prompt.model, self.usage)
            case _:  # pings, and what is yet to be invented
                pass
        return ""

    def finish(self) -> Completion:
        if not self.done:
            raise Interrupted("The stream ended before the reply did", self.usage)
        usage = self.usage
        _check_stop(self._stop, usage)
        return make_completion(
            text="".join(self._text),
            calls=[self._join_call(self._calls[index], index) for index in sorted(self._calls)],
            model=self._model,
            usage=usage,
            with_schema=self._prompt.schema is not None,
        )

    def _write(self, text: str) -> str:
        self._text.append(text)
        self._length += len(text)
        if self._length > LONGEST_TEXT:
            raise BadReply("The model wrote far too much", self.usage)
        return text

    def _join_call(self, call: _Growing, index: int) -> ToolCall:
        # From the pieces as they came: the SDK reads what is broken as an empty object.
        written = "".join(call.json)
        return _make_call(
            call.start, read_object(written, self.usage) if written else call.start.input, index, self.usage
        )

    def _count(self, usage: _Usage | None) -> None:
        """Totals only grow; a gateway may send zeros at the end."""
        if usage is not None:
            known = self._usage.model_dump(exclude_none=True) if self._usage else {}
            for name, count in usage.model_dump(exclude_none=True).items():
                known[name] = max(count, known.get(name, 0))
            self._usage = _Usage(**known)


def _read_usage(usage: _Usage | None) -> TokenUsage | None:
    if usage is None or usage.input_tokens is None:
        return None
    read, written = usage.cache_read_input_tokens or 0, usage.cache_creation_input_tokens or 0
    return TokenUsage(
        input_tokens=usage.input_tokens + read + written,
        cached_read_tokens=read,
        cached_write_tokens=written,
        output_tokens=usage.output_tokens or 0,
    )


def _check_stop(reason: str | None, usage: TokenUsage | None) -> None:
    if reason == "refusal":
        raise Declined("The model declined to answer", usage)
    if reason in _CUT_OFF:
        raise BadReply("The model was cut off in mid-reply", usage)
    if reason not in _WHOLE:
        raise BadReply("The model stopped for a reason that is not known", usage)


def _make_call(block: _Block, value: JsonValue, number: int, usage: TokenUsage | None) -> ToolCall:
    if not block.name:
        raise BadReply("The model called a tool without a name", usage)
    arguments = read_object(dump_json({} if value is None else value), usage)
    return ToolCall(id=block.id or f"call_{number}", name=block.name, arguments=arguments)
