"""What a conversation keeps between turns. Read leniently: a damaged state costs memory, not a turn."""

from collections.abc import Mapping
from dataclasses import dataclass, field

from pydantic import JsonValue, TypeAdapter, ValidationError

from agents.acting.state import Acted
from agents.quality.receipts import Receipt
from core.events import Sender


@dataclass(frozen=True, slots=True, kw_only=True)
class Person:
    """As the contact's row was last written; a difference writes it again."""

    external_id: str
    name: str = ""
    username: str | None = None
    phone: str | None = None
    language: str | None = None
    blocked: bool = False

    @classmethod
    def of(cls, sender: Sender, language: str | None, *, blocked: bool) -> "Person":
        return cls(
            external_id=sender.external_id,
            name=sender.name,
            username=sender.username,
            phone=sender.phone,
            language=language,
            blocked=blocked,
        )


@dataclass(frozen=True, slots=True, kw_only=True)
class Note:
    """A passage kept for a question that waits for a document to be read."""

    source: str
    text: str
    score: float


@dataclass(frozen=True, slots=True, kw_only=True)
class AwaitedFile:
    """Results come back in the order of the actions, so the first one of a kind is meant."""

    action: str
    question: str = ""
    notes: tuple[Note, ...] = ()


@dataclass(frozen=True, slots=True, kw_only=True)
class AnsweredBy:
    """Whose answer it was: what a verdict on it is about."""

    model: str
    difficulty: int


@dataclass(frozen=True, slots=True, kw_only=True)
class Told:
    """A fact that was learnt here, for “forget that”."""

    slot: str
    key: str
    text: str


@dataclass(frozen=True, slots=True, kw_only=True)
class ConversationState:
    person: Person | None = None
    language: str | None = None
    pending: str | None = None
    """The approval that waits for an owner."""
    pending_since: float = 0.0
    """Unix seconds; what nobody decided for days no longer stands in the way of a new card."""
    said: str = ""
    """The last thing asked, folded, to notice that it is asked again."""
    repeats: int = 0
    awaited: tuple[AwaitedFile, ...] = ()
    document: str = ""
    """What was read in the last document, for questions about it."""
    answered_by: AnsweredBy | None = None
    """The model behind the last answer, until the customer has reacted to it."""
    routine: str = ""
    """The question whose kept answer was given last."""
    examples: tuple[str, ...] = ()
    """The subjects offered as buttons, by the number in the button."""
    told: tuple[Told, ...] = ()
    """What was learnt last."""
    asked_at: float = 0.0
    """When `asked_to_forget` was asked, in Unix seconds."""
    asked_to_forget: str = ""
    """What a confirmation is waited for: `all`, `that`, `consent`."""
    habits: Mapping[str, int] = field(default_factory=dict[str, int])
    """Counted and not written yet; see `agents/habits.py`."""
    habits_since: float = 0.0
    receipts: tuple[Receipt, ...] = ()
    """What was done here, the latest last: what may be said to be done."""
    acted: tuple[Acted, ...] = ()
    topic: str = ""
    """The agent that answered last."""
    asked_lately: tuple[str, ...] = ()
    """The customer's last lines, for what goes on from them."""
    unsure_question: str = ""
    unsure_draft: str = ""
    """What a card that waits for an owner was drafted for, and the draft: to learn from the owner's answer."""
    rounds: tuple[str, ...] = ()
    """What the customer said in the last turns, folded, without what came again."""
    round_at: float = 0.0
    """Of the last one, in Unix seconds."""
    looping: int = 0
    """Turns in a row that went round in circles."""
    reply_mark: str = ""
    reply_same: int = 0
    """How often in a row the bot has said what `reply_mark` stands for."""
    reply_at: float = 0.0
    quiet_until: float = 0.0
    """While the bot holds its tongue because it was going round in circles, in Unix seconds."""
    paused_until: float = 0.0
    """The end of the pause that the customer was told of last, in Unix seconds."""
    paused_told_at: float = 0.0
    unsummed: int = 0
    """Messages since the last summary."""
    summary_due: int = 0
    """How many there must be for the next; grows when one fails. 0: as usual."""
    summary_asked: float = 0.0
    """When one was asked for that has not come back, in Unix seconds."""


_STATE: TypeAdapter[ConversationState] = TypeAdapter(ConversationState)
_EMPTY = ConversationState()


def load_state(state: Mapping[str, JsonValue]) -> ConversationState:
    if not state:
        return _EMPTY
    try:
        return _STATE.validate_python(state)
    except ValidationError:
        return _EMPTY


def dump_state(state: ConversationState) -> dict[str, JsonValue]:
    """Only what differs from an empty state."""
    dumped: dict[str, JsonValue] = _STATE.dump_python(state, mode="json", exclude_defaults=True)
    return dumped
