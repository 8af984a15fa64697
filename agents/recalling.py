"""Whether a turn is worth a search in all that was said before, and for what to search."""

from datetime import datetime

from agents.burst import query_text, read_burst
from agents.smalltalk import read_mood
from agents.state import load_state
from core.events import ActionResult
from core.ids import contact_id
from core.turns import TurnInput
from memory.people import Asked
from memory.routine import is_routine

_LONGEST_SMALL_TALK = 40
_SMALL = frozenset({"greeting", "thanks", "bye", "ack", "wordless"})


def ask_memory(turn: TurnInput, now: datetime) -> Asked | None:
    """None for small talk, commands, routine questions (answered alike for everybody) and while a person answers."""
    if turn.mode == "human" or turn.channel is None:
        return None
    state = load_state(turn.state)
    question = query_text(turn.events) or _awaited(turn)
    if not question or question.startswith("/") or read_mood(question) is not None:
        return None
    if is_routine(question) and not state.document:
        return None
    sender = read_burst(turn.events).sender
    external_id = sender.external_id if sender else state.person.external_id if state.person else None
    if external_id is None:
        return None
    return Asked(
        tenant=turn.tenant.tenant_id,
        contact=contact_id(turn.tenant.tenant_id, turn.channel, external_id),
        stream=turn.stream_id,
        question=question,
        before_seq=turn.events[0].seq,
        now=now,
        language=state.language or turn.tenant.language,
    )


def is_small_talk(text: str) -> bool:
    """What says nothing that somebody will ask about later."""
    return len(text) <= _LONGEST_SMALL_TALK and read_mood(text) in _SMALL


def _awaited(turn: TurnInput) -> str:
    """The question that came with a document which has now been read."""
    read = any(isinstance(e.event, ActionResult) and e.event.action == "read_document" for e in turn.events)
    awaited = load_state(turn.state).awaited if read else ()
    return next((each.question for each in awaited if each.action == "read_document"), "")
