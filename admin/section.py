"""A section of the desk: its commands, its buttons, the words it asks for, and what comes back from its actions."""

from collections.abc import Awaitable, Callable, Mapping
from dataclasses import dataclass, field
from typing import Literal

from admin.session import DeskTurn
from admin.state import Asking
from core.desk_changes import Role
from core.events import ActionResult, BotCreated, ButtonTapped, DeskOpened, MessageReceived, RecordedEvent, TimerFired
from core.ids import OPERATOR, TenantId
from core.turns import Member

Run = Callable[[DeskTurn, Member, str], Awaitable[None]]
"""With what stands behind the command, stripped."""
Tap = Callable[[DeskTurn, Member, ButtonTapped, RecordedEvent], Awaitable[bool]]
"""False when the button is none of the section's after all: it was forged, or is from another version."""
Preview = Callable[[DeskTurn, Member, str], Awaitable[str]]
"""A question of its own: what would be changed, in the member's language. Empty: nothing would, so it may just run."""
Hear = Callable[[DeskTurn, Member, Asking, MessageReceived, RecordedEvent], Awaitable[None]]
Answered = Callable[[DeskTurn, Member, ActionResult], Awaitable[None]]
Timed = Callable[[DeskTurn, Member, TimerFired, RecordedEvent], Awaitable[None]]

_RANKS: Mapping[Role, int] = {"viewer": 0, "manager": 1, "owner": 2}


@dataclass(frozen=True, slots=True, kw_only=True)
class Command:
    """Its texts are `cmd_<name>` (one line, for the menu and `/help`) in the section's catalogue."""

    name: str
    """Without the slash."""
    role: Role
    """The least that may use it."""
    changes: bool
    """Whether plain words that were understood as it need a *yes* first."""
    about: str
    """In English, for a model that turns plain words into commands: what it does and what may stand behind it, with an
    example or two."""
    run: Run
    at_once: bool = False
    """Whether it changes something even with nothing behind it; others ask or show then."""
    preview: Preview | None = None
    """Asks for the *yes* to plain words better than the command's own line and what was said would."""
    listed: bool = True
    """In the channel's command menu and in `/help`."""
    desks: Literal["business", "operator", "all"] = "business"
    """Where it is offered; the operator's own desk has little use for what is about a business."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Section:
    name: str
    """What its buttons' ids and its actions' keys begin with, before a colon; at most eight letters."""
    commands: tuple[Command, ...] = ()
    tap: Tap | None = None
    """For buttons `<name>:…`."""
    hear: Hear | None = None
    """For the words that it asked for with `DeskTurn.ask`."""
    results: Mapping[str, Answered] = field(default_factory=dict[str, Answered])
    """By action."""
    timers: Mapping[str, Timed] = field(default_factory=dict[str, Timed])
    """By what stands before the next colon in the name that `DeskTurn.set_timer` was given."""
    opened: Callable[[DeskTurn, Member, DeskOpened], Awaitable[None]] | None = None
    bot_created: Callable[[DeskTurn, Member, BotCreated], Awaitable[None]] | None = None


def is_offered(command: Command, tenant: TenantId) -> bool:
    return command.desks in ("all", "operator" if tenant == OPERATOR else "business")


def may_use(member: Member, role: Role) -> bool:
    return _RANKS[member.role] >= _RANKS[role]


def refuse(desk: DeskTurn, role: Literal["manager", "owner"] | Role) -> None:
    """Says kindly who may."""
    desk.say("owner_only" if role == "owner" else "viewer_cannot")
