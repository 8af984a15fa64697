"""What is paid for: whose it is, what it costs, what was used."""

from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import timedelta
from decimal import Decimal
from typing import Literal
from uuid import UUID

from pydantic import JsonValue

from core.events import Channel
from core.ids import StreamId, StreamKind, TenantId
from core.models import TokenUsage

PaidKind = Literal["chat", "transcription", "vision", "whatsapp"]
Certainty = Literal["exact", "estimated", "unknown"]
"""`exact`: the provider's own price of that very model. `estimated`: another's, or a relative's."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Spending:
    """Whose money a call spends, and what for: every limit and every report goes by one of these."""

    tenant_id: TenantId
    stream_id: StreamId
    stream_kind: StreamKind
    seq: int | None
    """`TurnInput.upto_seq` of the turn; None outside one."""
    agent: str
    workflow: str
    """`conversation`, `desk`, `case:price_watch`."""
    channel: Channel | None
    time_zone: str
    currency: str
    """The tenant's: limits are in it."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Attempt:
    """One try of a call, which is what is reserved and settled."""

    call_id: UUID
    """The attempts of one call share it."""
    number: int = 0
    kind: PaidKind
    provider: str
    model: str
    deadline: timedelta
    """When the attempt is over, whatever becomes of it; what is still reserved a while later is presumed spent."""
    decision: Mapping[str, JsonValue] = field(default_factory=dict[str, JsonValue])
    """Why this model: the router's reasons, for `python -m steward trace`."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Cost:
    """In US dollars, as vendors bill; rounded up to a whole micro-dollar."""

    usd_micros: int
    certainty: Certainty = "exact"
    basis: str = ""
    """Whose price it is, in a few words: `openai`, `groq's llama-3.3-70b-versatile`, `local`."""


@dataclass(frozen=True, slots=True, kw_only=True)
class PaidUsage:
    tokens: TokenUsage = field(default_factory=TokenUsage)
    seconds: Decimal = Decimal(0)
    """Of audio."""
    units: int = 0
    """Messages."""
