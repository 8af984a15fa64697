"""Voice notes and documents: asked for, and what comes back is used as if it had been typed."""

import pytest

from agents.texts import TEXTS
from core.events import ActionResult
from core.media import Attachment
from tests.agents.world import Talk, said

VOICE = Attachment(kind="voice", ref="v1", mime="audio/ogg", duration_seconds=4)
PHOTO = Attachment(kind="photo", ref="p1", mime="image/jpeg")
INVOICE = "Molino Alto S.L.\nInvoice 2026-118\n\nFlour 25 kg  16,80 €\nTotal due 34,20 €\nPayable by 30 November"


def heard(text: str = "", **more: object) -> ActionResult:
    return ActionResult(action="transcribe", key="k", ok=True, result={"text": text, "language": "en", **more})


def read(text: str, **more: object) -> ActionResult:
    return ActionResult(
        action="read_document", key="k", ok=True, result={"text": text, "pages": 1, "truncated": False, **more}
    )


def failed(action: str, kind: str) -> ActionResult:
    return ActionResult(action=action, key="k", ok=False, result={"error_kind": kind}, error="x")


async def test_a_voice_note_is_heard_then_answered() -> None:
    talk = Talk()
    outcome = await talk.take(talk.message("", VOICE))
    (action,) = outcome.actions
    assert (action.name, action.arguments["ref"], action.arguments["kind"]) == ("transcribe", "v1", "voice")
    assert not outcome.messages
    answer = said(await talk.take(heard("When do you open on Saturday?", confidence=0.9)))
    assert answer.startswith("We open at 7:00")


async def test_a_doubtful_voice_note_says_what_was_understood() -> None:
    talk = Talk()
    answer = said(await talk.take(heard("when do you open on *saturday*", confidence=0.3)))
    assert answer.startswith(TEXTS.text("voice_understood", "en", text="when do you open on \\*saturday\\*"))
    assert "7:30" in answer


@pytest.mark.parametrize(
    ("result", "key"),
    [
        (failed("transcribe", "Misconfigured"), "voice_unavailable"),
        (failed("transcribe", "Rejected"), "voice_failed"),
        (failed("transcribe", "ValueError"), "voice_failed"),
        (heard("  ", confidence=0.9), "voice_failed"),
        (failed("read_document", "Rejected"), "document_failed"),
        (failed("read_document", "Misconfigured"), "document_unavailable"),
        (read(" \n"), "document_empty"),
    ],
)
async def test_what_cannot_be_heard_or_read_is_asked_for_in_words(result: ActionResult, key: str) -> None:
    assert said(await Talk().take(result)) == TEXTS.text(key, "en")


async def test_a_document_without_a_question_is_told_in_brief() -> None:
    talk = Talk()
    outcome = await talk.take(talk.message("", PHOTO))
    assert [action.name for action in outcome.actions] == ["read_document"]
    assert not outcome.messages
    answer = said(await talk.take(read(INVOICE)))
    assert "Molino Alto S.L." in answer and "16,80 €, 34,20 €" in answer
    assert answer.endswith(TEXTS.text("document_ask", "en"))


async def test_a_question_beside_a_document_is_answered_from_it_and_later_ones_too() -> None:
    talk = Talk()
    outcome = await talk.take(talk.message("What is the total due?", PHOTO))
    assert not outcome.messages
    assert "Total due 34,20 €" in said(await talk.take(read(INVOICE)))
    assert "30 November" in await talk.say("payable by when?")
    assert "7:30" in await talk.say("When do you open on Saturday?")


async def test_a_question_beside_a_picture_without_text_is_answered_from_the_knowledge() -> None:
    talk = Talk()
    await talk.take(talk.message("Do you have anything vegan?", PHOTO))
    assert "Vegan are" in said(await talk.take(read("")))


async def test_results_are_matched_in_the_order_they_were_asked_for() -> None:
    talk = Talk()
    await talk.take(talk.message("What is the total due?", PHOTO), talk.message("", VOICE), talk.message("", PHOTO))
    outcome = await talk.take(read(INVOICE), heard("where are you?"), read("Second page\nonly text"))
    answer = said(outcome)
    assert "Total due" in answer and "Lantern Lane" in answer and "Second page" in answer


async def test_what_is_heard_while_a_person_has_the_conversation_goes_to_them() -> None:
    talk = Talk()
    await talk.take(talk.message("", VOICE))
    talk.mode = "human"
    outcome = await talk.take(heard("are you there"))
    assert not outcome.messages
    assert [event.event.text for event in outcome.to_desks] == ["🎤 are you there"]
    assert "awaited" not in talk.state


async def test_a_file_described_beyond_bounds_is_refused_kindly() -> None:
    talk = Talk()
    outcome = await talk.take(talk.message("", Attachment(kind="voice", ref="")))
    assert said(outcome) == TEXTS.text("voice_failed", "en") and not outcome.actions
