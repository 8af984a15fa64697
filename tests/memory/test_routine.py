"""Which questions are routine, and that an answer never crosses to another tenant or another state of the knowledge."""

from dataclasses import replace

import pytest
from hypothesis import given
from hypothesis import strategies as st
from structlog.testing import capture_logs

from core.ids import TenantId
from core.turns import KeptAnswer, TenantProfile
from db.answers import AnswerStore
from db.cache import Redis, open_redis
from memory.routine import RoutineBook, fold_question, is_routine
from tests.support.clocks import HandClock
from tests.support.product import free_port

SHOP = TenantProfile(
    tenant_id=TenantId(2), slug="bakery", name="Crumb", language="en", time_zone="UTC", currency="EUR", persona="Warm."
)
ASKED = KeptAnswer(question="When do you open on Sunday?", text="At eight.", language="en")


@pytest.fixture
def book(redis: Redis) -> RoutineBook:
    return RoutineBook(AnswerStore(redis), HandClock())


@pytest.mark.parametrize(
    "text",
    [
        "When do you open on Sunday?", "¿Abren los domingos?", "Когда вы открываетесь в воскресенье?",
        "Wann habt ihr sonntags offen?", "Vous livrez le dimanche ?", "Vocês abrem no domingo?",
        "Do you have rye bread",
    ],
)  # fmt: skip
def test_everybodys_questions_are_routine(text: str) -> None:
    assert is_routine(text)


@pytest.mark.parametrize(
    "text",
    [
        "Where is my order?", "Is order 20433 ready?", "and on Sunday?", "How much is it with cream?", "Rye?", "",
        "¿Dónde está mi pedido?", "Где мой заказ?", "Wo ist meine Bestellung?", "Où est ma commande ?",
        "Onde está meu pedido?", "Write to maya@example.org", "What about that", "А в воскресенье?", "x" * 300,
        "Are you open today?", "Habt ihr heute offen?", "Вы сейчас открыты?", "Is Maya Schmidt working on Sundays?",
        "I am allergic to nuts, which cakes do you have?", "Tengo alergia, ¿qué pan hay?",
    ],
)  # fmt: skip
def test_somebodys_own_and_what_points_back_are_not(text: str) -> None:
    assert not is_routine(text)


def test_only_the_same_words_are_the_same_question() -> None:
    assert fold_question("  When do YOU open on Sunday?? ") == fold_question("when do you open on sunday")
    assert fold_question("Do you open on Sunday?") != fold_question("Do you not open on Sunday?")
    assert fold_question("Was it 7.30?") != fold_question("Was it 730?")


@given(st.text(max_size=300))
def test_any_text_is_judged_and_folding_twice_changes_nothing(text: str) -> None:
    is_routine(text)
    assert fold_question(fold_question(text)) == fold_question(text)


async def test_it_is_found_again_by_the_same_tenant_with_the_same_knowledge_only(book: RoutineBook) -> None:
    await book.of(SHOP, 3).keep(ASKED)
    found = await book.of(SHOP, 3).find("when do you open on SUNDAY", "en")
    assert found is not None
    assert (found.text, found.language) == ("At eight.", "en")
    assert await book.of(SHOP, 4).find(ASKED.question, "en") is None
    assert await book.of(replace(SHOP, tenant_id=TenantId(3)), 3).find(ASKED.question, "en") is None
    assert await book.of(replace(SHOP, persona="Curt."), 3).find(ASKED.question, "en") is None
    assert await book.of(SHOP, 3).find("When do you not open on Sunday?", "en") is None


async def test_the_language_of_the_answer_counts(book: RoutineBook) -> None:
    await book.of(SHOP, 3).keep(ASKED)
    assert await book.of(SHOP, 3).find(ASKED.question, "de") is None


async def test_an_answer_that_was_no_good_is_forgotten(book: RoutineBook) -> None:
    await book.of(SHOP, 3).keep(ASKED)
    await book.of(SHOP, 3).keep(replace(ASKED, text=""))
    assert await book.of(SHOP, 3).find(ASKED.question, "en") is None


async def test_what_is_personal_is_not_even_written(book: RoutineBook, redis: Redis) -> None:
    await book.of(SHOP, 3).keep(replace(ASKED, question="Where is my order?"))
    assert await redis.dbsize() == 0


async def test_a_poisoned_value_is_nothing(book: RoutineBook, redis: Redis) -> None:
    await book.of(SHOP, 3).keep(ASKED)
    (key,) = await redis.keys("a:*")
    await redis.set(key, b"\xff{]")
    with capture_logs() as logs:
        assert await book.of(SHOP, 3).find(ASKED.question, "en") is None
    assert [entry["event"] for entry in logs] == ["routine_answer_poisoned"]


async def test_without_redis_nothing_is_kept_and_nothing_breaks() -> None:
    async with open_redis(f"redis://127.0.0.1:{free_port()}") as nobody:
        alone = RoutineBook(AnswerStore(nobody), HandClock()).of(SHOP, 3)
        await alone.keep(ASKED)
        assert await alone.find(ASKED.question, "en") is None
