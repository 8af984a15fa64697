"""Which kinds of case there are. A kind registers itself when its module is imported; `kinds/` imports them all."""

from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from types import MappingProxyType
from typing import Literal

from core.events import Event
from core.turns import Handler

Order = Literal["start", "done", "cancel", "note", "move"]


@dataclass(frozen=True, slots=True, kw_only=True)
class CaseKind:
    name: str
    takes: Callable[[Event], bool]
    """Whether an event opens a case of this kind, or belongs to one."""
    handle: Handler
    noun: str
    """What it is called: a key in `agents/locales`."""
    views: Mapping[str, str]
    """How each step reads: keys in `agents/locales`."""
    prefix: str = ""
    """The letter its references begin with: `T-1042`. Empty: nobody opens or cancels it, and its reference comes from
    elsewhere."""
    startable: bool = False
    """Whether customers may start one by the action `start_case`, which knows no more than a title."""
    deadline: str = ""
    """How the deadline reads for the customer, with `{at}`: a key. Empty: it is an internal matter."""
    orders: Mapping[str, tuple[Order, ...]] = field(default_factory=dict[str, tuple[Order, ...]])
    """What a member may want of it, by step."""


_kinds: dict[str, CaseKind] = {}


def register(kind: CaseKind) -> CaseKind:
    """Raises ValueError for a name or a prefix that is taken."""
    for other in _kinds.values():
        if other.name == kind.name or (kind.prefix and other.prefix == kind.prefix):
            raise ValueError(f"The case {kind.name} ({kind.prefix}) has the name or the prefix of {other.name}")
    _kinds[kind.name] = kind
    return kind


def list_kinds() -> Mapping[str, CaseKind]:
    """By name, in the order of the names. Complete once `agents.cases.kinds` is imported."""
    return MappingProxyType(dict(sorted(_kinds.items())))
