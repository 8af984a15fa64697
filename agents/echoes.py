"""The owner's own phone beside the bot: what is typed there silences the bot for a while (WhatsApp coexistence)."""

from datetime import timedelta

from agents.draft import Draft
from core.changes import SetMode, SetTimer
from core.events import OwnerEcho, OwnerNotice, TimerFired

ECHO_TIMER = "echo"
QUIET = timedelta(minutes=30)
"""After the owner's last words on the phone."""


def follow_echo(draft: Draft, echo: OwnerEcho) -> None:
    """A conversation that somebody has taken over at a desk stays theirs."""
    del echo
    draft.trace["owner_echo"] = True
    if draft.turn.mode == "human" and draft.turn.holder is not None:
        return
    draft.changes = [each for each in draft.changes if not isinstance(each, SetTimer) or each.name != ECHO_TIMER]
    draft.changes.append(SetTimer(name=ECHO_TIMER, due_at=draft.at + QUIET))
    if draft.turn.mode == "bot" and not any(isinstance(each, SetMode) for each in draft.changes):
        draft.changes.append(SetMode(stream_id=draft.turn.stream_id, mode="human", holder=None))
        notice = OwnerNotice(
            notice="owner_typing",
            fields={"customer": draft.contact_name, "minutes": int(QUIET.total_seconds() // 60)},
        )
        draft.tell_desks(notice, f"echo:{draft.turn.upto_seq}")


def end_echo(draft: Draft, timer: TimerFired) -> None:
    """The bot takes part again, unless a person has taken the conversation over at a desk meanwhile."""
    del timer
    if draft.turn.mode == "human" and draft.turn.holder is None:
        draft.trace["owner_echo"] = "over"
        draft.changes.append(SetMode(stream_id=draft.turn.stream_id, mode="bot", holder=None))
