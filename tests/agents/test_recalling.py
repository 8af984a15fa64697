"""When all that was said before is searched: for questions to a model, and for nothing less."""

import pytest

from agents.recalling import ask_memory, is_small_talk
from core.events import ActionResult
from core.ids import TenantId, contact_id
from core.media import Attachment
from tests.agents.world import NOON, Talk

PAPER = Attachment(kind="document", ref="r", name="a.pdf", mime="application/pdf", size_bytes=9)


@pytest.mark.parametrize(
    ("text", "asks"),
    [
        ("What did I order for my birthday?", True), ("What did I order last time?", True),
        ("¿Qué pedí la última vez?", True), ("Что я заказывал в прошлый раз?", True),
        ("O que encomendei da última vez?", True),
        ("Was habe ich letztes Mal bestellt?", True), ("Qu'est-ce que j'ai commandé la dernière fois ?", True),
        ("Hi", False), ("thanks!", False), ("🥐🥐", False), ("", False), ("/start", False),
        ("I want to talk to a person", False), ("When do you open on Saturday?", False), ("Can I pay by card?", False),
    ],
)  # fmt: skip
def test_small_talk_commands_and_routine_are_not_worth_it(text: str, asks: bool) -> None:
    talk = Talk()
    assert (ask_memory(talk.turn([talk.message(text)]), NOON) is not None) == asks


def test_while_a_person_answers_nothing_is_searched() -> None:
    talk = Talk()
    talk.mode = "human"
    assert ask_memory(talk.turn([talk.message("What did I order?")]), NOON) is None


async def test_the_question_of_a_document_is_searched_for_when_it_has_been_read() -> None:
    talk = Talk()
    await talk.take(talk.message("Is this what I ordered last time?", PAPER))
    read = ActionResult(action="read_document", key="k", ok=True, result={"text": "Rye 3"})
    asked = ask_memory(talk.turn([read]), NOON)
    assert asked is not None
    assert asked.question == "Is this what I ordered last time?"
    assert asked.contact == contact_id(TenantId(2), "telegram", "77")


@pytest.mark.parametrize("text", ["ok", "Thanks a lot!", "¡Gracias!", "👍", "bis bald"])
def test_small_talk(text: str) -> None:
    assert is_small_talk(text)


@pytest.mark.parametrize("text", ["no nuts", "17:30", "I want to talk to a person", "hello " * 30])
def test_what_is_worth_keeping(text: str) -> None:
    assert not is_small_talk(text)
