"""The message path: a customer writes on either channel, the business's bot answers from its knowledge."""

import pytest

from tests.support.product import Product


@pytest.mark.parametrize("channel", ["telegram", "whatsapp"])
async def test_a_question_the_bakery_knows_is_answered(product: Product, channel: str) -> None:
    chat = getattr(product, channel)("bakery")
    await product.say(chat, "Are you open on Sunday?")
    await product.heard(chat, "on Sunday from 8:00 to 13:00")


async def test_each_business_answers_from_its_own_knowledge_in_its_own_language(product: Product) -> None:
    await product.say(product.telegram("procurement"), "¿Cuál es el horario de atención?")
    [answer] = await product.heard(product.telegram("procurement"), "")
    assert "Sunday" not in answer and answer
    await product.say(product.telegram("forwarder"), "Are you open on Sunday?")
    said = await product.heard(product.telegram("forwarder"), "")
    assert not any("8:00 to 13:00" in text for text in said)


async def test_a_person_is_one_conversation_on_each_bot(product: Product) -> None:
    """The same person at two businesses: neither hears of the other."""
    await product.say(product.telegram("bakery"), "My name is Maya and I like rye bread")
    await product.heard(product.telegram("bakery"), "")
    assert await product.messages(product.telegram("forwarder")) == []
