"""What the policy is asked, and what it answers."""

from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import datetime
from typing import Literal

from agents.actions.declaration import ActionDeclaration
from core.actions import ActionUses, Owners, RecordKey
from core.ids import ContactId
from tenants.agents import AgentPolicy

Decision = Literal["allow", "ask", "forbid"]


@dataclass(frozen=True, slots=True, kw_only=True)
class Approved:
    """An approval that holds for this very action."""

    role: Literal["owner", "manager", "viewer"] | None
    """Of whoever gave it, as their role is now."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Circumstances:
    """All that a verdict depends on besides the action."""

    actions: Mapping[str, ActionDeclaration]
    policy: AgentPolicy
    now: datetime
    time_zone: str
    person: frozenset[ContactId] = frozenset()
    """On whose behalf, with the contacts that a code has joined to it. Empty: nobody's."""
    own_stream: bool = True
    """Whether it was asked for in one of this person's own conversations."""
    owners: Owners = field(default_factory=dict[RecordKey, frozenset[ContactId]])
    """Of the records that the arguments name."""
    uses: ActionUses = field(default_factory=ActionUses)
    approved: Approved | None = None
    tapped: bool = False
    """An owner asked for it by a tap, which is proven: for actions `by="owner"`."""
    seat: Literal["owner", "manager", "viewer"] | None = None
    """Of the member at whose desk it was asked for, as it is now: for actions `by="desk"`."""
    suspicious: bool = False
    """The turn holds text that tries to give orders: nothing is done without a person."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Verdict:
    decision: Decision
    guard: str = ""
    """Which one spoke."""
    reason: str = ""
    """A code: `unknown`, `not_yours`, `too_much`…; rooms that speak to people have words for it."""
    says: str = ""
    """For the model and the trace: exact, and without anybody's data."""
    level: Literal["live", "shadow"] = "live"
    """`shadow`: it would have been `decision`, and is only noted."""


ALLOW = Verdict(decision="allow")
