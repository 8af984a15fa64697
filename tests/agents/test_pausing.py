"""A paused bot: one line, in the customer's language; a card for people; and no model, whatever is written."""

from dataclasses import replace
from datetime import datetime, timedelta

import pytest
from pydantic import JsonValue

from agents.texts import TEXTS
from core.changes import OpenApproval
from core.events import CustomerRelayed, EscalationOpened, OwnerDecision
from core.ids import ApprovalId
from core.media import Attachment
from core.texts import write_moment
from core.turns import TurnOutcome
from tenants.settings import BusinessSettings
from tests.agents.test_conversation import UNKNOWN
from tests.agents.world import NOON, Script, Talk, said

MONDAY = NOON + timedelta(days=3)
VOICE = Attachment(kind="voice", ref="voice-1", mime="audio/ogg")


def paused(until: datetime = MONDAY) -> Talk:
    """With a model that must not be asked."""
    talk = Talk(model=Script("I answer anyway."))
    pause(talk, until)
    return talk


def pause(talk: Talk, until: datetime | None) -> None:
    talk.tenant = replace(talk.tenant, settings=BusinessSettings(paused_until=until).model_dump_json())


def opened(outcome: TurnOutcome) -> list[str]:
    return [change.question for change in outcome.changes if isinstance(change, OpenApproval)]


@pytest.mark.parametrize(("language", "question"), UNKNOWN.items(), ids=UNKNOWN.keys())
async def test_the_first_words_get_one_line_and_a_card(language: str, question: str) -> None:
    talk = paused()
    outcome = await talk.take(talk.message(question))
    moment = write_moment(MONDAY, language, talk.tenant.time_zone)
    assert said(outcome) == TEXTS.text("paused_until", language, moment=moment)
    assert opened(outcome) == [question]
    (told,) = outcome.to_desks
    assert isinstance(told.event, EscalationOpened)
    assert told.event.reason == "paused"


async def test_what_the_notes_know_is_not_answered_and_no_model_is_asked() -> None:
    talk = paused()
    first = await talk.take(talk.message("What time do you open on Saturday?"))
    later = await talk.take(talk.message("And on Sunday?"), talk.message("I want to talk to a human please"))
    assert isinstance(talk.model, Script)
    assert talk.model.asked == []
    assert "7:30" not in said(first)
    assert said(later) == ""
    assert opened(later) == []
    assert not later.actions
    (joined,) = later.to_desks
    assert isinstance(joined.event, CustomerRelayed)
    assert joined.event.text == "And on Sunday?\nI want to talk to a human please"


async def test_without_an_end_no_end_is_named() -> None:
    talk = paused(datetime(9000, 1, 1, tzinfo=NOON.tzinfo))
    assert await talk.say("Hello, do you bake?") == TEXTS.text("paused_open", "en")


async def test_files_reach_the_desks_with_the_card() -> None:
    talk = paused()
    outcome = await talk.take(talk.message("", VOICE))
    assert not outcome.actions
    assert "We are back" in said(outcome)
    assert opened(outcome) == ["…"]
    (files,) = [notice.event for notice in outcome.to_desks if isinstance(notice.event, CustomerRelayed)]
    assert files.attachments == (VOICE,)


async def test_thanks_and_start_get_the_line_and_no_card() -> None:
    for words in ("/start", "thanks!"):
        talk = paused()
        outcome = await talk.take(talk.message(words))
        assert "We are back" in said(outcome)
        assert opened(outcome) == []
        assert said(await talk.take(talk.message("thank you"))) == ""


async def test_a_question_from_before_is_joined_and_the_line_still_said_once() -> None:
    talk = Talk()
    await talk.say("Can you repair my old bicycle?")
    pause(talk, MONDAY)
    outcome = await talk.take(talk.message("And my scooter?"))
    assert "We are back" in said(outcome)
    assert opened(outcome) == []
    assert await talk.say("It is red") == ""


async def test_once_answered_the_next_words_open_a_card_without_repeating_the_line() -> None:
    talk = paused()
    asked = await talk.take(talk.message("Can you repair my old bicycle?"))
    (change,) = asked.changes
    assert isinstance(change, OpenApproval)
    await talk.take(decided(change.approval_id))
    outcome = await talk.take(talk.message("Where else could I ask?"))
    assert opened(outcome) == ["Where else could I ask?"]
    assert said(outcome) == ""
    talk.now += timedelta(hours=13)
    await talk.take(decided(ApprovalId(str(stored(talk)))))
    assert "We are back" in await talk.say("Hello again, is anybody there?")


async def test_after_the_pause_the_bot_answers_again() -> None:
    talk = Talk()
    pause(talk, NOON + timedelta(hours=1))
    await talk.say("What time do you open on Saturday?")
    talk.now = NOON + timedelta(hours=1)
    assert "7:30" in await talk.say("So what time do you open on Saturday?")


async def test_their_own_data_is_theirs_during_a_pause_too() -> None:
    talk = paused()
    outcome = await talk.take(talk.message("What do you know about me?"))
    assert opened(outcome) == []
    assert said(outcome)


def decided(approval: ApprovalId) -> OwnerDecision:
    return OwnerDecision(approval_id=approval, decision="answer", member_name="Omar", text="Yes.")


def stored(talk: Talk) -> JsonValue:
    return talk.state["pending"]
