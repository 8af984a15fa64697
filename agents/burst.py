"""The pending events of a conversation, read as one thing that a person said."""

from collections.abc import Sequence
from dataclasses import dataclass, field

from core.events import (
    ActionResult,
    ButtonTapped,
    ContactBlocked,
    Event,
    Location,
    MessageEdited,
    MessageReceived,
    ReactionReceived,
    RecordedEvent,
    Sender,
    SharedContact,
)
from core.media import Attachment

LONGEST_TEXT = 4_000


@dataclass(slots=True)
class Burst:
    lines: dict[str, str] = field(default_factory=dict[str, str])
    """Text by message, in order; an edit replaces the text it corrects."""
    attachments: list[tuple[str, Attachment]] = field(default_factory=list[tuple[str, Attachment]])
    """With the message each came with."""
    places: list[Location] = field(default_factory=list[Location])
    cards: list[SharedContact] = field(default_factory=list[SharedContact])
    taps: list[ButtonTapped] = field(default_factory=list[ButtonTapped])
    sender: Sender | None = None
    blocked: bool | None = None
    """What the person did last: blocked the bot, or wrote again."""

    @property
    def spoken(self) -> dict[str, str]:
        """The lines that are no commands and not empty."""
        return {message: line for message, line in self.lines.items() if line and not _command(line)}

    @property
    def text(self) -> str:
        return "\n".join(self.spoken.values())[:LONGEST_TEXT]

    @property
    def command(self) -> str | None:
        """The last command of the burst, without its arguments and the bot's name."""
        commands = [command for line in self.lines.values() if (command := _command(line))]
        return commands[-1] if commands else None


def read_burst(events: Sequence[RecordedEvent]) -> Burst:
    burst = Burst()
    for recorded in events:
        event = recorded.event
        match event:
            case MessageReceived():
                burst.lines[event.message_id] = clean(event.text)
                burst.attachments += [(event.message_id, attachment) for attachment in event.attachments]
                if event.location:
                    burst.places.append(event.location)
                if event.shared_contact:
                    burst.cards.append(event.shared_contact)
                burst.sender, burst.blocked = event.sender, False
            case MessageEdited():
                burst.lines[event.message_id] = clean(event.text)
                burst.sender, burst.blocked = event.sender, False
            case ButtonTapped():
                burst.taps.append(event)
                burst.sender, burst.blocked = event.sender, False
            case ReactionReceived():
                burst.sender = event.sender
            case ContactBlocked():
                burst.sender, burst.blocked = event.sender, event.blocked
            case _:
                pass
    return burst


def query_text(events: Sequence[RecordedEvent]) -> str:
    """What memory should look for before the turn: the words of the burst, of taps and of what was heard.

    A command asks for the tenant's subjects: `memory.library` answers `/…` with those.
    """
    burst = read_burst(events)
    heard = [_heard(recorded.event) for recorded in events]
    words = [burst.text, *(tap.label for tap in burst.taps), *heard]
    return "\n".join(word for word in words if word) or burst.command or ""


def _command(line: str) -> str | None:
    if not line.startswith("/") or not line[1:2].isalpha():
        return None
    return line.split(maxsplit=1)[0].partition("@")[0].lower()


def clean(text: str) -> str:
    return text.replace("\0", "").strip()


def _heard(event: Event) -> str:
    if isinstance(event, ActionResult) and event.ok and event.action == "transcribe":
        return clean(str(event.result.get("text", "")))[:LONGEST_TEXT]
    return ""
