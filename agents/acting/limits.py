"""What one turn may use: model calls, tokens, actions, time. Whoever passes a limit is stopped, not the turn."""

from datetime import datetime
from typing import Literal

from core.clock import Clock
from core.errors import Exhausted
from core.models import ChatModel, ModelReply, ModelRequest
from tenants.agents import Limits


class Meter:
    def __init__(self, limits: Limits, clock: Clock) -> None:
        self._limits = limits
        self._clock = clock
        self._began: datetime = clock.now()
        self.calls = self.tokens = self.actions = 0
        self.stopped: str = ""
        """The limit that was reached: `model_calls`, `tokens`, `seconds`, `actions`."""

    def take_call(self) -> None:
        """Raises Exhausted."""
        self.calls += 1
        if self.calls > self._limits.model_calls:
            self._stop("model_calls")
        if self.tokens >= self._limits.tokens:
            self._stop("tokens")
        if (self._clock.now() - self._began).total_seconds() > self._limits.seconds:
            self._stop("seconds")

    def take_action(self) -> bool:
        """False when there have been enough."""
        self.actions += 1
        if self.actions <= self._limits.actions:
            return True
        self.stopped = self.stopped or "actions"
        return False

    def _stop(self, what: str) -> None:
        self.stopped = self.stopped or what
        raise Exhausted(f"A turn's limit is reached: {what}")


class MeteredModels:
    """A `ChatModel` that counts."""

    def __init__(self, inner: ChatModel, meter: Meter) -> None:
        self._inner = inner
        self._meter = meter

    @property
    def available(self) -> bool:
        return self._inner.available

    @property
    def prices(self) -> Literal["exact", "estimated", "free"]:
        return self._inner.prices

    async def reply(self, request: ModelRequest) -> ModelReply:
        """Raises Exhausted at a limit of the turn, too."""
        self._meter.take_call()
        reply = await self._inner.reply(request)
        self._meter.tokens += reply.usage.input_tokens + reply.usage.output_tokens
        return reply
