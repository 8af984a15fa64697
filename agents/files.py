"""Voice notes, photos and documents: asked to be heard or read, and what comes back used as if it had been typed."""

import re
from dataclasses import dataclass

from agents.actions.platform import propose_file
from agents.answering import answer_text, search_document
from agents.burst import LONGEST_TEXT, clean
from agents.draft import Draft
from agents.state import AwaitedFile, Note
from agents.texts import TEXTS
from core.errors import Rejected
from core.events import ActionResult
from core.media import Attachment
from core.texts import escape_markdown
from core.turns import Passage

_MOST_FILES = 10
_DOUBTFUL = 0.6
_LINES, _LONGEST_LINE = 4, 120
_MOST_AMOUNTS = 5
_AMOUNT = re.compile(
    r"(?:[€$£₽]\s?\d[\d.,\s]{0,12}\d|\d{1,3}(?:[.,\s]\d{3})*[.,]\d{2}\s?(?:€|\$|£|₽|EUR|USD|GBP|RUB|BRL|CHF))"
)


@dataclass(frozen=True, slots=True)
class Heard:
    text: str
    doubtful: bool


def ask_for_files(draft: Draft) -> set[str]:
    """Proposes what has to be heard or read. Returns the messages whose words wait for a document."""
    waiting: set[str] = set()
    for message_id, file in draft.burst.attachments[:_MOST_FILES]:
        caption = draft.burst.lines.get(message_id, "")
        match file.kind:
            case "voice" | "audio":
                _ask(draft, "transcribe", file, "")
            case "photo" | "document":
                if _ask(draft, "read_document", file, caption):
                    waiting.add(message_id)
            case "video":
                if not caption:
                    draft.say(TEXTS.text("video", draft.language))
            case "sticker":
                if not draft.burst.text:
                    draft.say(TEXTS.text("sticker", draft.language))
    return waiting


def forget_result(draft: Draft, result: ActionResult) -> None:
    """While a person has the conversation, nobody waits for it any more."""
    _take_awaited(draft, result.action)


def take_heard(draft: Draft, result: ActionResult) -> Heard | None:
    """None when it could not be heard; the customer is then asked to type."""
    _take_awaited(draft, result.action)
    if not result.ok:
        unavailable = result.result.get("error_kind") == "Misconfigured"
        draft.trace["voice"] = str(result.result.get("error_kind", "failed"))
        key = TEXTS.text("voice_unavailable", draft.language) if unavailable else _voice_failed(draft)
        draft.say(key)
        return None
    text = clean(str(result.result.get("text", "")))[:LONGEST_TEXT]
    if not text:
        draft.say(_voice_failed(draft))
        return None
    confidence = result.result.get("confidence", 1.0)
    doubtful = isinstance(confidence, int | float) and confidence < _DOUBTFUL
    return Heard(text, doubtful)


def say_understood(draft: Draft, heard: Heard) -> None:
    if heard.doubtful:
        shown = escape_markdown(" ".join(heard.text.split())[:500])
        draft.say(TEXTS.text("voice_understood", draft.language, text=shown))


async def use_document(draft: Draft, result: ActionResult) -> None:
    """Answers the question that came with the document, or says in brief what was read and asks what to do."""
    awaited = _take_awaited(draft, result.action)
    text = clean(str(result.result.get("text", "")))[:LONGEST_TEXT] if result.ok else ""
    if text:
        draft.keep(document=text)
    draft.trace["document"] = "read" if text else str(result.result.get("error_kind", "empty"))
    question = awaited.question if awaited else ""
    if question:
        notes = [Passage(source=n.source, text=n.text, score=n.score, question=question) for n in _notes(awaited)]
        pages = search_document(text, question, draft.language) if text else ()
        await answer_text(draft, question, extra=sorted((*pages, *notes), key=lambda p: -p.score))
    elif text:
        draft.say(_describe(draft, text))
    elif result.ok:
        draft.say(TEXTS.text("document_empty", draft.language))
    elif result.result.get("error_kind") == "Misconfigured":
        draft.say(TEXTS.text("document_unavailable", draft.language))
    else:
        draft.say(TEXTS.text("document_failed", draft.language))


def _ask(draft: Draft, action: str, file: Attachment, question: str) -> bool:
    assert action in ("transcribe", "read_document")
    try:
        draft.actions.append(propose_file(action, file, draft.language))
    except Rejected:
        draft.say(_voice_failed(draft) if action == "transcribe" else TEXTS.text("document_failed", draft.language))
        return False
    notes: tuple[Note, ...] = ()
    if question:  # the result comes in another turn, whose recall does not look for these words
        best = [p for p in draft.turn.recalled.knowledge if p.question in question or question in p.question][:2]
        notes = tuple(Note(source=p.source, text=p.text, score=p.score) for p in best)
    awaited = AwaitedFile(action=action, question=question, notes=notes)
    draft.keep(awaited=(*draft.state.awaited, awaited)[-_MOST_FILES:])
    return True


def _take_awaited(draft: Draft, action: str) -> AwaitedFile | None:
    for at, awaited in enumerate(draft.state.awaited):
        if awaited.action == action:
            draft.keep(awaited=draft.state.awaited[:at] + draft.state.awaited[at + 1 :])
            return awaited
    return None


def _notes(awaited: AwaitedFile | None) -> tuple[Note, ...]:
    return awaited.notes if awaited else ()


def _describe(draft: Draft, text: str) -> str:
    lines = [" ".join(line.split())[:_LONGEST_LINE] for line in text.splitlines() if line.strip()][:_LINES]
    excerpt = "\n".join(escape_markdown(line) for line in lines)
    parts = [TEXTS.text("document_read", draft.language, excerpt=excerpt)]
    amounts = list(dict.fromkeys(" ".join(amount.split()) for amount in _AMOUNT.findall(text)))[:_MOST_AMOUNTS]
    if amounts:
        parts.append(TEXTS.text("document_amounts", draft.language, amounts=", ".join(amounts)))
    parts.append(TEXTS.text("document_ask", draft.language))
    return "\n\n".join(parts)


def _voice_failed(draft: Draft) -> str:
    return TEXTS.text("voice_failed", draft.language)
