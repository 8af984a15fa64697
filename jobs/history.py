"""What of a turn goes into the history. Recordings go in as they were heard, documents in a few lines."""

from collections.abc import Sequence
from datetime import datetime
from typing import Literal

from core.events import ActionResult, ButtonTapped, Event, MessageEdited, MessageReceived, OwnerEcho, RecordedEvent
from core.messages import EditCard, OutMessage, React, message_text
from db.engine.streams import MessageRow
from memory.digests import digest_document

_LONGEST_HEARD = 4_000


def words_of(event: Event) -> str:
    """What the person said with it, in words; empty where there are none."""
    match event:
        case MessageReceived() | MessageEdited():
            return event.text
        case OwnerEcho():
            return event.text
        case ButtonTapped():
            return event.label
        case ActionResult(ok=True, action="transcribe"):
            return str(event.result.get("text", ""))[:_LONGEST_HEARD]
        case ActionResult(ok=True, action="read_document") if text := digest_document(
            str(event.result.get("text", ""))
        ):
            return f"[document] {text}"
        case _:
            return ""


def history_rows(events: Sequence[RecordedEvent], messages: Sequence[OutMessage], now: datetime) -> list[MessageRow]:
    """What the customer said, each under its own number, then what the turn says, under the turn's."""
    rows = [
        MessageRow(recorded.seq, 0, _author(recorded.event), text, recorded.recorded_at)
        for recorded in events
        if (text := _said(recorded.event))
    ]
    upto = events[-1].seq
    rows += [
        MessageRow(upto, n, message.author, message_text(message), now)
        for n, message in enumerate(messages, 1)
        if not isinstance(message, EditCard | React)
    ]
    return rows


def _author(event: Event) -> Literal["customer", "owner"]:
    return "owner" if isinstance(event, OwnerEcho) else "customer"


def _said(event: Event) -> str:
    text = words_of(event)
    if not text and isinstance(event, MessageReceived | OwnerEcho) and event.attachments:
        return f"[{event.attachments[0].kind}]"
    return text
