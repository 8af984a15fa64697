"""The owner's own phone beside the bot: the bot keeps quiet there for a while."""

from datetime import timedelta

from agents.echoes import ECHO_TIMER, QUIET
from core.changes import SetMode, SetTimer
from core.events import OwnerEcho, OwnerNotice, TimerFired
from core.turns import TurnOutcome
from tests.agents.world import DESK, Talk


def modes(outcome: TurnOutcome) -> list[tuple[str, object]]:
    return [(each.mode, each.holder) for each in outcome.changes if isinstance(each, SetMode)]


def due(outcome: TurnOutcome) -> list[object]:
    return [each.due_at for each in outcome.changes if isinstance(each, SetTimer) and each.name == ECHO_TIMER]


def held_on_the_phone() -> Talk:
    talk = Talk()
    talk.mode, talk.holder = "human", None
    return talk


async def test_the_owners_own_words_silence_the_bot_for_a_while() -> None:
    talk = Talk()
    outcome = await talk.take(OwnerEcho(message_id="m1", at=talk.clock.now(), text="I will call you"))
    assert modes(outcome) == [("human", None)]
    assert due(outcome) == [talk.now + QUIET]
    assert not outcome.messages
    assert [each.event.notice for each in outcome.to_desks if isinstance(each.event, OwnerNotice)] == ["owner_typing"]


async def test_what_the_customer_writes_in_the_same_moment_is_not_answered() -> None:
    talk = Talk()
    outcome = await talk.take(
        talk.message("What time do you open on Saturday?"), OwnerEcho(message_id="m1", at=talk.clock.now(), text="At 7")
    )
    assert not outcome.messages
    assert modes(outcome) == [("human", None)]


async def test_while_it_is_quiet_nothing_is_said_or_relayed_and_then_the_bot_is_back() -> None:
    talk = held_on_the_phone()
    outcome = await talk.take(talk.message("What time do you open on Saturday?"))
    assert not outcome.messages
    assert not outcome.to_desks
    over = await talk.take(TimerFired(name=ECHO_TIMER, payload={}))
    assert modes(over) == [("bot", None)]


async def test_a_conversation_that_a_desk_has_stays_there() -> None:
    talk = held_on_the_phone()
    talk.holder = DESK
    echo = OwnerEcho(message_id="m1", at=talk.clock.now(), text="I will call you")
    assert not (await talk.take(echo)).changes
    assert not modes(await talk.take(TimerFired(name=ECHO_TIMER, payload={})))


async def test_further_words_put_the_end_off_without_another_notice() -> None:
    talk = held_on_the_phone()
    outcome = await talk.take(OwnerEcho(message_id="m2", at=talk.clock.now() + timedelta(minutes=9), text="And…"))
    assert len(due(outcome)) == 1
    assert not modes(outcome)
    assert not outcome.to_desks
