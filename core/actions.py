"""Actions: what an agent may ask to be done in the world. Declared once, executed only from the outbox."""

from dataclasses import dataclass
from typing import Protocol

from pydantic import JsonValue

from core.ids import AccountId, StreamId, TenantId


@dataclass(frozen=True, slots=True, kw_only=True)
class ProposedAction:
    name: str
    """Of a declared action; `agents/actions.py` holds the schemas."""
    arguments: dict[str, JsonValue]
    money_moving: bool = False
    """Never executed again when a crash leaves the first try in doubt; the owner is asked instead."""


@dataclass(frozen=True, slots=True, kw_only=True)
class ActionCall:
    tenant_id: TenantId
    stream_id: StreamId
    account_id: AccountId
    seq: int
    """Of the turn that asked for it."""
    key: str
    """The idempotency key: the same for every try of this action."""
    name: str
    arguments: dict[str, JsonValue]


class Executor(Protocol):
    """Does one kind of action. What it returns goes back to the stream as `ActionResult`."""

    async def __call__(self, call: ActionCall) -> dict[str, JsonValue]:
        """Raises Transient (tried again later), Rejected, Misconfigured (the stream is told)."""
        ...
