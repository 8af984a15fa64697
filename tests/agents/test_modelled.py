"""Answers by a model: routine ones are given again, and what becomes of each is judged."""

from datetime import timedelta

from agents.texts import TEXTS
from core.changes import JudgeModel
from core.errors import LimitReached, Transient
from core.events import OwnerDecision
from core.money import Money
from tests.agents.world import Script, Talk

ASKED = "When do you open on Saturday?"
SAID = "We open at 7:30 on Saturdays."
BROKE = LimitReached(
    "month", "2026-11", limit=Money(micros=5, currency="EUR"), used=Money(micros=5, currency="EUR"),
    wanted=Money(micros=1, currency="EUR"),
)  # fmt: skip


def verdicts(talk: Talk) -> list[bool]:
    return [change.good for change in talk.outcomes[-1].changes if isinstance(change, JudgeModel)]


async def test_the_same_question_is_asked_of_the_model_once() -> None:
    model = Script(SAID)
    talk = Talk(model=model)
    assert await talk.say(ASKED) == SAID
    assert talk.outcomes[-1].keep is not None
    assert await talk.say("when do you OPEN on  saturday") == SAID
    assert len(model.asked) == 1
    assert talk.outcomes[-1].trace["by"] == "cache"


async def test_one_word_more_is_another_question() -> None:
    model = Script(SAID)
    talk = Talk(model=model)
    await talk.say(ASKED)
    await talk.say("When do you not open on Saturday?")
    assert len(model.asked) == 2


async def test_what_is_kept_was_made_without_what_was_said_before() -> None:
    model = Script(SAID)
    talk = Talk(model=model)
    await talk.say(ASKED)
    assert [message.role for message in model.asked[0]] == ["system", "system", "user"]


async def test_somebodys_own_matter_is_never_kept() -> None:
    talk = Talk(model=Script("Your Saturday order opens doors."))
    await talk.say("When can I pick up my Saturday bread order?")
    assert talk.outcomes[-1].keep is None


async def test_an_old_answer_helps_out_when_no_model_answers() -> None:
    model = Script(SAID)
    talk = Talk(model=model)
    await talk.say(ASKED)
    talk.clock.advance(timedelta(days=3).total_seconds())
    model.says = Transient("No model answered in time")
    assert await talk.say(ASKED) == SAID
    assert talk.outcomes[-1].trace["by"] == "cache, no model answered"
    model.says = "We open at 7:30, as ever."
    assert await talk.say(ASKED, "please") != SAID


async def test_at_the_limit_the_notes_answer_and_what_they_do_not_hold_a_person_does() -> None:
    talk = Talk(model=Script(BROKE))
    assert "7:30 to 16:00" in await talk.say(ASKED)
    assert "month's budget" in str(talk.outcomes[-1].trace["budget"])
    assert await talk.say("Is the Saturday bread blessed by a bishop?") == TEXTS.text("holding", "en")


async def test_an_answer_that_holds_counts_for_its_model_and_an_invented_price_against_it() -> None:
    model = Script(SAID)
    talk = Talk(model=model)
    await talk.say(ASKED)
    assert verdicts(talk) == [True]
    model.says = "We open at 5:45, honest!"
    await talk.say("When do you open on Sunday?")
    assert verdicts(talk) == [False]


async def test_a_customer_who_wants_a_person_instead_counts_against_the_answer() -> None:
    talk = Talk(model=Script(SAID))
    await talk.say(ASKED)
    await talk.say("I want to talk to a person")
    assert verdicts(talk) == [False]
    await talk.say("A human, please!")
    assert verdicts(talk) == [], "once"


async def test_a_regretted_answer_is_not_given_again_and_its_praise_is_taken_back() -> None:
    model = Script(SAID)
    talk = Talk(model=model)
    await talk.say(ASKED)
    await talk.say("I want to talk to a person")
    (verdict,) = [change for change in talk.outcomes[-1].changes if isinstance(change, JudgeModel)]
    assert verdict.revised
    await talk.say(ASKED)
    assert len(model.asked) == 2


async def test_a_reaction_to_the_notes_is_no_verdict_on_a_model() -> None:
    model = Script(SAID)
    talk = Talk(model=model)
    await talk.say(ASKED)
    model.says = BROKE
    await talk.say("Do you have parking?")
    await talk.say("I want to talk to a person")
    assert verdicts(talk) == []


async def test_an_owner_who_takes_over_counts_against_the_answer() -> None:
    talk = Talk(model=Script(SAID))
    await talk.say(ASKED)
    await talk.take(OwnerDecision(decision="take_over", member_name="Nora"))
    assert verdicts(talk) == [False]


async def test_a_model_that_overlooks_what_stands_in_the_notes_is_judged_for_it() -> None:
    talk = Talk(model=Script("NOT_IN_NOTES"))
    await talk.say(ASKED)
    assert verdicts(talk) == [False]
