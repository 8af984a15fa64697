"""A member's voice note, when no one else waits for it: heard, shown, and taken like written words."""

from admin.session import DeskTurn
from agents.actions.platform import propose_file
from core.errors import Rejected
from core.events import ActionResult, MessageReceived

_LONGEST_SHOWN = 300


def listen(desk: DeskTurn, message: MessageReceived) -> bool:
    """False when there is no voice in the message."""
    voice = next((each for each in message.attachments if each.kind in ("voice", "audio")), None)
    if voice is None:
        return False
    try:
        desk.propose(propose_file("transcribe", voice, desk.language))
    except Rejected:
        desk.say("plain_not_heard")
    return True


def read_heard(result: ActionResult) -> str:
    """The words; empty when nothing was understood."""
    text = result.result.get("text") if result.ok else None
    return " ".join(text.split())[:_LONGEST_SHOWN] if isinstance(text, str) else ""
